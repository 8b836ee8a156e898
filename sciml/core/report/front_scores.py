"""The table that sets the sciences side by side: each one's model against its best classical method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sciml.core.report.panels import Cell, Column, Estimate, Panel, Table, nothing
from sciml.core.report.score_tables import difference_cell

Card = Mapping[str, Any]


def score_panel(cards: Mapping[str, Card | None]) -> Panel:
    """One row a science; the demonstration stands for the model only where there is no other."""
    rows = tuple(row for domain, card in cards.items() if (row := _score_row(domain, card)) is not None)
    if not rows:
        return nothing("scores", "Scores", "No science has scores yet.")
    columns = (
        Column("Science"),
        Column("Score"),
        Column("Best model"),
        Column("Value"),
        Column("Best baseline"),
        Column("Value"),
        Column("Difference", digits=3),
        Column("n"),
        Column("CPU", "s/case", 3),
    )
    help_ = "Each model is held against the best baseline on the same test cases; brackets hold the interval."
    return Panel("scores", "Model and best baseline", (Table("front_scores", columns, rows),), "", help_)


def _score_row(domain: str, card: Card | None) -> tuple[Cell, ...] | None:
    if card is None or card["headline"] is None:
        return None
    headline = card["headline"]
    model, baseline = (_best(headline, kind) for kind in ("model", "baseline"))
    if model is None:
        return None
    name = f"{model['name']} (demonstration)" if model["demonstration"] else model["name"]
    start: tuple[Cell, ...] = (domain, f"{headline['title']}, {headline['stratum']}", name, _estimate(model))
    if baseline is None:
        return (*start, "none ran", None, None, model["n"], model["seconds"])
    pair = (model["name"], baseline["name"])
    row = next((row for row in headline["differences"] if (row["method"], row["baseline"]) == pair), None)
    difference = None if row is None else difference_cell(row, headline["better"] == "higher")
    return (*start, baseline["name"], _estimate(baseline), difference, model["n"], model["seconds"])


def _best(headline: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    rows = [row for row in headline["rows"] if row["kind"] == kind and row["value"] is not None]
    sign = 1 if headline["better"] == "higher" else -1
    return max(rows, key=lambda row: (not row["demonstration"], sign * row["value"]), default=None)


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(row["value"], row["low"], row["high"])
