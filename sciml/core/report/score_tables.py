"""The scores of a run as tables and bars: every model beside every baseline, with intervals, counts and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sciml.core.report.axes import measured, number
from sciml.core.report.bars import Bar, bars
from sciml.core.report.panels import Cell, Column, Estimate, Figure, Strong, Table

Scores = Mapping[str, Any]
# the smaller, the better the value
_FROM_BEST: Mapping[str, Callable[[float], float]] = {
    "higher": lambda value: -value,
    "lower": lambda value: value,
    "nearer 0": abs,
    "nearer 1": lambda value: abs(value - 1),
}
_RELATIONS = {
    "better": "better than",
    "worse": "worse than",
    "no clear difference": "not clearly different from",
}


# rows that the page shows of tables by stratum, so that it stays light; the CSV has all
SHOWN_STRATA, SHOWN_DIFFERENCES = 13, 7


def method_looks(scores: Scores) -> dict[str, int]:
    """The colour and marker of each method, the same in every figure of a run: models first, then baselines."""
    return {method: place for place, method in enumerate(methods_in_order(scores))}


def methods_in_order(scores: Scores) -> list[str]:
    """Models before baselines, demonstrations after finished models, then by name."""
    described: Mapping[str, Mapping[str, Any]] = scores["methods"]
    return sorted(
        described,
        key=lambda name: (described[name]["kind"] != "model", bool(described[name].get("demonstration")), name),
    )


def method_label(scores: Scores, method: str) -> str:
    """The method's name, with the word that must never be left out."""
    described = scores["methods"][method]
    return f"{method} (demonstration)" if described.get("demonstration") else method


def headline(scores: Scores) -> tuple[str, str]:
    """Metric and stratum that stand for the whole run."""
    return scores["headline"]["metric"], scores["headline"]["stratum"]


def estimate(scores: Scores, method: str, stratum: str, metric: str) -> tuple[Estimate, int] | None:
    """A score with its interval and its count; None where the method has none."""
    for row in scores["table"]:
        if (row["method"], row["stratum"], row["metric"]) == (method, stratum, metric):
            return Estimate(row["value"], row["low"], row["high"]), row["n"]
    return None


def headline_bars(scores: Scores) -> Figure:
    """The headline metric of every method on one axis."""
    metric, stratum = headline(scores)
    described = scores["metrics"][metric]
    looks, drawn = method_looks(scores), []
    for method in methods_in_order(scores):
        found = estimate(scores, method, stratum, metric)
        value = found[0] if found else Estimate(None)
        note = "not installed" if scores["methods"][method]["status"] == "missing" else "no value"
        name = method_label(scores, method).replace(" (demonstration)", "*")
        drawn.append(Bar(name, value.value, value.low, value.high, looks[method], note if value.value is None else ""))
    label = f"{described['title']}, {stratum}" + (f" ({described['unit']})" if described["unit"] else "")
    said = "; ".join(f"{bar.name} {number(bar.value, 3) if bar.value is not None else bar.note}" for bar in drawn)
    return bars("headline", drawn, label, f"{label} of every method: {said}.")


def method_table(scores: Scores, cost: Mapping[str, Any] | None, stratum: str) -> Table:
    """One row a method: every metric in one stratum, count, cost a case. The best of each metric is bold.

    The metric of the headline comes first, and n is what it was measured on.
    """
    first = headline(scores)[0]
    metrics: Mapping[str, Mapping[str, Any]] = {first: scores["metrics"][first], **scores["metrics"]}
    order = methods_in_order(scores)
    best = {metric: _best(scores, order, stratum, metric) for metric in metrics}
    rows = []
    for method in order:
        described = scores["methods"][method]
        cells: list[Cell] = [method, _kind(described)]
        count: int | None = None
        for metric in metrics:
            found = estimate(scores, method, stratum, metric)
            cells.append(None if found is None else _bold(found[0], best[metric]))
            # of the first metric: the others may count something else
            count = found[1] if found and count is None else count
        rows.append((*cells, count, *(_cost(cost, method) if described["status"] == "done" else (None, None))))
    columns = (
        Column("Method"),
        Column("Kind"),
        *(Column(metric["title"], metric["unit"]) for metric in metrics.values()),
        Column("n"),
        Column("CPU", "s/case", 3),
        Column("Peak memory", "MB", 3),
    )
    return Table(f"scores_{stratum}", columns, tuple(rows))


