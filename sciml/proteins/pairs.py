"""How are maps of pairs of residues kept? The upper triangle with its diagonal, row by row, end to end."""

from __future__ import annotations

import numpy as np


def pair_count(length: int) -> int:
    """Pairs of a chain, each residue with itself among them."""
    return length * (length + 1) // 2


def pack(maps: np.ndarray) -> np.ndarray:
    """(map, residue, residue2), symmetric, to (pair, map): (0, 0), (0, 1), ..., (1, 1), ..."""
    first, second = np.triu_indices(maps.shape[-1])
    return np.ascontiguousarray(maps[:, first, second].T)


def unpack(flat: np.ndarray, length: int) -> np.ndarray:
    """(pair, map) to symmetric (map, residue, residue2), of the same type."""
    first, second = np.triu_indices(length)
    maps = np.empty((flat.shape[1], length, length), flat.dtype)
    maps[:, first, second] = flat.T
    maps[:, second, first] = flat.T
    return maps
