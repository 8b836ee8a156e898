"""Which scores do the sums make? Each a function of sums, so that no ratio is ever averaged.

A sum comes as (draw, stratum, ...), with scale, threshold, probability, rank or wavelength behind the first two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sciml.core.scores import Metric, Sums, quotient
from sciml.nowcast.lead_sums import SCALES_KM, THRESHOLDS
from sciml.nowcast.spectra import BANDS_KM

COST_LOSS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9)
VALUE_THRESHOLDS = (1.0, 5.0)  # mm/h
SHARP_KM = (4.0, 16.0)
CELLS, COUNTED, VOTES = "common_cells", ("forecasts",), ("votes", "votes_observed")
_ERRORS = ("error", "error_absolute", "error_square")
_BAND = slice(BANDS_KM.index(SHARP_KM[0]), BANDS_KM.index(SHARP_KM[1]))


def metrics() -> Mapping[str, Metric]:
    """Every score by its name; the headline's first."""
    return {metric.name: metric for metric in (*_fields(), *_ensembles(), *_events(), *_values())}


def reliability(votes: np.ndarray, votes_observed: np.ndarray) -> np.ndarray:
    """How often the event came when each share of the members foresaw it (..., probability); NaN where none did."""
    return quotient(votes_observed, votes)


def brier_score(votes: np.ndarray, votes_observed: np.ndarray) -> np.ndarray:
    """Mean squared difference of probability and event; votes (..., probability)."""
    probability = np.linspace(0, 1, votes.shape[-1])
    squares = votes_observed * (1 - probability) ** 2 + (votes - votes_observed) * probability**2
    return quotient(squares.sum(axis=-1), votes.sum(axis=-1))


def relative_value(votes: np.ndarray, votes_observed: np.ndarray) -> np.ndarray:
    """Economic value (..., cost_loss) of acting whenever the probability reaches cost/loss; votes (..., probability).

    1 for a perfect forecast, 0 for knowing only how common the event is in these very sums, and below 0 where it would
    have been cheaper to know nothing else (Richardson 2000). NaN where the event never came or always did.
    """
    count = votes.shape[-1] - 1
    total, events = votes.sum(axis=-1), votes_observed.sum(axis=-1)
    common = quotient(events, total)
    values = []
    for ratio in COST_LOSS:
        # the fewest members that are reason to act; a hair less, as 0.3 of ten members is three of them
        least = int(np.ceil(ratio * count - 1e-9))
        acted, hits = (part[..., least:].sum(axis=-1) for part in (votes, votes_observed))
        expense = quotient(acted, total) * ratio + common - quotient(hits, total)
        cheapest = np.minimum(ratio, common)
        values.append(quotient(cheapest - expense, cheapest - common * ratio))
    return np.stack(values, axis=-1)


def _fields() -> Iterator[Metric]:
    for place, km in enumerate(SCALES_KM):
        name, title = ("fair_crps", "Fair CRPS") if place == 0 else (f"fair_crps_{km:g}km", f"Fair CRPS, {km:g} km")
        yield Metric(
            name, title, "mm/h", "lower", ("crps", "crps_cells"), _of_bin("crps", "crps_cells", place), COUNTED
        )
    yield Metric("mae", "MAE of the mean", "mm/h", "lower", (*_ERRORS, CELLS), _of("error_absolute", CELLS), COUNTED)
    yield Metric("rmse", "RMSE of the mean", "mm/h", "lower", (*_ERRORS, CELLS), _rmse, COUNTED)
    yield Metric("bias", "Bias", "mm/h", "nearer 0", (*_ERRORS, CELLS), _of("error", CELLS), COUNTED)


