"""Which residues have changed together? Mutual information and direct couplings of an alignment.

Every score is a (residue, residue) float32 map, symmetric, of zero diagonal, with the average product correction
(Dunn et al. 2008, Bioinformatics 24, 333).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg.blas import ssyrk
from scipy.linalg.lapack import spotrf, spotri

STATES = 21
PSEUDOCOUNT = 0.5
RIDGE = 4.5
BLOCK = 1024


def sequence_weights(rows: np.ndarray, identity: float) -> np.ndarray:
    """One over the number of rows that agree with a row in at least this share of the columns, (row,) float32.

    A gap agrees with a gap, as in Morcos et al. 2011 (PNAS 108, E1293); their sum is the effective number of rows.
    """
    hot = _one_hot(rows)
    # halves of a state in the last bits of float32 decide nothing
    least = identity * rows.shape[1] - 1e-3
    alike = np.zeros(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        own = slice(start, start + BLOCK)
        near = hot[own] @ hot[start:].T >= least
        alike[own] += near.sum(axis=1)
        alike[start + BLOCK :] += near[:, BLOCK:].sum(axis=0)
    return (1 / alike).astype(np.float32)


def mutual_information(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mutual information of columns, in nats; rows with a gap in either of the two add nothing."""
    return Couplings(rows, weights).mutual_information()


def mean_field(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Norms of the mean-field couplings (Morcos et al. 2011, PNAS 108, E1293) at a pseudocount of 0.5."""
    return Couplings(rows, weights).mean_field()


def ridge(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Norms of the blocks of the inverse of the covariance, shrunk by 4.5 / sqrt(effective rows) (trRosetta 2020)."""
    return Couplings(rows, weights).ridge()


@dataclass(frozen=True, eq=False)
class Couplings:
    """The three scores of one alignment, which share its frequencies."""

    rows: np.ndarray
    weights: np.ndarray

    @cached_property
    def single(self) -> np.ndarray:
        """Weighted frequencies of the states in a column, (residue, state)."""
        hot = _one_hot(self.rows)
        single: np.ndarray = (self.weights @ hot / self.weights.sum()).reshape(-1, STATES)
        return single

    @cached_property
    def pairs(self) -> np.ndarray:
        """Weighted frequencies of the states of two columns, (residue, state, residue, state)."""
        length, total = self.rows.shape[1], np.zeros((self.rows.shape[1] * STATES,) * 2, np.float32, order="F")
        scale = np.sqrt(self.weights / self.weights.sum())
        for start in range(0, len(self.rows), BLOCK):
            own = slice(start, start + BLOCK)
            hot = _one_hot(self.rows[own]) * scale[own, None]
            total = ssyrk(1.0, hot.T, beta=1.0, c=total, overwrite_c=1)
        return _mirrored(total).reshape(length, STATES, length, STATES)

    @property
    def silent(self) -> bool:
        """Whether all rows are the same, which says nothing about what changes together."""
        return bool((self.rows == self.rows[0]).all())

    def mutual_information(self) -> np.ndarray:
        length = self.rows.shape[1]
        if self.silent:
            return np.zeros((length, length), np.float32)
        states = STATES - 1
        single, information = np.maximum(self.single[:, :states], 1e-9), np.zeros((length, length), np.float32)
        for residue in range(length):  # all at once would take three more matrices of all pairs
            pair = np.moveaxis(self.pairs[residue, :states, :, :states], 1, 0)
            expected = single[residue][None, :, None] * single[:, None, :]
            information[residue] = (pair * np.log(np.maximum(pair, 1e-12) / expected)).sum(axis=(1, 2))
        return _corrected(information)

    def mean_field(self) -> np.ndarray:
        length = self.rows.shape[1]
        if self.silent:
            return np.zeros((length, length), np.float32)
        states = STATES - 1  # the gap is the state that the others are measured from
        single = (1 - PSEUDOCOUNT) * self.single + PSEUDOCOUNT / STATES
        pairs = (1 - PSEUDOCOUNT) * self.pairs[:, :states, :, :states] + np.float32(PSEUDOCOUNT / STATES**2)
        own = np.arange(length)
        pairs[own, :, own, :] = np.eye(states) * single[:, :states, None]
        flat = single[:, :states].reshape(-1)
        covariance = pairs.reshape(length * states, -1)
        covariance -= np.outer(flat, flat)
        inverse = _inverse(covariance).reshape(length, states, length, states)
        # in the gauge in which couplings add up to zero over all states, gap included
        couplings = np.zeros((length, STATES, length, STATES), np.float32)
        couplings[:, :states, :, :states] = -inverse
        couplings -= couplings.mean(axis=1, keepdims=True)
        couplings -= couplings.mean(axis=3, keepdims=True)
        return _corrected(_norms(couplings[:, :states, :, :states]))

    def ridge(self) -> np.ndarray:
        length = self.rows.shape[1]
        if self.silent:
            return np.zeros((length, length), np.float32)
        flat = self.single.reshape(-1)
        covariance = self.pairs.reshape(length * STATES, -1) - np.outer(flat, flat)
        covariance.flat[:: length * STATES + 1] += RIDGE / np.sqrt(self.weights.sum())
        inverse = _inverse(covariance).reshape(length, STATES, length, STATES)
        return _corrected(_norms(inverse[:, :-1, :, :-1]))


def _one_hot(rows: np.ndarray) -> np.ndarray:
    """(row, residue x state) float32."""
    hot = np.zeros((len(rows), rows.shape[1] * STATES), np.float32)
    columns = np.arange(rows.shape[1]) * STATES + rows
    np.put_along_axis(hot, columns, 1.0, axis=1)
    return hot


def _inverse(covariance: np.ndarray) -> np.ndarray:
    """The inverse of a positive definite matrix, by Cholesky in place."""
    # of a symmetric matrix the transpose is the same in Fortran's order, without a copy
    factor, failed = spotrf(covariance.T, lower=1, overwrite_a=1)
    if failed:
        raise ArithmeticError(f"covariance is not positive definite at row {failed}")
    inverse, _ = spotri(factor, lower=1, overwrite_c=1)
    return _mirrored(inverse.T)


def _mirrored(upper: np.ndarray) -> np.ndarray:
    """The symmetric matrix of this upper triangle."""
    upper = np.triu(upper)
    full: np.ndarray = upper + np.triu(upper, 1).T
    return full


def _norms(blocks: np.ndarray) -> np.ndarray:
    """Frobenius norms, (residue, residue)."""
    norms: np.ndarray = np.sqrt(np.einsum("iajb,iajb->ij", blocks, blocks, optimize=False))
    return norms


def _corrected(scores: np.ndarray) -> np.ndarray:
    np.fill_diagonal(scores, 0)
    rows = scores.sum(axis=1, dtype=np.float64)
    if not rows.sum() > 0:
        return np.zeros_like(scores)
    corrected = (scores - np.outer(rows, rows) / rows.sum()).astype(np.float32)
    np.fill_diagonal(corrected, 0)
    symmetric: np.ndarray = (corrected + corrected.T) / 2
    return symmetric
