"""Which findings does this scan show? Fundus photographs and chest X-rays, in the spirit of CheXNet."""
