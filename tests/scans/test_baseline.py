"""The classical rival: it learns what statistics can tell, from patients, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from example_findings import case_of, fundus, settings_of, written

from sciml.core.contract import Case, Learner
from sciml.core.ranking import auroc, histogram
from sciml.scans.baseline import METHODS, VERSIONS

LEARNER = METHODS["image-statistics"]


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Two eyes a patient; every second patient has 25 spots in each eye, and referable disease is known of nobody."""
    folder = tmp_path_factory.mktemp("eyes")
    cases = []
    for number in range(48):
        patient, spotted = f"p-{number // 2:08x}", (number // 2) % 2
        image = written(fundus(number, 25 * spotted), folder / f"eye{number:02}.png")
        cases.append(case_of(image, {"any_dr": spotted}, patient))
    return cases


@pytest.fixture(scope="module")
def ask(eyes: list[Case]) -> Callable:
    assert isinstance(LEARNER, Learner)
    return LEARNER.fit(settings_of(), eyes[:32])


def test_spots_are_told_from_statistics(ask: Callable, eyes: list[Case]) -> None:
    scores = np.array([float(ask(settings_of(), case)["score"][0]) for case in eyes[32:]])
    truth = np.array([case.unit.facts["findings"]["any_dr"] == 1 for case in eyes[32:]])
    assert auroc(*histogram(scores, truth)) >= 0.95


def test_an_answer_has_the_form_of_a_networks_but_no_heatmap(ask: Callable, eyes: list[Case]) -> None:
    answer = ask(settings_of(), eyes[40])
    assert set(answer.data_vars) == {"score", "probability", "threshold", "decision", "gradable"}
    assert answer["finding"].values.tolist() == ["any_dr", "referable_dr"]
    assert answer["decision"].dtype == np.int8


def test_what_was_known_of_nobody_gets_even_odds(ask: Callable, eyes: list[Case]) -> None:
    # log((0 + 0.5) / (0 + 0.5)) = 0
    assert float(ask(settings_of(), eyes[40])["score"][1]) == 0


def test_where_all_had_a_finding_the_odds_are_those_of_the_count(eyes: list[Case]) -> None:
    assert isinstance(LEARNER, Learner)
    only = [case for case in eyes[:32] if case.unit.facts["findings"]["any_dr"] == 1]
    assert len(only) == 16
    # log((16 + 0.5) / (0 + 0.5)) = log 33
    answer = LEARNER.fit(settings_of(), only)(settings_of(), eyes[40])
    assert float(answer["score"][0]) == pytest.approx(np.log(33), abs=1e-4)


def test_the_same_cases_teach_the_same(ask: Callable, eyes: list[Case]) -> None:
    assert isinstance(LEARNER, Learner)
    again = LEARNER.fit(settings_of(), eyes[:32])
    for case in eyes[32:36]:
        assert ask(settings_of(), case).identical(again(settings_of(), case))


def test_one_patient_of_a_class_is_too_few_to_leave_any_out(eyes: list[Case]) -> None:
    assert isinstance(LEARNER, Learner)
    few = [case for case in eyes[:32] if case.unit.facts["findings"]["any_dr"] == 0] + eyes[2:4]
    answer = LEARNER.fit(settings_of(), few)(settings_of(), eyes[2])
    assert np.isfinite(answer["score"]).all()
    assert int(answer["decision"][0]) == 1


def test_a_black_image_is_not_decided(ask: Callable, tmp_path: Path) -> None:
    answer = ask(settings_of(), case_of(written(np.zeros((90, 90, 3), np.uint8), tmp_path / "black.png"), {}))
    assert not bool(answer["gradable"])
    assert (answer["decision"] == -1).all()
    assert np.isfinite(answer["probability"]).all()


def test_its_version_is_that_of_scikit_learn() -> None:
    assert VERSIONS["image-statistics"]().startswith("scikit-learn ")
