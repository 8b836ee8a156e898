"""Scientific machine learning in one shape: from native files to evaluated models, each beside its classical rival."""

__version__ = "0.1.0"
