"""How does skill fade with the lead time, and may an ensemble be believed? Curves from the sums behind the scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sciml.core.report.facets import Facet, facets
from sciml.core.report.figures import Series, histogram, lines, reliability
from sciml.core.report.panels import Cell, Column, Figure, Panel, RunView, Table, nothing
from sciml.core.report.score_tables import estimate, method_label, method_looks, methods_in_order
from sciml.core.scores import quotient
from sciml.nowcast.settings import Settings
from sciml.nowcast.skill import COST_LOSS, relative_value
from sciml.nowcast.skill import reliability as observed_frequency

NO_SCORES = "No forecast was scored in this run."
RATES = (0.5, 1.0, 5.0, 10.0)  # mm/h
SHOWN_RATES = (1.0, 5.0)
BANDS_KM = ((2, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 128))
LEAST_FORECASTS = 50
SHOWN_NUMBERS = 3

Scores = Mapping[str, Any]


def crps_panel(view: RunView) -> Panel:
    """Fair CRPS against the lead time."""
    title = "Error of the whole forecast over the lead time"
    figure = _over_leads(view.scores, "fair_crps", "fair CRPS (mm/h)")
    if figure is None:
        return nothing("curves", title, NO_SCORES)
    return Panel(
        "curves",
        title,
        (figure,),
        "Fair CRPS: the error of an ensemble whatever its size; of a single forecast, its mean absolute error.",
        "Lower is better. All methods are measured on the same cells, those that every method knows, and these become "
        "fewer with the lead time: so a line may fall although forecasting becomes harder. Compare lines at one lead.",
        "A model above persistence (it has learnt nothing), or far below all others at the first lead (it has seen "
        "what came).",
    )


def events_panel(view: RunView) -> Panel:
    """CSI and FSS of each rate against the lead time."""
    title = "Places of rain over the lead time"
    made = [_by_rate(view.scores, "csi", "CSI"), _by_rate(view.scores, "fss", "FSS")]
    figures = tuple(figure for figure in made if figure is not None)
    if not figures:
        return nothing("curves", title, NO_SCORES)
    settings = view.settings
    assert isinstance(settings, Settings)
    return Panel(
        "curves",
        title,
        figures,
        "CSI of the ensemble's mean: hits over hits, misses and false alarms. FSS: agreement of the shares of the "
        f"members' cells and of the radar's that reach a rate, in a box of {settings.evaluate.fss_km:g} km.",
        "Higher is better, 1 is perfect. A smooth forecast gains CSI at low rates and loses it at high ones; FSS "
        "forgives a shower that is a few kilometres away.",
        "A method that leads at 0.5 mm/h and is last at 5 mm/h: it blurs.",
    )


def spectra_panel(view: RunView) -> Panel:
    """Is a member as sharp as the radar?"""
    title = "Sharpness of one member"
    figure = _over_leads(view.scores, "spectra_ratio", "power over observed power, 4-16 km")
    if figure is None or view.scores is None:
        return nothing("curves", title, NO_SCORES)
    return Panel(
        "curves",
        title,
        (figure, _bands(view.scores)),
        "Power of one member's field (in decibels) over that of the radar's, on the same cells.",
        "At 1 a member is as sharp as the radar; below it is too smooth, above too noisy. The table gives the ratio "
        "by wavelength. Extrapolation keeps the last frame and so stays near 1 whatever its skill.",
        "A ratio that falls with the lead time, or one far from 1 at the smallest scales alone.",
    )


def ranks_panel(view: RunView) -> Panel:
    """Where the observation falls among the members."""
    title = "Rank of the observation among the members"
    sizes: dict[int, dict[str, list[float]]] = {}
    for method in _ensembles(view.scores):
        counts = total(view.scores or {}, method, "ranks", "all")
        if counts.sum() > 0:
            named = method_label(view.scores or {}, method)
            sizes.setdefault(len(counts), {})[named] = (counts / counts.sum() * len(counts)).tolist()
    if not sizes:
        return nothing("curves", title, NO_SCORES if view.scores is None else "No ensemble was scored.")
    figures = tuple(
        _light(
            histogram(
                f"ranks_{ranks - 1}_members",
                [place - 0.5 for place in range(ranks + 1)],
                groups,
                f"members below the observation, of {ranks - 1}",
                "frequency (1: even)",
                f"Rank histograms of {', '.join(groups)}, all lead times.",
            )
        )
        for ranks, groups in sorted(sizes.items())
    )
    return Panel(
        "curves",
        title,
        figures,
        "How many members lie below what was observed, over all cells and lead times; ties are shared evenly.",
        "Every bar at 1: the observation is like one more member. High ends: too little spread, the observation often "
        "lies outside of all members. A hump: too much spread. A slope: a bias.",
        "Outermost bars above 2.",
    )


def reliability_panel(view: RunView) -> Panel:
    """Does a probability mean what it says?"""
    title = "Reliability of the probabilities"
    scores, figures, rows = view.scores, list[Figure](), list[tuple[Cell, ...]]()
    for rate in SHOWN_RATES if scores is not None else ():
        series = []
        for method in _ensembles(scores):
            found = _votes(scores or {}, method, rate)
            if found is None:
                continue
            said, cast, came = found
            measured = observed_frequency(cast, came)
            name = method_label(scores or {}, method)
            rows += [
                (rate, name, p, round(n), round(k))
                for p, n, k in zip(said.tolist(), cast.tolist(), came.tolist(), strict=True)
            ]
            drawn = [(x, y) for x, y, n in zip(said, measured, cast, strict=True) if n >= LEAST_FORECASTS]
            if drawn:
                xs, ys = ([float(value) for value in values] for values in zip(*drawn, strict=True))
                series.append(Series(name, xs, ys, look=method_looks(scores or {})[method], markers=True))
        if series:
            words = f"Observed frequency over the forecast probability of {rate:g} mm/h, all lead times."
            label = f"probability of {rate:g} mm/h"
            figures.append(_light(reliability(f"reliability_{rate:g}", series, label, "it came", words)))
    if not figures:
        return nothing("curves", title, NO_SCORES if scores is None else "No ensemble was scored.")
    names = ("Rate", "Method", "Probability", "Forecasts", "Came true")
    table = Table("reliability_counts", tuple(map(Column, names)), tuple(rows), shown=6, folded="Counts behind it")
    return Panel(
        "curves",
        title,
        (*figures, table),
        f"Probability is the share of the members; points of fewer than {LEAST_FORECASTS} cells are left out. Cells "
        "beside each other are not independent: no interval is given.",
        "On the dotted line 30 % means three times in ten. Below it the forecast promises too much rain, above it too "
        "little.",
        "A flat line: the probabilities tell nothing.",
    )


def spread_panel(view: RunView) -> Panel:
    """Is the spread as large as the error?"""
    title = "Spread beside error"
    figure = _over_leads(view.scores, "spread_skill", "spread over RMSE")
    if figure is None:
        return nothing("curves", title, NO_SCORES if view.scores is None else "No ensemble was scored.")
    return Panel(
        "curves",
        title,
        (figure,),
        "Standard deviation of the members over the error of their mean.",
        "At 1 the ensemble knows how uncertain it is; below it is too sure, above too modest.",
        "A ratio that falls with the lead time: errors grow and the members do not know.",
    )


def value_panel(view: RunView) -> Panel:
    """What is a forecast worth to somebody who must act?"""
    title = "Economic value"
    scores, shown = view.scores, list[Facet]()
    for rate in SHOWN_RATES if scores is not None else ():
        looks, series = method_looks(scores or {}), []
        for method in _done(scores):
            found = _votes(scores or {}, method, rate)
            if found is not None:
                value = relative_value(found[1], found[2])
                if np.isfinite(value).any():
                    inside = [float(one) if np.isfinite(one) and one >= -0.25 else None for one in value]
                    series.append(Series(method_label(scores or {}, method), COST_LOSS, inside, look=looks[method]))
        if series:
            shown.append(Facet(f"value, rain of {rate:g} mm/h", series))
    if not shown:
        return nothing("curves", title, NO_SCORES if scores is None else "The rates that it needs were never observed.")
    words = "Economic value over the ratio of cost and loss, all lead times."
    figure = facets("economic_value", shown, "cost of acting over loss", "value", words, (0.0, 0.92), (-0.25, 1.0))
    return Panel(
        "curves",
        title,
        (figure,),
        "Savings of somebody who acts when the probability exceeds cost over loss (Richardson 2000).",
        "1 is a perfect forecast, 0 one that knows only how common such rain is, below 0 it costs more than it saves. "
        "An ensemble serves users of many cost-loss ratios, a single forecast only those near one.",
        "A method whose value is positive for no user.",
    )


def total(scores: Scores, method: str, variable: str, stratum: str) -> np.ndarray:
    """A sum of scores.json in one stratum: a number, or an array over the sum's other dimensions."""
    record = scores["sums"][method][variable]
    return np.asarray(record["values"][record["strata"].index(stratum)], np.float64)


