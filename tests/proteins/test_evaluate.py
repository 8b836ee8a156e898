"""Sums over families: their means are the scores, and all methods stand on the same ground."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from chains import bundle

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.netcdf import write_netcdf
from sciml.core.scores import Standing, score
from sciml.proteins import evaluate as room
from sciml.proteins.settings import Settings
from sciml.proteins.similarity import distances
from sciml.proteins.structures import Structure

SETTINGS = Settings.model_validate({"evaluate": {"min_separation": 24, "bootstrap": 100}})
NATIVE = bundle()
SEQUENCE = "A" * len(NATIVE)


def case(name: str = "one", group: str = "fold-1") -> Case:
    files = {"structure": FileRecord("unread", 0, ""), "alignment": FileRecord("unread", 0, "")}
    return Case(name, Unit(name, name, None, True, "CC0", files), group, has_truth=True)


def answer(path: Path, scores: np.ndarray, ca: np.ndarray | None = None, neff: float = 250.0) -> Path:
    contact = (("residue", "residue2"), scores.astype(np.float32), {"quantity": "probability"})
    found = xr.Dataset({"contact": contact}, attrs={"sequence": SEQUENCE, "neff": neff, "rows": 400})
    if ca is not None:
        found["ca"] = (("residue", "xyz"), ca.astype(np.float32))
        found["confidence"] = ("residue", np.full(len(ca), 70, np.float32))
    write_netcdf(found, path)
    return path


@pytest.fixture(autouse=True)
def native(monkeypatch: pytest.MonkeyPatch) -> None:
    structure = Structure(SEQUENCE, "A", NATIVE.astype(np.float32), NATIVE.astype(np.float32))
    monkeypatch.setattr(room, "structure_of", lambda unit: structure)


def value(found: xr.Dataset, name: str, stratum: str = "all") -> float:
    return float(found[name].sel(stratum=stratum).item())


def test_the_truth_itself_is_right_and_its_opposite_wrong(tmp_path: Path) -> None:
    apart = distances(NATIVE)
    paths = {
        "trained": answer(tmp_path / "a.nc", -apart, NATIVE),
        "ridge-dca": answer(tmp_path / "b.nc", apart),
    }
    found = room.evaluate(SETTINGS, case(), paths)
    true = (apart[np.triu_indices(len(NATIVE), 24)] < 8).sum()
    assert 11 < true < 56
    best, worst = found["trained"].statistics, found["ridge-dca"].statistics
    assert value(best, "precision_top_l") == pytest.approx(true / 56)
    assert value(best, "precision_top_l5") == 1
    assert value(worst, "precision_top_l") == 0
    assert (value(best, "tm_score"), value(best, "lddt"), value(best, "folded")) == (pytest.approx(1), 100, 1)
    assert (value(worst, "tm_score"), value(worst, "folded"), value(worst, "ranked")) == (0, 0, 1)


def test_all_methods_are_in_the_strata_of_one_alignment(tmp_path: Path) -> None:
    paths = {
        "mean-field-dca": answer(tmp_path / "a.nc", np.eye(56), neff=99.0),
        "trained": answer(tmp_path / "b.nc", np.eye(56), neff=101.0),
    }
    for found in room.evaluate(SETTINGS, case(), paths).values():
        assert found.statistics["stratum"].values.tolist() == ["all", "Neff below 100", "length below 100"]
        assert found.statistics["unit"].values.tolist() == ["fold-1"]


@pytest.mark.parametrize(
    ("length", "neff", "expected"),
    [
        (99, 99.9, ("all", "Neff below 100", "length below 100")),
        (100, 100, ("all", "Neff 100-500", "length 100-200")),
        (199, 1499, ("all", "Neff 500-1500", "length 100-200")),
        (200, 1500, ("all", "Neff 1500 or more", "length 200 or more")),
    ],
)
def test_depth_and_length_have_strata(length: int, neff: float, expected: tuple[str, ...]) -> None:
    assert room.strata_of(length, neff) == expected


def test_an_example_is_plain_and_drawn_by_its_case_alone(tmp_path: Path) -> None:
    paths = {
        "trained": answer(tmp_path / "a.nc", np.eye(56), NATIVE),
        "ridge-dca": answer(tmp_path / "b.nc", np.ones((56, 56))),
    }
    found = room.evaluate(SETTINGS, case(), paths)
    (one,), (other,) = found["trained"].examples, found["ridge-dca"].examples
    assert one["kind"] == "family"
    assert 0 <= one["draw"] == other["draw"] < 1
    assert (one["case"], one["unit"], one["length"], one["rows"], one["neff"]) == ("one", "fold-1", 56, 400, 250.0)
    assert (one["tm_score"], one["confidence"]) == (pytest.approx(1), 70)
    assert (other["tm_score"], other["confidence"]) == (None, None)
    json.dumps([one, other], allow_nan=False)


def test_a_family_without_long_range_pairs_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unresolved = np.full((56, 3), np.nan, np.float32)
    monkeypatch.setattr(room, "structure_of", lambda unit: Structure(SEQUENCE, "A", unresolved, unresolved))
    found = room.evaluate(SETTINGS, case(), {"trained": answer(tmp_path / "a.nc", np.eye(56), NATIVE)})
    assert (value(found["trained"].statistics, "ranked"), value(found["trained"].statistics, "folded")) == (0, 0)
    assert np.isfinite(found["trained"].statistics.to_array()).all()


def test_scores_are_means_over_families_and_intervals_over_folds(tmp_path: Path) -> None:
    apart = distances(NATIVE)
    statistics = []
    for number, sign in enumerate([-1, -1, 1]):  # right, right, wrong: two of one fold
        path = answer(tmp_path / f"{number}.nc", sign * apart, NATIVE)
        one = case(f"case-{number}", "fold-1" if number < 2 else "fold-2")
        statistics.append(room.evaluate(SETTINGS, one, {"trained": path})["trained"].statistics)
    joined = xr.concat(statistics, "unit", join="outer", fill_value=0).groupby("unit").sum()
    found = score({"trained": joined}, room.METRICS, room.HEADLINE, SETTINGS.evaluate)
    table = {(row["metric"], row["stratum"]): row for row in found["table"]}
    assert table["precision_top_l5", "all"]["value"] == pytest.approx(2 / 3)
    assert table["precision_top_l5", "all"]["n"] == 3
    assert table["precision_top_l", "all"]["low"] is None  # two folds are too few for an interval
    assert table["tm_score", "length below 100"]["n"] == 3
    assert "Measured on 3 families" in found["verdict"]


def test_the_verdict_names_both_with_their_intervals() -> None:
    from sciml.core.scores import Estimate

    model = Standing(
        "trained",
        True,
        {
            ("precision_top_l", "all"): Estimate(0.523, 0.471, 0.579, 23),
            ("tm_score", "all"): Estimate(0.5678, 0.5, 0.6, 23),
        },
    )
    baseline = Standing("ridge-dca", False, {("precision_top_l", "all"): Estimate(0.35, None, None, 23)})
    sentence = room.HEADLINE.sentence
    assert sentence(model, baseline) == (
        "Of the L likeliest long-range contacts of the trained model (a demonstration), 52 % [47, 58] are right; of the"
        " best baseline's, ridge-dca, 35 %. Measured on 23 families; its folds reach a TM-score of 0.57."
    )
    assert "no baseline was scored beside it" in sentence(model, None)
    assert sentence(None, baseline).endswith("no model was scored beside it. Measured on 23 families.")
    assert sentence(None, None) == "No family was scored."
