"""Inputs from three places in one list, each name once, and what is wrong with any told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sciml.core.contract import Unit
from sciml.core.errors import BadInput, DataWarning, Several
from sciml.core.inputs import all_sound, repeated, rows_of, those_sound


@dataclass
class Ingest:
    inputs: Sequence[str] = ()
    sheet: str | None = None


def read(path: Path) -> list[str]:
    return path.read_text().split()


def unit(row: str, simulated: bool, others: Sequence[Unit]) -> Unit:
    if row.startswith("bad"):
        raise BadInput(row, "is bad")
    return Unit(row, str(len(others)), None, simulated, "CC0", {})


def test_what_was_invented_comes_first_and_alone_counts_as_simulated(tmp_path: Path) -> None:
    (tmp_path / "samples.tsv").write_text("a b")
    (tmp_path / "mine.tsv").write_text("d")
    rows = rows_of(Ingest(["c"], str(tmp_path / "mine.tsv")), tmp_path, read)
    assert rows == [("a", True), ("b", True), ("c", False), ("d", False)]


def test_no_input_at_all_is_an_error_that_names_the_settings() -> None:
    with pytest.raises(BadInput, match=r"there is no input; set ingest\.inputs"):
        rows_of(Ingest(), None, read)


def test_names_that_differ_in_case_alone_are_one() -> None:
    assert [str(error) for error in repeated("tile", ["w3", "w4", "W3"])] == [
        "tile w3: is listed twice; give each tile a name of its own"
    ]


def test_every_unit_knows_those_before_it() -> None:
    assert [found.sample for found in all_sound([("a", True), ("b", False)], unit)] == ["0", "1"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Several, match="bad1: is bad\nbad2: is bad"):
        all_sound([("bad1", False), ("a", False), ("bad2", False)], unit)


def test_one_bad_input_of_many_is_left_out_and_said() -> None:
    with pytest.warns(DataWarning, match=r"bad1: is bad \(left out\)"):
        found = those_sound([("bad1", False), ("a", False)], unit)
    assert [each.id for each in found] == ["a"]


def test_where_none_is_sound_the_errors_are_raised() -> None:
    with pytest.raises(BadInput, match="bad1: is bad"):
        those_sound([("bad1", False)], unit)
