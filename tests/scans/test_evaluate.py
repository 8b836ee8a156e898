"""Scores of hand-made answers, whose arithmetic fits in one's head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from example_findings import settings_of

from sciml.core.contract import Case, Evaluation, FileRecord, Unit
from sciml.core.scores import Estimate, Standing
from sciml.scans.answers import answer, write_netcdf
from sciml.scans.evaluate import HEADLINE, METRICS, evaluate
from sciml.scans.settings import FINDINGS
from sciml.scans.sight import Sight

BLANK = np.zeros((3, 8, 8), np.uint8)
BOTH = {"any_dr": 1, "referable_dr": 0}


def case(name: str, findings: Mapping[str, int], patient: str = "p-1", site: str = "here") -> Case:
    facts = {"kind": "retina", "site": site, "findings": dict(findings)}
    unit = Unit(name, patient, "test", True, "CC0", {"image": FileRecord("none.png", 1, "0")}, facts)
    return Case(name, unit, patient, has_truth=True)


def said(folder: Path, scores: Sequence[float], gradable: bool = True, threshold: float = 0.5) -> Path:
    """An answer on disk with these log-odds."""
    sight = Sight(BLANK, gradable, "" if gradable else "blurred")
    out = folder / f"{len(list(folder.iterdir()))}.nc"
    write_netcdf(answer(FINDINGS["retina"], np.array(scores), np.full(2, threshold), sight), out)
    return out


def judged(cases: Sequence[tuple[Case, Path]]) -> list[Evaluation]:
    return [evaluate(settings_of(), one, {"trained": path})["trained"] for one, path in cases]


def value(evaluations: Sequence[Evaluation], metric: str, stratum: str = "all") -> float:
    """A metric of the sums over all units."""
    total = xr.concat([one.statistics.sum("unit") for one in evaluations], "case", join="outer", fill_value=0).sum(
        "case"
    )
    arrays = {str(name): variable.sel(stratum=[stratum]).to_numpy()[None] for name, variable in total.items()}
    return float(METRICS[metric].of(arrays)[0, 0])


def test_auroc_is_the_mean_of_the_findings_and_each_has_its_own(tmp_path: Path) -> None:
    truths = [(1, 1), (1, 0), (0, 1), (0, 0)]
    # any_dr ranks both positives (2, 1) above both negatives; referable_dr has 3 of 4 pairs right: 3 > 2, 3 > 0, 1 > 0
    scores = [(2.0, 3.0), (1.0, 2.0), (-1.0, 1.0), (-2.0, 0.0)]
    pairs = [
        (case(f"eye{n}", {"any_dr": a, "referable_dr": b}), said(tmp_path, score))
        for n, ((a, b), score) in enumerate(zip(truths, scores, strict=True))
    ]
    found = judged(pairs)
    assert value(found, "auroc", "any_dr") == 1.0
    assert value(found, "auroc", "referable_dr") == 0.75
    assert value(found, "auroc") == pytest.approx((1.0 + 0.75) / 2)
    assert value(found, "auroc", "site here") == pytest.approx((1.0 + 0.75) / 2)
    # any_dr calls eyes 0 and 1, both right; referable_dr calls all: 0 of 2 healthy ones spared (a score of 0 is a half)
    assert value(found, "sensitivity") == 1.0
    assert value(found, "specificity") == pytest.approx((1.0 + 0.0) / 2)


def test_the_decision_that_was_stored_counts_and_not_a_half(tmp_path: Path) -> None:
    found = judged([(case("eye", BOTH), said(tmp_path, (-1.0, -1.0), threshold=0.2))])
    # 1 / (1 + e) = 0.27 is above 0.2: both are called
    assert value(found, "sensitivity", "any_dr") == 1.0
    assert value(found, "specificity", "referable_dr") == 0.0


def test_the_brier_score_is_the_mean_squared_error_of_the_probability(tmp_path: Path) -> None:
    found = judged([(case("eye", BOTH), said(tmp_path, (np.log(3), np.log(3))))])
    # probability 3/4: (1/4)^2 where the finding is there, (3/4)^2 where not; scores are kept to four digits
    assert value(found, "brier", "any_dr") == pytest.approx(1 / 16, abs=1e-4)
    assert value(found, "brier") == pytest.approx((1 / 16 + 9 / 16) / 2, abs=1e-4)


def test_an_image_that_is_not_gradable_counts_as_that_alone(tmp_path: Path) -> None:
    good = [(case(f"eye{n}", {"any_dr": n % 2, "referable_dr": n % 2}), said(tmp_path, (n, n))) for n in range(3)]
    bad = (case("eye3", {"any_dr": 1, "referable_dr": 1}, "p-2"), said(tmp_path, (-9.0, -9.0), gradable=False))
    with_it, without = judged([*good, bad]), judged(good)
    for metric in ("auroc", "sensitivity", "specificity", "average_precision", "brier"):
        assert value(with_it, metric) == value(without, metric)
    assert value(with_it, "ungradable") == 0.25
    assert value(without, "ungradable") == 0.0
    assert not with_it[-1].examples


def test_what_one_method_cannot_grade_counts_for_none(tmp_path: Path) -> None:
    answers = {"trained": said(tmp_path, (1.0, 1.0)), "image-statistics": said(tmp_path, (1.0, 1.0), gradable=False)}
    found = evaluate(settings_of(), case("eye", BOTH), answers)
    for one in found.values():
        assert float(one.statistics["positives"].sum()) == 0
        assert value([one], "ungradable") == 1.0


def test_a_finding_that_is_not_known_is_not_counted(tmp_path: Path) -> None:
    (found,) = judged([(case("eye", {"any_dr": 1}), said(tmp_path, (1.0, 1.0)))])
    assert float(found.statistics["known"].sel(stratum="all").sum()) == 1
    assert found.statistics["images"].sel(stratum="any_dr").item() == 1
    assert found.statistics["images"].sel(stratum="referable_dr").item() == 0
    assert [one["finding"] for one in found.examples] == ["any_dr"]


def test_the_unit_is_the_patient(tmp_path: Path) -> None:
    found = judged([(case(f"eye{n}", BOTH, patient="p-7"), said(tmp_path, (1.0, 1.0))) for n in range(2)])
    assert [one.statistics["unit"].values.tolist() for one in found] == [["p-7"], ["p-7"]]


@pytest.mark.parametrize(
    ("truth", "score", "kind"),
    [
        (1, 1.0, "true positive"),
        (0, 1.0, "false positive"),
        (1, -1.0, "false negative"),
        (0, -1.0, "true negative"),
    ],
)
def test_an_example_is_named_after_truth_and_decision(truth: int, score: float, kind: str, tmp_path: Path) -> None:
    (found,) = judged([(case("eye", {"referable_dr": truth}), said(tmp_path, (0.0, score)))])
    (example,) = found.examples
    assert example["kind"] == kind
    assert (example["case"], example["finding"], example["truth"]) == ("eye", "referable_dr", truth)
    assert example["score"] == score
    assert 0 <= example["draw"] < 1


def test_every_method_shows_the_same_examples(tmp_path: Path) -> None:
    answers = {"trained": said(tmp_path, (1.0, 1.0)), "image-statistics": said(tmp_path, (-1.0, -1.0))}
    found = evaluate(settings_of(), case("eye", BOTH), answers)
    draws = [[one["draw"] for one in evaluation.examples] for evaluation in found.values()]
    assert draws[0] == draws[1]
    assert len(set(draws[0])) == 2


def standing(method: str, auroc: float | None, demonstration: bool = False) -> Standing:
    estimates = {
        ("auroc", "all"): Estimate(auroc, 0.9, 0.95, 240),
        ("auroc", "any_dr"): Estimate(0.9, None, None, 240),
        ("auroc", "referable_dr"): Estimate(0.96, 0.94, 0.98, 240),
        ("ungradable", "all"): Estimate(0.0125, 0.0, 0.03, 120),
    }
    return Standing(method, demonstration, estimates)


def test_the_verdict_names_both_methods_with_intervals_and_counts() -> None:
    assert HEADLINE.sentence(standing("trained", 0.93, demonstration=True), standing("image-statistics", 0.8)) == (
        "The trained model (a demonstration) reaches a mean AUROC of 0.930 [0.900, 0.950] (any_dr 0.900, referable_dr "
        "0.960 [0.940, 0.980]); the best baseline, image-statistics, reaches 0.800 [0.900, 0.950]. Measured on 240 "
        "images of 120 patients; 1.2% of the images were not gradable."
    )


def test_the_verdict_says_what_is_missing() -> None:
    assert HEADLINE.sentence(None, None) == "No method was scored."
    alone = HEADLINE.sentence(None, standing("image-statistics", None))
    assert alone.startswith("image-statistics reaches a mean AUROC of no value")
    assert "no model was scored beside it" in alone
