"""Which residues touch, and what is the fold? Distances and structures from alignments, as AlphaFold first did it."""
