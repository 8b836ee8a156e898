"""Which calls are worth looking at? False positives, false negatives, wrong genotypes, and some that are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sciml.core.contract import Case
from sciml.core.streams import draw
from sciml.variants.scored import Scored
from sciml.variants.settings import CallerEvaluateSettings

GENOTYPES = {0: "0/0", 1: "0/1", 2: "1/1"}
KEY = ["position", "ref", "alt"]


def examples(settings: CallerEvaluateSettings, case: Case, view: Scored) -> list[dict[str, Any]]:
    """At most `settings.examples` of each kind, chosen by lot, in the order of the lots.

    `draw` is the lot, a number in [0, 1) that follows from seed, case and allele alone: the smallest draws of many
    cases together are a fair choice among all of them. `truth_gt` and `called_gt` are of this one allele.
    """
    chosen: dict[str, list[dict[str, Any]]] = {}
    for found in _found(view):
        allele = (str(found[key]) for key in ("position", "ref", "alt", "kind"))
        lot = draw(str(settings.seed), case.id, *allele)
        chosen.setdefault(found["kind"], []).append(
            {**found, "contig": view.region.contig, "case": case.id, "unit": case.unit.id, "draw": lot}
        )
    return [
        example
        for kind in sorted(chosen)
        for example in sorted(chosen[kind], key=lambda each: float(each["draw"]))[: settings.examples]
    ]


def _found(view: Scored) -> Iterator[dict[str, Any]]:
    truth, query = view.counted.truth, view.counted.query
    true_copies = dict(zip(truth[KEY].itertuples(index=False, name=None), truth["copies"], strict=True))
    listed = dict(zip(view.listed[KEY].itertuples(index=False, name=None), view.listed.to_dict("records"), strict=True))
    for row in query.to_dict("records"):
        key = (row["position"], row["ref"], row["alt"])
        kind = "true positive" if row["matched"] else "genotype error" if row["reason"] == "gt" else "false positive"
        called = view.counted_calls.iloc[row["record"]].to_dict()
        # matched in other words than the truth's
        known = true_copies.get(key, row["copies"] if row["matched"] else 0)
        truth_gt = "." if row["reason"] == "gt" and key not in true_copies else GENOTYPES[known]
        yield {**_allele(kind, row), "truth_gt": truth_gt, "called_gt": GENOTYPES[row["copies"]], **_quality(called)}
    for row in truth[~truth["matched"] & (truth["reason"] != "gt")].to_dict("records"):
        near = listed.get((row["position"], row["ref"], row["alt"]))
        called = {} if near is None else view.calls.iloc[near["record"]].to_dict()
        called_gt = "." if near is None else GENOTYPES[min(2, near["copies"])]
        said = {"truth_gt": GENOTYPES[row["copies"]], "called_gt": called_gt}
        yield {**_allele("false negative", row), **said, **_quality(called)}


def _allele(kind: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {"kind": kind, **{name: row[name] for name in ("position", "ref", "alt", "type")}}


def _quality(called: Mapping[Any, Any]) -> dict[str, Any]:
    """What the answer's record says; null where it has none."""
    qual, gq, dp = called.get("qual"), called.get("gq", -1), called.get("dp", -1)
    return {
        "qual": None if qual is None or pd.isna(qual) else float(qual),
        "gq": int(gq) if gq >= 0 else None,
        "dp": int(dp) if dp >= 0 else None,
        "filter": called.get("filter"),
    }
