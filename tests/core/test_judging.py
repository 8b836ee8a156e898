"""All methods answer a case before it is judged, and cases that share a unit add up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from sciml.core.contract import Case, Evaluation, Unit
from sciml.core.judging import judge
from sciml.core.records import COST, MISSING, write_json
from sciml.core.scores import Headline, Metric
from sciml.core.settings import DomainSettings, EvaluateSettings

UNIT = Unit("series", "series", "test", True, "", {})
CASES = [Case(f"series.{hour}", UNIT, f"day {day}", True, {"day": day}) for hour, day in ((1, 1), (2, 1), (3, 2))]
COST_OF_ONE = {"cpu_s": 1.0, "wall_s": 2.0, "cases": 1, "peak_mb": 10.0}
SETTINGS = DomainSettings(evaluate=EvaluateSettings(bootstrap=100, examples=1))


class Evaluate:
    """Counts the letters of an answer that every method wrote; the unit is the day."""

    METRICS: Mapping[str, Metric] = {
        "length": Metric("length", "Length", "letters", "lower", ("letters",), lambda sums: sums["letters"], ("seen",))
    }
    HEADLINE = Headline("length", "all", lambda model, baseline: "Said.")

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def evaluate(self, settings: Any, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
        self.asked.append((case.id, tuple(sorted(answers))))
        said = {method: path.read_text() for method, path in answers.items()}
        common = min(map(len, said.values()))
        return {method: self._one(case, len(text), common) for method, text in said.items()}

    def _one(self, case: Case, letters: int, common: int) -> Evaluation:
        counts = {"letters": letters, "seen": common}
        statistics = xr.Dataset(
            {name: (("unit", "stratum"), np.array([[count]])) for name, count in counts.items()},
            {"unit": [f"day {case.place['day']}"], "stratum": ["all"]},
        )
        return Evaluation(statistics, [{"kind": "long", "draw": 1 / letters, "case": case.id}])


def folder(place: Path, answers: Mapping[str, str]) -> Path:
    place.mkdir(parents=True)
    for name, text in answers.items():
        (place / f"{name}.txt").write_text(text)
    write_json(place / COST, COST_OF_ONE)
    return place


@pytest.fixture
def rooms() -> Any:
    return SimpleNamespace(
        name="toy",
        evaluate=Evaluate(),
        baseline=SimpleNamespace(METHODS={"short": None, "absent": None}),
        predict=SimpleNamespace(SUFFIX=".txt"),
    )


@pytest.fixture
def predictions(tmp_path: Path) -> list[Path]:
    """Two parts of a model and of a baseline, and a baseline that is not installed."""
    absent = folder(tmp_path / "absent" / "1-of-1", {})
    write_json(absent / MISSING, {"note": "absent: not installed"})
    return [
        folder(tmp_path / "trained" / "1-of-2", {"series.1": "aaaa", "series.3": "aa"}),
        folder(tmp_path / "trained" / "2-of-2", {"series.2": "aaa"}),
        folder(tmp_path / "short" / "1-of-1", {f"series.{hour}": "a" for hour in (1, 2, 3)}),
        absent,
    ]


def test_the_answers_of_all_methods_that_are_done_meet_in_each_case(rooms: Any, predictions: list[Path]) -> None:
    scores, costs = judge(rooms, SETTINGS, CASES, predictions)
    assert rooms.evaluate.asked == [(case.id, ("short", "trained")) for case in CASES]
    assert scores["methods"]["absent"] == {
        "kind": "baseline", "status": "missing", "note": "absent: not installed", "demonstration": False, "cases": 0,
    }  # fmt: skip
    assert {method: facts["cases"] for method, facts in scores["methods"].items()} == {
        "trained": 3, "short": 3, "absent": 0,
    }  # fmt: skip
    assert costs["methods"]["trained"] == {"cpu_s": 2.0, "wall_s": 4.0, "cases": 2, "peak_mb": 10.0}


def test_cases_of_one_unit_are_one_draw_of_the_bootstrap(rooms: Any, predictions: list[Path]) -> None:
    scores, _ = judge(rooms, SETTINGS, CASES, predictions)
    rows = {row["method"]: row for row in scores["table"]}
    # 4 + 3 letters on day 1, 2 on day 2; the draws are 2 x 7, 7 + 2 and 2 x 2
    assert rows["trained"]["value"] == 9
    assert (rows["trained"]["low"], rows["trained"]["high"]) == (4, 14)
    assert rows["trained"]["n"] == 3


def test_a_stratum_that_a_case_lacks_is_zero_there(rooms: Any, predictions: list[Path]) -> None:
    one = rooms.evaluate._one

    def by_hour(case: Case, letters: int, common: int) -> Evaluation:
        found = one(case, letters, common)
        return Evaluation(found.statistics.assign_coords(stratum=[f"hour {case.id[-1]}"]), found.examples)

    rooms.evaluate._one = by_hour
    scores, _ = judge(rooms, SETTINGS, CASES, predictions)
    rows = {row["stratum"]: row["value"] for row in scores["table"] if row["method"] == "trained"}
    assert rows == {"hour 1": 4, "hour 2": 3, "hour 3": 2}


def test_few_examples_of_many_are_kept_by_their_draw(rooms: Any, predictions: list[Path]) -> None:
    scores, _ = judge(rooms, SETTINGS, CASES, predictions)
    # the least draw is that of the longest answer: 1/4
    assert [example["case"] for example in scores["examples"]["trained"]] == ["series.1"]
    assert len(scores["examples"]["short"]) == 1