def leads_of(scores: Scores) -> list[int]:
    """Lead times in minutes that the scores know."""
    strata = dict.fromkeys(str(row["stratum"]) for row in scores["table"])
    return sorted(int(name.removesuffix(" min")) for name in strata if name.endswith(" min"))


def _over_leads(scores: Scores | None, metric: str, label: str) -> Figure | None:
    """One line a method over the lead time, with intervals where there are any; None where nobody has a value."""
    series = _lines(scores, metric)
    if scores is None or not series:
        return None
    sentence = f"{label} of {len(series)} methods over {len(leads_of(scores))} lead times."
    values = [value for one in series for value in (*one.y, *one.high) if value is not None]
    y_range = (min(0.0, *values), 1.06 * max(values) or 1.0)
    return _light(lines(f"{metric}_by_lead", series, "lead time (min)", label, sentence, None, y_range))


def _light(figure: Figure) -> Figure:
    """The same figure with few of its numbers on the page and all of them in the CSV."""
    return figure if figure.data is None else replace(figure, data=replace(figure.data, shown=SHOWN_NUMBERS))


def _by_rate(scores: Scores | None, metric: str, title: str) -> Figure | None:
    """One small chart a rain rate."""
    drawn = [(rate, _lines(scores, f"{metric}_{rate:g}")) for rate in RATES]
    shown = [
        Facet(f"{title} at {rate:g} mm/h (n = {_observed(scores or {}, rate):,})", series)
        for rate, series in drawn
        if series
    ]
    if not shown:
        return None
    sentence = f"{title} over the lead time at {len(shown)} rain rates; n: cells and times at which it was observed."
    return facets(f"{metric}_by_lead", shown, "lead time (min)", title, sentence, None, (0.0, 1.0))


