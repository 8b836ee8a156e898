"""Alignments are read as their formats mean them, and what is wrong with one is said in a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from families import write
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.errors import BadInput, Missing
from sciml.proteins.alignments import ALPHABET, GAP, encode, read_alignment
from sciml.proteins.file_bytes import read_bytes


def letters(rows: np.ndarray) -> list[str]:
    return ["".join(ALPHABET[state] for state in row) for row in rows]


def test_small_letters_and_dots_of_a3m_lie_between_columns(tmp_path: Path) -> None:
    found = read_alignment(write(tmp_path / "x.a3m", ">q first\nACDE\n>r\nA-cy.DE\n>s\n.aACDEww\n"))
    assert found.name == "q"
    assert found.query == "ACDE"
    assert letters(found.rows) == ["ACDE", "A-DE", "ACDE"]
    # c, y of r; a, w, w of s
    assert found.insertions == 5


@given(st.lists(st.text(ALPHABET, min_size=6, max_size=6), min_size=1, max_size=5), st.data())
def test_insertions_anywhere_change_no_column(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], data: st.DataObject
) -> None:
    text, count = ">q\nACDEFG\n", 0
    for number, row in enumerate(rows):
        inserted = [data.draw(st.text("acdwy.", max_size=3)) for _ in range(7)]
        count += sum(len(each.replace(".", "")) for each in inserted)
        text += f">{number}\n" + inserted[0] + "".join(a + b for a, b in zip(row, inserted[1:], strict=True)) + "\n"
    found = read_alignment(write(tmp_path_factory.mktemp("a") / "x.a3m", text))
    assert letters(found.rows) == ["ACDEFG", *rows]
    assert found.insertions == count


def test_gzip_carriage_returns_wrapped_lines_a_mark_and_a_comment_change_nothing(tmp_path: Path) -> None:
    text = "\ufeff#A3M#\r\n>q\r\nAC\r\nDE\r\n\r\n>r\r\nA-DE\r\n"
    found = read_alignment(write(tmp_path / "x.a3m.gz", text))
    assert letters(found.rows) == ["ACDE", "A-DE"]


def test_a_query_without_a_name_is_called_as_its_file(tmp_path: Path) -> None:
    assert read_alignment(write(tmp_path / "1a3a_1_A.a3m.gz", ">\nACDE\n")).name == "1a3a_1_A"


def test_letters_that_are_none_of_the_twenty_count_as_gaps(tmp_path: Path) -> None:
    found = read_alignment(write(tmp_path / "x.a3m", ">q\nAXDE\n>r\nBZUO\n"))
    assert found.query == "AXDE"
    assert found.rows.tolist() == [[0, GAP, 2, 3], [GAP] * 4]


def test_columns_in_which_the_query_has_a_gap_are_left_out_and_said(tmp_path: Path) -> None:
    found = read_alignment(write(tmp_path / "x.fasta", ">q\nA-CD-\n>r\nAWC-Y\n"))
    assert found.query == "ACD"
    assert letters(found.rows) == ["ACD", "AC-"]
    assert found.notes == ("2 columns in which the query has a gap were left out",)
    assert found.insertions == 2


def test_a_row_of_another_length_is_told_by_number_and_name(tmp_path: Path) -> None:
    path = write(tmp_path / "x.a3m", ">q\nACDE\n>r\nACDE\n>s it\nACD\n>t\nA\n")
    with pytest.raises(BadInput, match=r"x\.a3m: row 3 \(s it\) has 3 columns, the query has 4, and so have 1 more"):
        read_alignment(path)


def test_a_genome_is_no_protein(tmp_path: Path) -> None:
    path = write(tmp_path / "x.fasta", ">chr1\n" + "ACGTNACGTN\n" * 10_001)
    with pytest.raises(BadInput, match=r"x\.fasta: its query has 100,010 columns, and no protein has; is it a genome"):
        read_alignment(path)


def test_a_single_sequence_is_an_alignment_also_in_small_letters(tmp_path: Path) -> None:
    assert read_alignment(write(tmp_path / "x.fasta", ">q\nacde\n")).query == "ACDE"
    assert read_alignment(write(tmp_path / "y.a3m", ">q\nACDE\n")).rows.shape == (1, 4)


def test_fasta_with_masked_residues_keeps_them_and_a2m_does_not(tmp_path: Path) -> None:
    masked = read_alignment(write(tmp_path / "x.fasta", ">q\nACDE\n>r\nacDE\n"))
    assert letters(masked.rows) == ["ACDE", "ACDE"]
    a2m = read_alignment(write(tmp_path / "x.fasta", ">q\nAC..DE\n>r\nA-wyDE\n"))
    assert letters(a2m.rows) == ["ACDE", "A-DE"]
    assert a2m.insertions == 2


def test_blocks_of_stockholm_are_joined_by_name(tmp_path: Path) -> None:
    text = "# STOCKHOLM 1.0\n#=GF ID x\nq/1-4 AC.\nr     ACw\n#=GC RF xx.\n\nq/1-4 DE\nr     -e\n//\n"
    found = read_alignment(write(tmp_path / "x.sto", text))
    assert found.query == "ACDE"
    assert letters(found.rows) == ["ACDE", "AC-E"]


def test_one_sequence_a_line_is_an_alignment(tmp_path: Path) -> None:
    assert letters(read_alignment(write(tmp_path / "x.aln", "ACDE\nA-DE\n\n")).rows) == ["ACDE", "A-DE"]


def test_rows_of_annotation_above_the_query_are_left_out(tmp_path: Path) -> None:
    text = ">ss_pred\nHHHH\n>ss_conf\n9999\n>q\nACDE\n>r\nACDE\n"
    found = read_alignment(write(tmp_path / "x.a3m", text))
    assert found.name == "q"
    assert found.notes == ("2 rows of annotation were left out",)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("x.a3m", "", "is empty"),
        ("x.a3m", " \n", "is empty"),
        ("x.a3m", "#101,59\t1,1\n>101\nACDE\n", "alignment of a complex"),
        ("x.aln", "CLUSTAL W (1.83)\n\nq ACDE\n", "ClustalW"),
        ("x.a3m", "<!DOCTYPE html>\n<html>", "is no alignment"),
        ("x.a3m", "ATOM      1  N   SER     1\n", "is no alignment"),
        ("x.aln", "ACDE\nAC:E\n", "x.aln:2: is no row"),
        ("x.a3m", ">q\nAC1E\n", r"row 1 \(q\) holds '1' in column 3"),
        ("x.a3m", ">q\n>r\nACDE\n", r"row 2 \(r\) has 4 columns, the query has 0"),
        ("x.a3m", ">q\n----\n>r\nACDE\n", "holds no residue"),
        ("x.a3m", ">ss_pred\nHHHH\n", "holds no sequence"),
        ("x.sto", "# STOCKHOLM 1.0\nq ACDE\n", "ends before its closing"),
        ("x.sto", "# STOCKHOLM 1.0\n//\n", "holds no sequence"),
        ("x.sto", "# STOCKHOLM 1.0\nq ACDE more\n//\n", "x.sto:2: is no row"),
        ("x.a3m", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no alignment"),
    ],
)
def test_what_is_no_alignment_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str | bytes, problem: str
) -> None:
    with pytest.raises(BadInput, match=problem) as caught:
        read_alignment(write(tmp_path / name, content))
    assert "\n" not in str(caught.value)


def test_a_truncated_archive_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    whole = write(tmp_path / "x.a3m.gz", ">q\n" + "ACDE" * 500).read_bytes()
    (tmp_path / "y.a3m.gz").write_bytes(whole[:-9])
    with pytest.raises(BadInput, match=r"y\.a3m\.gz: cannot be read"):
        read_alignment(tmp_path / "y.a3m.gz")
    with pytest.raises(BadInput, match="is a folder"):
        read_alignment(tmp_path)
    with pytest.raises(Missing, match="there is no such file"):
        read_alignment(tmp_path / "z.a3m")


def test_a_file_that_unpacks_to_more_than_allowed_is_refused(tmp_path: Path) -> None:
    bomb = write(tmp_path / "x.a3m.gz", b"A" * (3 << 20))
    assert bomb.stat().st_size < 10_000
    with pytest.raises(BadInput, match="holds more than 1 MiB"):
        read_bytes(bomb, 1 << 20)
    assert len(read_bytes(bomb, 3 << 20)) == 3 << 20


def test_a_header_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_alignment(write(tmp_path / "x.a3m", ">q\nACDE\n>\x1b[31mred\nAC\n"))
    assert "\x1b" not in str(caught.value)


def test_encoding_follows_the_alphabet() -> None:
    assert encode(ALPHABET).tolist() == list(range(21))
