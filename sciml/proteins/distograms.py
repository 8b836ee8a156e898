"""How far apart are two residues, as a probability over bins of distance?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sciml.proteins.settings import ModelSettings

# residues whose C-beta atoms are nearer touch (CASP)
CONTACT_ANGSTROM = 8.0
# residues of a pair that a distogram speaks of are at least so many places apart; nearer ones are held by the chain
MIN_SEPARATION = 2


@dataclass(frozen=True)
class Bins:
    """Bins of distance in angstrom: one below `near`, steps up to `far`, and one for all that lies beyond."""

    near: float
    far: float
    step: float

    @classmethod
    def of(cls, settings: ModelSettings) -> Bins:
        return cls(settings.near_angstrom, settings.far_angstrom, settings.step_angstrom)

    @cached_property
    def edges(self) -> np.ndarray:
        """Where one bin ends and the next begins."""
        return self.near + self.step * np.arange(round((self.far - self.near) / self.step) + 1)

    @property
    def count(self) -> int:
        return len(self.edges) + 1

    @cached_property
    def centres(self) -> np.ndarray:
        """Middle of each bin, the last as wide as the others."""
        return self.near + self.step * (np.arange(self.count) - 0.5)

    def label(self, distance: np.ndarray) -> np.ndarray:
        """The bin of each distance; -1 where it is not known."""
        return np.where(np.isnan(distance), -1, np.searchsorted(self.edges, distance, side="right"))

    def below(self, probabilities: np.ndarray, limit: np.ndarray | float) -> np.ndarray:
        """Probability (...) that a distance is below `limit`, from (bin, ...); even within a bin.

        What lies beyond `far` is spread over as much again.
        """
        width = np.full(self.count, self.step)
        width[-1] = self.far
        lower = np.concatenate([[self.near - self.step], self.edges])
        total = np.zeros(np.broadcast_shapes(probabilities.shape[1:], np.shape(limit)))
        for share, start, size in zip(probabilities, lower, width, strict=True):
            total += share * np.clip((limit - start) / size, 0, 1)
        return total


def contacts(cb: np.ndarray, bins: Bins) -> np.ndarray:
    """Probability (residue, residue2) of a contact from the distogram (bin, residue, residue2) of C-beta atoms."""
    return bins.below(cb, CONTACT_ANGSTROM).astype(np.float32)


def expected_distance(probabilities: np.ndarray, bins: Bins) -> np.ndarray:
    """Mean distance (residue, residue2) in angstrom, what lies beyond `far` counted as just beyond it."""
    return np.tensordot(bins.centres, probabilities, axes=1)


def expected_lddt(probabilities: np.ndarray, bins: Bins, distance: np.ndarray, radius: float = 15.0) -> np.ndarray:
    """lDDT of each residue, 0-100, that a model with these distances may expect if the distogram is right.

    Share of the pairs within `radius` in the unknown native whose distance the model keeps to 0.5, 1, 2 and 4 A
    (Mariani et al. 2013, Bioinformatics 29, 2722), each pair as likely as the distogram (bin, residue, residue2) says.
    """
    within = bins.below(probabilities, radius)
    kept = np.zeros_like(within)
    for tolerance in (0.5, 1.0, 2.0, 4.0):
        upper = bins.below(probabilities, np.minimum(distance + tolerance, radius))
        kept += np.maximum(upper - bins.below(probabilities, np.minimum(distance - tolerance, radius)), 0) / 4
    place = np.arange(len(distance))
    counted = np.abs(place[:, None] - place[None, :]) >= MIN_SEPARATION
    total = np.where(counted, within, 0).sum(1)
    share = np.where(counted, kept, 0).sum(1)
    return np.asarray(100 * np.divide(share, total, out=np.zeros_like(total), where=total > 1e-6))