def stratum_table(scores: Scores, metric: str) -> Table:
    """One row a stratum, one column a method; the better one is bold."""
    order = [method for method in methods_in_order(scores) if scores["methods"][method]["status"] == "done"]
    strata = list(dict.fromkeys(row["stratum"] for row in scores["table"] if row["metric"] == metric))
    rows = []
    for stratum in strata:
        found = [estimate(scores, method, stratum, metric) for method in order]
        best = _best(scores, order, stratum, metric)
        count = max((each[1] for each in found if each), default=None)
        rows.append((stratum, count, *(None if each is None else _bold(each[0], best) for each in found)))
    columns = (Column("Stratum"), Column("n"), *(Column(method_label(scores, method)) for method in order))
    return Table(f"{metric}_by_stratum", columns, tuple(rows), shown=SHOWN_STRATA)


def difference_table(scores: Scores, metric: str) -> Table:
    """Model minus baseline on the same cases, one column a pair; worse is said as loud as better."""
    higher = scores["metrics"][metric]["better"] == "higher"
    found = {
        (row["stratum"], row["method"], row["baseline"]): row
        for row in scores["differences"]
        if row["metric"] == metric
    }
    order = methods_in_order(scores)
    named = {(method, baseline) for _, method, baseline in found}
    pairs = sorted(named, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))
    rows: list[tuple[Cell, ...]] = []
    for stratum in dict.fromkeys(stratum for stratum, _, _ in found):
        cells = (found.get((stratum, *pair)) for pair in pairs)
        rows.append((stratum, *(None if row is None else difference_cell(row, higher) for row in cells)))
    columns = (Column(f"{method_label(scores, method)} − {baseline}") for method, baseline in pairs)
    return Table(f"{metric}_differences", (Column("Stratum"), *columns), tuple(rows), shown=SHOWN_DIFFERENCES)


def difference_sentences(scores: Scores) -> list[str]:
    """Every model against every baseline in the headline score, in words."""
    metric, stratum = headline(scores)
    described = scores["metrics"][metric]
    return [
        f"{method_label(scores, row['method'])} is {word} {row['baseline']} in {described['title']}, {stratum}: "
        f"{' '.join(measured(row['difference'], row['low'], row['high']))}."
        for row in scores["differences"]
        if (row["metric"], row["stratum"]) == (metric, stratum)
        and (word := _RELATIONS.get(difference_word(row, described["better"] == "higher")))
    ]


def difference_word(row: Mapping[str, Any], higher_is_better: bool) -> str:
    """What a difference with its interval says in words."""
    if row["difference"] is None or row["low"] is None or row["high"] is None:
        return ""
    low, high = (row["low"], row["high"]) if higher_is_better else (-row["high"], -row["low"])
    return "better" if low > 0 else "worse" if high < 0 else "no clear difference"


def difference_cell(row: Mapping[str, Any], higher_is_better: bool) -> Estimate | Strong:
    """A difference with its interval; in bold and with the word for it where it is clear."""
    word = difference_word(row, higher_is_better)
    clear = word in ("better", "worse")
    estimate = Estimate(row["difference"], row["low"], row["high"], word if clear else "")
    return Strong(estimate) if clear else estimate


def seconds_per_case(cost: Mapping[str, Any] | None, method: str) -> float | None:
    """Processor seconds a case, from cost.json."""
    spent = (cost or {}).get("methods", {}).get(method)
    return spent["cpu_s"] / spent["cases"] if spent and spent["cases"] and spent["cpu_s"] else None


def _best(scores: Scores, order: Sequence[str], stratum: str, metric: str) -> float | None:
    found = (estimate(scores, method, stratum, metric) for method in order)
    values = [each[0].value for each in found if each is not None and each[0].value is not None]
    if len(set(values)) < 2:
        return None
    return min(values, key=_FROM_BEST[scores["metrics"][metric]["better"]])


def _bold(value: Estimate, best: float | None) -> Estimate | Strong:
    return Strong(value) if best is not None and value.value == best else value


def _cost(cost: Mapping[str, Any] | None, method: str) -> tuple[float | None, float | None]:
    spent = (cost or {}).get("methods", {}).get(method)
    return seconds_per_case(cost, method), spent["peak_mb"] if spent else None


def _kind(described: Mapping[str, Any]) -> str:
    if described["status"] == "missing":
        return "not installed"
    return "demonstration" if described.get("demonstration") else str(described["kind"])
