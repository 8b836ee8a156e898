"""Rankings are scored on every object of a catalogue, known answers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.scores import score
from sciml.lenses.candidates import candidate_table, ranks, write_candidates
from sciml.lenses.evaluate import HEADLINE, METRICS, evaluate
from sciml.lenses.ingest import CATALOG
from sciml.lenses.settings import LensesEvaluateSettings, Settings

ROWS = (("a", 1, "lens"), ("b", 1, "lens"), ("c", 0, "ring"), ("d", 0, "plain"), ("e", 0, "plain"))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    path = tmp_path / "catalog.csv"
    lines = [f"{name},{place},1,{lens},{kind},1.2,25" for place, (name, lens, kind) in enumerate(ROWS)]
    path.write_text("\n".join(["id,x,y,lens,kind,theta_e,arc_snr", *lines]) + "\n", encoding="utf-8")
    unit = Unit("tile", "tile", "test", True, "CC0", {CATALOG: FileRecord(str(path), 1, "")})
    return Case("tile", unit, "tile", has_truth=True)


def answer(folder: Path, name: str, scores: dict[str, float]) -> Path:
    """The table of a method that says this of these objects."""
    values, count = np.array(list(scores.values())), len(scores)
    columns = {name: np.zeros(count) for name in ("ra", "dec", "x", "y", "flags")}
    columns |= {"id": np.array(list(scores)), "tile": np.full(count, "tile"), "reason": np.full(count, "ok")}
    columns |= {"score": values, "probability": np.full(count, np.nan), "rank": ranks(values)}
    out = folder / f"{name}.ecsv"
    write_candidates(candidate_table(xr.Dataset({key: ("object", some) for key, some in columns.items()})), out)
    return out


def value(found: xr.Dataset, metric: str, stratum: str = "all") -> float:
    sums = {name: found[name].sum("unit").to_numpy()[None] for name in ("positives", "negatives")}
    return float(METRICS[metric].of(sums)[0][list(found["stratum"].values).index(stratum)])


def test_the_area_is_the_share_of_pairs_in_the_right_order(case: Case, tmp_path: Path) -> None:
    path = answer(tmp_path, "one", {"a": 5.0, "b": 1.0, "c": 3.0, "d": -1.0, "e": -2.0})
    found = evaluate(Settings(), case, {"one": path})["one"].statistics
    # a beats three others, b two of three: 5 of 6 pairs
    assert value(found, "auroc") == pytest.approx(5 / 6)
    assert value(found, "auroc", "against ring") == pytest.approx(1 / 2)
    assert value(found, "auroc", "against plain") == 1.0
    assert np.isnan(value(found, "auroc", "against spiral"))
    # before the first false alarm, c at 3, only a was found
    assert value(found, "tpr_before_first") == pytest.approx(1 / 2)
    assert value(found, "tpr_at_01_percent") == pytest.approx(1 / 2)


def test_an_object_without_a_score_counts_as_the_lowest(case: Case, tmp_path: Path) -> None:
    path = answer(tmp_path, "one", {"a": np.nan, "c": -11.0, "d": -11.0, "e": -11.0})
    found = evaluate(Settings(), case, {"one": path})["one"].statistics
    assert value(found, "auroc") == 0.0
    assert found["lenses"].sel(stratum="all").to_numpy().tolist() == [2]
    assert found["others"].sel(stratum="all").to_numpy().tolist() == [3]


def test_examples_are_told_by_as_many_looks_as_there_are_lenses(case: Case, tmp_path: Path) -> None:
    one = answer(tmp_path, "one", {"a": 5.0, "b": 1.0, "c": 3.0, "d": -1.0, "e": -2.0})
    other = answer(tmp_path, "other", {"a": 5.0, "b": 4.0, "c": 3.0, "d": -1.0, "e": -2.0})
    found = evaluate(Settings(), case, {"one": one, "other": other})
    kinds = {example["object"]: example["kind"] for example in found["one"].examples}
    assert kinds == {"a": "lens found", "b": "lens missed", "c": "false alarm", "d": "other", "e": "other"}
    assert {example["kind"] for example in found["other"].examples} == {"lens found", "other"}
    # the same lot for every method, of everything that a page draws
    draws = [[example["draw"] for example in found[method].examples] for method in ("one", "other")]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == len(ROWS)
    assert all(0 <= draw < 1 for draw in draws[0])


def test_the_sentence_names_both_methods_and_what_they_were_measured_on(case: Case, tmp_path: Path) -> None:
    trained = answer(tmp_path, "trained", {"a": 5.0, "b": 4.0, "c": 3.0, "d": -1.0, "e": -2.0})
    rings = answer(tmp_path, "rings", {"a": 5.0, "b": 1.0, "c": 3.0, "d": -1.0, "e": -2.0})
    found = evaluate(Settings(), case, {"trained": trained, "ring-flux": rings})
    sums = {method: each.statistics for method, each in found.items()}
    said = score(sums, METRICS, HEADLINE, LensesEvaluateSettings(bootstrap=100))["verdict"]
    assert said == (
        "The trained model reaches an AUROC of 1.000 and finds 1.000 of the lenses at 1 % false alarms; the best "
        "baseline, ring-flux, reaches an AUROC of 0.833 and finds 0.500 of the lenses at 1 % false alarms. Measured on "
        "2 lenses and 3 other galaxies."
    )
    alone = score({"ring-flux": sums["ring-flux"]}, METRICS, HEADLINE, LensesEvaluateSettings(bootstrap=100))
    assert alone["verdict"].startswith("ring-flux reaches an AUROC of 0.833")
    assert "no model was scored beside it" in alone["verdict"]
    assert score({}, METRICS, HEADLINE, LensesEvaluateSettings())["verdict"] == "No finder was scored."