def _events() -> Iterator[Metric]:
    tables = ("hits", "misses", "false_alarms")
    for place, rate in enumerate(THRESHOLDS):
        seen = (f"events_{rate:g}",)
        yield Metric(f"csi_{rate:g}", f"CSI {rate:g}", "", "higher", tables, _csi(place), seen)
    for place, rate in enumerate(THRESHOLDS):
        name, title, seen = f"csi_member_{rate:g}", f"CSI {rate:g}, members", (f"events_{rate:g}",)
        yield Metric(name, title, "", "higher", VOTES, _csi_of_members(place), seen)
    for place, rate in enumerate(THRESHOLDS):
        needs, seen = ("fractions_error", "fractions_squares"), (f"events_{rate:g}",)
        yield Metric(f"fss_{rate:g}", f"FSS {rate:g}", "", "higher", needs, _fss(place), seen)


def _values() -> Iterator[Metric]:
    for rate in VALUE_THRESHOLDS:
        place, seen = THRESHOLDS.index(rate), (f"events_{rate:g}",)
        yield Metric(f"value_{rate:g}", f"Economic value {rate:g}", "", "higher", VOTES, _highest_value(place), seen)


def _ensembles() -> Iterator[Metric]:
    needs = ("spread_square", "spread_cells", *_ERRORS, CELLS)
    yield Metric("spread_skill", "Spread/RMSE", "", "nearer 1", needs, _spread_skill, COUNTED)
    yield Metric("outliers", "Outermost ranks", "x even", "nearer 1", ("ranks",), _outliers, COUNTED)
    powers = ("power", "power_observed")
    yield Metric("spectra_ratio", "Spectra ratio, 4-16 km", "", "nearer 1", powers, _spectra_ratio, COUNTED)
    # without `counted`, so that its n is the number of storm days
    yield Metric("common_share", "Common share", "", "higher", (CELLS, "observed_cells"), _of(CELLS, "observed_cells"))


def _of(part: str, whole: str) -> Callable[[Sums], np.ndarray]:
    return lambda sums: quotient(sums[part], sums[whole])


def _of_bin(part: str, whole: str, place: int) -> Callable[[Sums], np.ndarray]:
    return lambda sums: quotient(sums[part][..., place], sums[whole][..., place])


def _rmse(sums: Sums) -> np.ndarray:
    return np.asarray(np.sqrt(quotient(sums["error_square"], sums[CELLS])))


def _spread_skill(sums: Sums) -> np.ndarray:
    """NaN for one member."""
    spread, error = quotient(sums["spread_square"], sums["spread_cells"]), quotient(sums["error_square"], sums[CELLS])
    return np.asarray(np.sqrt(quotient(spread, error)))


def _outliers(sums: Sums) -> np.ndarray:
    """Share of the first and the last rank, as a multiple of what it is in a flat histogram."""
    ranks = sums["ranks"]
    outermost = quotient(ranks[..., 0] + ranks[..., -1], ranks.sum(axis=-1))
    return np.asarray(outermost * ranks.shape[-1] / 2)


def _spectra_ratio(sums: Sums) -> np.ndarray:
    return quotient(sums["power"][..., _BAND].sum(axis=-1), sums["power_observed"][..., _BAND].sum(axis=-1))


def _csi(place: int) -> Callable[[Sums], np.ndarray]:
    def csi(sums: Sums) -> np.ndarray:
        hits, misses, false_alarms = (sums[name][..., place] for name in ("hits", "misses", "false_alarms"))
        return quotient(hits, hits + misses + false_alarms)

    return csi


def _csi_of_members(place: int) -> Callable[[Sums], np.ndarray]:
    def csi(sums: Sums) -> np.ndarray:
        votes, observed = (sums[name][..., place, :] for name in VOTES)
        members = np.arange(votes.shape[-1])
        hits, forecasts = observed @ members, votes @ members
        return quotient(hits, forecasts + observed.sum(axis=-1) * members[-1] - hits)

    return csi


def _fss(place: int) -> Callable[[Sums], np.ndarray]:
    return lambda sums: 1 - quotient(sums["fractions_error"][..., place], sums["fractions_squares"][..., place])


def _highest_value(place: int) -> Callable[[Sums], np.ndarray]:
    return lambda sums: relative_value(*(sums[name][..., place, :] for name in VOTES)).max(axis=-1)
