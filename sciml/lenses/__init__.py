"""Is this galaxy a strong gravitational lens? Candidates from survey images, in the spirit of CMU DeepLens."""
