"""The reference: what it gives, and which indexes are not believed."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pysam
import pytest
from tiny_files import random_letters, write_fasta

from sciml.core.errors import BadInput, Missing
from sciml.variants.reference import open_reference

CONTIGS = {"a": random_letters(1_000, 1), "b": random_letters(61, 2), "c": random_letters(60, 3)}


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
@pytest.mark.parametrize("index", [True, False])
def test_letters_come_back_plain_or_bgzipped_indexed_or_not(tmp_path: Path, name: str, index: bool) -> None:
    fasta = write_fasta(tmp_path / name, CONTIGS, index=index)
    with open_reference(fasta) as reference:
        assert reference.contigs == {"a": 1_000, "b": 61, "c": 60}
        assert reference.fetch("a", 55, 190) == CONTIGS["a"][55:190]
        assert reference.fetch("c", 0, 60) == CONTIGS["c"]
        assert reference.usable_path == fasta
    assert (tmp_path / f"{name}.fai").exists()
    assert not list(tmp_path.glob("*.tmp-*"))


def test_lower_case_is_raised_and_other_letters_count_as_unknown(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "r.fa", {"a": "acgtRYnN"})
    with open_reference(fasta) as reference:
        window = reference.window("a", -2, 10)
    assert window.letters == "NNACGTRYNNNN"
    assert np.array_equal(window.codes, [4, 4, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4])
    assert window.between(1, 3) == "CG"


def test_asking_beyond_the_contig_is_an_error_and_not_a_short_answer(tmp_path: Path) -> None:
    with open_reference(write_fasta(tmp_path / "r.fa", CONTIGS)) as reference:
        with pytest.raises(BadInput, match="not inside 1-61"):
            reference.fetch("b", 0, 62)
        with pytest.raises(BadInput, match="there it is called 'a'"):
            reference.fetch("chra", 0, 1)


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
def test_an_index_of_another_version_is_noticed_and_the_remedy_named(tmp_path: Path, name: str) -> None:
    fasta = write_fasta(tmp_path / name, CONTIGS)
    stale = (tmp_path / f"{name}.fai").read_text()
    for changed in (
        {"a": CONTIGS["a"][:500], "b": CONTIGS["b"], "c": CONTIGS["c"]},  # offsets beyond the end
        {"a": CONTIGS["a"], "b": CONTIGS["b"] + "A", "c": CONTIGS["c"]},
        {"a": CONTIGS["a"], "B": CONTIGS["b"], "c": CONTIGS["c"]},
        CONTIGS | {"d": "ACGT"},
    ):
        write_fasta(fasta, changed)
        (tmp_path / f"{name}.fai").write_text(stale)
        with pytest.raises(BadInput, match="another version") as error:
            open_reference(fasta)
        assert f"run samtools faidx {fasta}" in str(error.value)


def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "r.fa", CONTIGS)
    for content in ("", "a\tb\n", "a\t1000\n", "a\t5\t3\t0\t0\n"):
        (tmp_path / "r.fa.fai").write_text(content)
        with pytest.raises(BadInput, match="samtools faidx"):
            open_reference(fasta)


def test_a_contig_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    for content in (">a\nAC\n>b\nACG\n>a\nACGT\n", ">a\nAC\n>a\nACG\n>b\nACGT\n"):
        (tmp_path / "r.fa").write_text(content)
        (tmp_path / "r.fa.fai").unlink(missing_ok=True)
        with pytest.raises(BadInput, match="contig 'a' occurs more than once"):
            open_reference(tmp_path / "r.fa")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"hello", "does not begin with '>'"),
        (gzip.compress(b">a\nACGT\n"), "bgzip"),
        (gzip.compress(b"hello"), "does not begin with '>'"),
        (b"\x1f\x8b\x08\x04", "cannot be read"),
        (b">a\nAC\nACGTA\nAC\n", "cannot be indexed"),
    ],
)
def test_what_is_not_a_fasta_is_refused_in_one_line(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "r.fa.gz").write_bytes(content)
    with pytest.raises(BadInput) as error:
        open_reference(tmp_path / "r.fa.gz")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_truncated_bgzipped_fasta_is_refused(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "r.fa.gz", {"a": random_letters(200_000, 4)})
    content = fasta.read_bytes()
    fasta.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="another version"):
        open_reference(fasta)
    (tmp_path / "r.fa.gz.fai").unlink()
    with pytest.raises(BadInput, match="cannot be indexed"):
        open_reference(fasta)


def test_a_missing_fasta_is_exit_status_4(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no such file"):
        open_reference(tmp_path / "none.fa")


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
def test_where_the_folder_cannot_be_written_the_index_goes_to_the_cache(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    fasta = write_fasta(folder / name, CONTIGS, index=False)
    # root may write anywhere, so the answer of the system is replaced
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder)
    with pytest.raises(Missing, match="samtools faidx"):
        open_reference(fasta)
    for _ in range(2):
        with open_reference(fasta, tmp_path / "cache") as reference:
            assert reference.fetch("a", 0, 9) == CONTIGS["a"][:9]
            assert reference.path == fasta
            usable = reference.usable_path
    assert [path.name for path in folder.iterdir()] == [name]
    assert pysam.FastaFile(str(usable)).fetch("b", 0, 9) == CONTIGS["b"][:9]
