"""Random numbers of one purpose, so that another purpose, sample or order cannot change them."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *words: str) -> np.random.Generator:
    """The stream of `seed` that these words name; other words name independent streams."""
    digest = hashlib.sha256("/".join(words).encode()).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def draw(*words: str) -> float:
    """A lot in [0, 1) that follows from these words alone: the same cases are chosen for every method and run."""
    return int.from_bytes(hashlib.sha256(":".join(words).encode()).digest()[:6], "big") / 2**48