def _lines(scores: Scores | None, metric: str) -> list[Series]:
    if scores is None:
        return []
    minutes, looks, series = leads_of(scores), method_looks(scores), list[Series]()
    for method in _done(scores):
        found = [estimate(scores, method, f"{lead} min", metric) for lead in minutes]
        values = [each[0].value if each else None for each in found]
        if all(value is None for value in values):
            continue
        low, high = ([getattr(each[0], end) if each else None for each in found] for end in ("low", "high"))
        banded = any(value is not None for value in low)
        series.append(
            Series(
                method_label(scores, method),
                [float(lead) for lead in minutes],
                values,
                low if banded else (),
                high if banded else (),
                looks[method],
                markers=True,
            )
        )
    return series


def _observed(scores: Scores, rate: float) -> int:
    """Cells and times at which this rate was observed on the common mask."""
    return max((round(float(total(scores, method, f"events_{rate:g}", "all"))) for method in _done(scores)), default=0)


def _bands(scores: Scores) -> Table:
    """Power over observed power by wavelength at the last of 60 minutes and below."""
    minutes = leads_of(scores)
    lead = max((each for each in minutes if each <= 60), default=minutes[0])
    methods = _done(scores)
    rows: list[tuple[Cell, ...]] = []
    for shortest, longest in BANDS_KM:
        cells: list[Cell] = []
        for method in methods:
            edges = np.asarray(scores["sums"][method]["power"]["bins"]["wavelength"], np.float64)
            inside = (edges >= shortest - 0.01) & (edges < longest - 0.01)
            part, whole = (
                total(scores, method, name, f"{lead} min")[inside].sum() for name in ("power", "power_observed")
            )
            ratio = float(quotient(part, whole))
            cells.append(ratio if np.isfinite(ratio) else None)
        rows.append((f"{shortest}-{longest} km", *cells))
    columns = (Column(f"Wavelength, at {lead} min"), *(Column(method_label(scores, method)) for method in methods))
    return Table("power_by_wavelength", columns, tuple(rows))


def _votes(scores: Scores, method: str, rate: float) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Probabilities, how often each was said, and how often it came then; None where the rate was not measured."""
    record = scores["sums"][method]["votes"]
    rates = [float(each) for each in record["bins"]["threshold"]]
    if rate not in rates:
        return None
    place = rates.index(rate)
    cast, came = (total(scores, method, name, "all")[place] for name in ("votes", "votes_observed"))
    return np.asarray(record["bins"]["probability"], np.float64), cast, came


def _done(scores: Scores | None) -> list[str]:
    return [] if scores is None else [method for method in methods_in_order(scores) if method in scores["sums"]]


def _ensembles(scores: Scores | None) -> Sequence[str]:
    """Methods of more than one member."""
    return [each for each in _done(scores) if len((scores or {})["sums"][each]["ranks"]["bins"]["rank"]) > 2]
