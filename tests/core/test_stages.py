"""What the stages hand to the rooms: a baseline that learns is fitted to what trains and asked about what tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import xarray as xr

from sciml.core import stages
from sciml.core.contract import Baseline, Case, Index, Learner, Role, Unit
from sciml.core.records import COST, INDEX, MISSING, read_json, write_json
from sciml.core.settings import DomainSettings

# two that train and one of no known truth, one that validates, two that test
ROLES: dict[str, Role | None] = {"a": "train", "b": "train", "c": "train", "d": "validation", "e": "test", "f": "test"}


class Rooms:
    """A science that asks for the length of a name; `mean` learns it from the cases that it is given."""

    name = "names"

    def __init__(self) -> None:
        self.seen: list[list[str]] = []
        self.ingest = SimpleNamespace(cases=self._cases)
        self.baseline = SimpleNamespace(METHODS={"mean": Learner(self._fit)}, VERSIONS={"mean": lambda: "1"})
        self.predict = SimpleNamespace(SUFFIX=".json", export=self._export)

    def _cases(self, settings: Any, index: Index) -> list[Case]:
        return [Case(unit.id, unit, unit.id, has_truth=unit.id != "c") for unit in index.units]

    def _fit(self, settings: Any, cases: Sequence[Case]) -> Baseline:
        self.seen.append([case.id for case in cases])
        fitted = len(cases)
        return lambda settings, case: xr.Dataset({"known": fitted}, attrs={"case": case.id})

    def _export(self, answer: xr.Dataset, out: Path) -> None:
        write_json(out, {"known": int(answer["known"]), "case": answer.attrs["case"]})


def ask(rooms: Any, raw: Path, part: int = 1, parts: int = 1) -> Path:
    out = raw.parent / f"{part}-of-{parts}"
    stages.predict(rooms, DomainSettings(), raw, "mean", None, part, parts, out, threads=1)
    return out


def raw_with(folder: Path, ids: str) -> Path:
    units = tuple(Unit(name, name, ROLES[name], True, "", {}) for name in ids)
    write_json(folder / "raw" / INDEX, Index("names", units).to_json())
    return folder / "raw"


def test_a_learner_sees_the_cases_that_train_with_their_truth_and_answers_the_others(tmp_path: Path) -> None:
    rooms = Rooms()
    out = ask(rooms, raw_with(tmp_path, "abcdef"))
    assert rooms.seen == [["a", "b"]]
    # e and f test; c has no truth, so that it can be asked about but not learnt from
    assert sorted(path.stem for path in out.glob("*.json") if path.name != COST) == ["c", "e", "f"]
    assert read_json(out / "e.json") == {"known": 2, "case": "e"}


def test_every_part_of_the_answers_is_fitted_to_the_same_cases(tmp_path: Path) -> None:
    rooms, raw = Rooms(), raw_with(tmp_path, "abcdef")
    for part in (1, 2):
        ask(rooms, raw, part, parts=2)
    assert rooms.seen == [["a", "b"]] * 2


def test_a_learner_without_a_case_to_learn_from_is_missing_and_the_table_will_say_why(tmp_path: Path) -> None:
    rooms = Rooms()
    out = ask(rooms, raw_with(tmp_path, "cdef"))
    assert rooms.seen == []
    assert sorted(path.name for path in out.iterdir()) == [COST, MISSING]
    assert "method mean: has no case that trains" in read_json(out / MISSING)["note"]


def test_many_inputs_of_a_kind_are_one_source_in_the_record() -> None:
    def unit(name: str, role: Role) -> Unit:
        return Unit(name, name, role, simulated=True, licence="CC0", files={})

    few = [unit(f"v{number}", "validation") for number in range(2)]
    many = [unit(f"t{number}", "train") for number in range(1, 1001)]
    named = [source["id"] for source in stages.sources(Index("tones", (*few, *many)))]
    assert named == ["v0", "v1", "t1 to t1000 (1,000 inputs)"]
