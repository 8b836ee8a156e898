"""A sample sheet is read row by row, and all that is wrong with it is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sciml.core.errors import ScimlError
from sciml.core.settings import Frozen
from sciml.core.sheets import read_sheet


class Series(Frozen):
    """What a row may say."""

    name: str
    frames: tuple[str, ...] = ("*.h5",)
    notes: tuple[str, ...] = ()
    count: int = 1


def rows(folder: Path, text: str) -> list[Series]:
    (folder / "samples.tsv").write_text(text, encoding="utf-8")
    return read_sheet(folder / "samples.tsv", Series, paths=("frames",), lists=("frames", "notes"))


def test_paths_start_where_the_sheet_lies_and_lists_are_cut_at_semicolons(tmp_path: Path) -> None:
    [row] = rows(tmp_path, "name\tframes\tnotes\tcount\na\tday/1.h5;/abroad/2.h5\twet;windy\t3\n")
    assert row == Series(name="a", frames=(str(tmp_path / "day/1.h5"), "/abroad/2.h5"), notes=("wet", "windy"), count=3)


def test_an_empty_or_missing_cell_is_a_field_left_out(tmp_path: Path) -> None:
    found = rows(tmp_path, "name\tframes\tcount\na\t\t\nb\n")
    assert found == [Series(name="a"), Series(name="b")]


def test_a_mark_of_byte_order_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert [row.name for row in rows(tmp_path, "\ufeffname\na\n")] == ["a"]


def test_every_wrong_row_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ScimlError) as refused:
        rows(tmp_path, "name\tcount\na\tmany\nb\t2\n\tnone\n")
    said = str(refused.value)
    assert "samples.tsv:2: count" in said
    assert "samples.tsv:4: name" in said
    assert "samples.tsv:3" not in said


def test_an_unknown_column_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(ScimlError, match=r"unknown column 'fames'.*count, frames, name, notes"):
        rows(tmp_path, "name\tfames\na\tb\n")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "samples.tsv").write_bytes(b"name\n\xff\xfe\n")
    with pytest.raises(ScimlError, match="cannot be read as a sample sheet"):
        read_sheet(tmp_path / "samples.tsv", Series)
