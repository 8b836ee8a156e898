"""What a science's page tells the front page: a small record inside the page itself.

So the front page needs no file of its own from any stage, knows no science, and shows whatever there is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sciml.core.report.markup import Html, tag, to_json
from sciml.core.report.page import resource
from sciml.core.report.panels import Figure, Panel, RunView, Subject
from sciml.core.report.provenance import changed_settings
from sciml.core.report.score_tables import (
    estimate,
    headline,
    method_looks,
    methods_in_order,
    seconds_per_case,
)

MAX_PICTURE_BYTES = 30_000
_BLOCK = re.compile(r'<script type="application/json" id="sciml-card">(.*?)</script>', re.DOTALL)


def card_block(view: RunView, subject: Subject, panels: Sequence[Panel]) -> Html:
    """The record as a block that no browser runs."""
    content = {
        "title": subject.title,
        "question": subject.question,
        "case": subject.case,
        "provenance": view.provenance,
        "verdict": view.scores["verdict"] if view.scores is not None else None,
        "headline": _headline(view),
        "samples": dict((view.manifest or {}).get("samples", {})),
        "parameters": view.record.parameters if view.record is not None else None,
        "changed": [[key, value, default] for key, value, default in changed_settings(view.settings, subject.private)],
        "versions": dict(view.versions),
        "picture": _picture(panels),
    }
    return tag("script", Html(to_json(content)), type="application/json", id="sciml-card")


def read_card(page: Path) -> dict[str, Any] | None:
    """The record in a page of an earlier stage; None where there is no such page, or none of ours."""
    if not page.is_file():
        return None
    found = _BLOCK.search(page.read_text(encoding="utf-8"))
    if found is None:
        return None
    content: dict[str, Any] = json.loads(found.group(1))
    return content


def _headline(view: RunView) -> Mapping[str, Any] | None:
    scores = view.scores
    if scores is None:
        return None
    metric, stratum = headline(scores)
    looks, rows = method_looks(scores), []
    for method in methods_in_order(scores):
        found = estimate(scores, method, stratum, metric)
        described = scores["methods"][method]
        rows.append(
            {
                "name": method,
                "kind": described["kind"],
                "status": described["status"],
                "demonstration": bool(described.get("demonstration")),
                "look": looks[method],
                "value": found[0].value if found else None,
                "low": found[0].low if found else None,
                "high": found[0].high if found else None,
                "n": found[1] if found else None,
                "seconds": seconds_per_case(view.cost, method),
            }
        )
    described = scores["metrics"][metric]
    differences = [row for row in scores["differences"] if (row["metric"], row["stratum"]) == (metric, stratum)]
    return {
        "title": described["title"],
        "unit": described["unit"],
        "better": described["better"],
        "stratum": stratum,
        "rows": rows,
        "differences": differences,
    }


def _picture(panels: Sequence[Panel]) -> Mapping[str, str] | None:
    """The first thumbnail that is small enough, as a drawing that stands alone."""
    for panel in panels:
        if panel.thumbnail is not None:
            drawn = _alone(panel.thumbnail)
            if len(drawn.encode("utf-8")) <= MAX_PICTURE_BYTES:
                return {"svg": drawn, "sentence": panel.thumbnail.sentence}
    return None


def _alone(figure: Figure) -> str:
    start = re.match(r"<svg[^>]*>", figure.svg)
    if start is None:
        raise ValueError("a thumbnail must be a drawing")
    end = figure.svg.index("</svg>")
    opening = start.group(0).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    rules = f"<style>{resource('tokens.css')}{resource('figures.css')}</style>"
    return f"{opening}{rules}{figure.svg[start.end() : end]}</svg>"
