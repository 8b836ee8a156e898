"""Forecasts as the radar viewer takes them: a header, and one byte a cell for each field and time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sciml.core.report.panels import Table, Viewer
from sciml.nowcast.forecast_view import ARROW_MINUTES, ForecastView
from sciml.nowcast.radar_picture import multiples
from sciml.nowcast.rain_scale import DIFFERENCE, GROUND, HATCH, PROBABILITY, RAIN, Scale

# of all fields together, gzipped: as base64 a third more, and room for the rest of a page of 5 MB
BUDGET_BYTES = 3_300_000
# how they stand beside each other; before that, the order in which a reader would miss them
ORDER = ("observed", "mean", "member-", "at-least-", "baseline", "difference")
HOW_TO_READ = (
    "The slider runs from the frames that the method was given, through the issue time, to the last lead time. One "
    "side shows the forecast, the other what the radar saw at that time. The ensemble mean is smooth by construction: "
    "where members disagree about the place of a shower, it spreads and weakens. Only a member looks like rain, and a "
    "probability says how far the members agree. White is dry, the hatched grey was not observed or is not known "
    "because the rain there comes from beyond the map."
)
LOOKS_WRONG = (
    "Rain that stands still at the edge of the hatching, members that all look alike, a member that is smoother than "
    "the radar, drizzle everywhere in a member, or an ensemble that misses a shower which no member shows."
)


def radar_viewer(
    views: Sequence[ForecastView],
    caption: str,
    sentence: str,
    table: Table | None = None,
    left_out: str = "",
    budget: int = BUDGET_BYTES,
) -> Viewer:
    """The viewer `radar` of these forecasts; the first one is open at the start.

    Fields come in the order in which a reader would miss them; those that no longer fit the budget are named.
    """
    arrays, cases, dropped = dict[str, np.ndarray](), [_case(view) for view in views], list[str]()
    spent = 0
    # one kind of field after the other, so that all cases show the same
    ordered = [{each[0]: each for each in _fields(view)} for view in views]
    for key in dict.fromkeys(key for fields in ordered for key in fields):
        wanted = [(at, fields[key]) for at, fields in enumerate(ordered) if key in fields]
        packed = [(at, one, one[2].classes(one[3])) for at, one in wanted]
        weight = sum(len(zlib.compress(steps.tobytes(), 1)) for _, _, steps in packed)
        if spent + weight > budget and arrays:
            dropped.append(wanted[0][1][1])
            continue
        spent += weight
        for at, (_, label, scale, _, first), steps in packed:
            name = f"{at}_{key}"
            arrays[name] = steps
            cases[at]["fields"].append(
                {"key": key, "label": label, "scale": scale.name, "array": name, "first": first, "about": _about(key)}
            )
    for case in cases:
        case["fields"].sort(key=lambda field: ORDER.index(field["key"].rstrip("0123456789.")))
    header = {
        "caption": caption,
        "ground": GROUND,
        "hatch": list(HATCH),
        "arrow_minutes": ARROW_MINUTES,
        "scales": {scale.name: scale.header() for scale in (RAIN, PROBABILITY, DIFFERENCE)},
        "cases": cases,
    }
    lines = [left_out, *_notes(views, dropped)]
    static = tuple(multiples(view) for view in views)
    return Viewer("radar", sentence, header, arrays, static, table, " ".join(line for line in lines if line))


def _fields(view: ForecastView) -> Iterator[tuple[str, str, Scale, np.ndarray, int]]:
    """Key, label, scale, values (time, y, x) and the number of the first frame, the most wanted first."""
    issue = len(view.context)
    seen = view.context if view.truth is None else np.concatenate([view.context, view.truth])
    yield "observed", "Observed", RAIN, seen, 0
    if view.ensemble > 1:
        yield "mean", "Ensemble mean", RAIN, view.mean, issue
    name = "Member 1" if view.ensemble > 1 else "Forecast"
    yield "member-1", name, RAIN, view.members[0], issue
    thresholds = list(view.probabilities)
    for threshold in thresholds[:1]:
        yield (
            f"at-least-{threshold:g}",
            f"Chance of {threshold:g} mm/h",
            PROBABILITY,
            view.probabilities[threshold],
            issue,
        )
    if view.baseline is not None:
        yield "baseline", f"Baseline: {view.baseline[0]}", RAIN, view.baseline[1], issue
    for threshold in thresholds[1:]:
        yield (
            f"at-least-{threshold:g}",
            f"Chance of {threshold:g} mm/h",
            PROBABILITY,
            view.probabilities[threshold],
            issue,
        )
    if view.truth is not None:
        name = "Mean − observed" if view.ensemble > 1 else "Forecast − observed"
        yield "difference", name, DIFFERENCE, view.mean - view.truth, issue
    for place, member in enumerate(view.members[1:], start=2):
        yield f"member-{place}", f"Member {place}", RAIN, member, issue


def _about(key: str) -> str:
    if key == "mean":
        return "smooth by construction"
    return "share of the members that reach this rate" if key.startswith("at-least") else ""


def _case(view: ForecastView) -> dict[str, Any]:
    height, width = view.context.shape[1:]
    return {
        "tab": view.tab,
        "title": view.title,
        "about": view.about,
        "method": view.method,
        "height": height,
        "width": width,
        "cell_km": [round(size, 5) for size in view.cell_km],
        "minutes": list(view.minutes),
        "times": list(view.times),
        "issue": len(view.context) - 1,
        "ensemble": view.ensemble,
        "truth": view.truth is not None,
        "earth": view.earth,
        "arrows": [list(arrow) for arrow in view.arrows],
        "fields": [],
        "start": _interesting(view),
    }


def _interesting(view: ForecastView) -> list[int]:
    """Row and column of the wettest observed cell, where the time series begins."""
    field = view.context[-1:] if view.truth is None else view.truth
    highest = np.nanmax(np.where(np.isfinite(field), field, -1), axis=0)
    row, column = np.unravel_index(int(np.argmax(highest)), highest.shape)
    return [int(row), int(column)]


def _notes(views: Sequence[ForecastView], dropped: Sequence[str]) -> list[str]:
    notes = []
    reduced = sorted({view.reduced for view in views if view.reduced > 1})
    if reduced:
        sizes = " or ".join(f"{factor} x {factor}" for factor in reduced)
        notes.append(f"To keep the page light, cells of the map are means of {sizes} cells of the radar.")
    if any(view.ensemble > len(view.members) for view in views):
        most = max(view.ensemble for view in views)
        notes.append(f"{len(views[0].members)} of {most} members are shown; mean and chances are those of all.")
    if dropped:
        notes.append(
            f"Left out to keep the page below 5 MB: {', '.join(dropped)}. The files of the forecasts hold all."
        )
    return notes
