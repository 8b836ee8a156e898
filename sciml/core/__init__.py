"""What two or more sciences share: settings, stores, splits, training, scores, pages. Knows no domain."""
