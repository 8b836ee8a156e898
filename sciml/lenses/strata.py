"""Which lenses and which others are held against each other? Each kind of impostor, each size and strength of arc."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from astropy.table import Table

ALL = "all"
# kinds of objects that are no lenses, in catalogues of simulated tiles
IMPOSTORS = ("plain", "field", "ring", "spiral", "companion")
THETA_E = (0.0, 1.0, 1.4, np.inf)  # arcsec
ARC_SNR = (0.0, 10.0, 20.0, 40.0, np.inf)
# what CMU DeepLens states its completeness for (Lanusse et al. 2018, abstract)
CLEAR_THETA_E, CLEAR_SNR = 1.4, 20.0


@dataclass(frozen=True)
class Truth:
    """What a catalogue knows, each (object): `kind` may be empty, `theta_e` (arcsec) and `arc_snr` NaN."""

    id: np.ndarray
    lens: np.ndarray
    kind: np.ndarray
    theta_e: np.ndarray
    arc_snr: np.ndarray


def truth_of(catalog: Table) -> Truth:
    """The objects of a catalogue of which it is known whether they are lenses."""

    def column(name: str, missing: object) -> np.ndarray:
        return np.asarray(catalog[name]) if name in catalog.colnames else np.full(len(catalog), missing)

    lens = column("lens", np.nan).astype(np.float64)
    known = np.isfinite(lens)
    numbers = (column(name, np.nan).astype(np.float64)[known] for name in ("theta_e", "arc_snr"))
    words = (column(name, "").astype(np.str_)[known] for name in ("id", "kind"))
    return Truth(next(words), lens[known] == 1, next(words), next(numbers), next(numbers))


def strata(truth: Truth) -> Iterator[tuple[str, np.ndarray]]:
    """Name and members (object) of each stratum, always the same ones in the same order.

    A stratum by kind holds every lens and the others of one kind; one by arc holds the lenses of the bin and every
    other: so each says which change of the sky costs how much.
    """
    lens, other = truth.lens, ~truth.lens
    yield ALL, np.ones(len(lens), bool)
    for kind in IMPOSTORS:
        yield f"against {kind}", lens | (other & (truth.kind == kind))
    for low, high in pairwise(THETA_E):
        yield f'theta_E {_span(low, high)} "', other | (lens & _between(truth.theta_e, low, high))
    for low, high in pairwise(ARC_SNR):
        yield f"arc S/N {_span(low, high)}", other | (lens & _between(truth.arc_snr, low, high))
    clear = (truth.theta_e >= CLEAR_THETA_E) & (truth.arc_snr >= CLEAR_SNR)
    yield f'theta_E > {CLEAR_THETA_E:g} ", S/N > {CLEAR_SNR:g}', other | (lens & clear)


def _between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """NaN lies nowhere."""
    return np.asarray((values >= low) & (values < high))


def _span(low: float, high: float) -> str:
    if low == 0:
        return f"< {high:g}"
    return f"> {low:g}" if np.isinf(high) else f"{low:g}-{high:g}"
