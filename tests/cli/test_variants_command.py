"""`sciml variants call`: what was asked for reaches the caller, and what cannot be is refused before the work."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from sciml import variants as library
from sciml.cli import variants as command
from sciml.core.errors import BadInput


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands for the caller; holds what it was given, by the names of the caller's own parameters."""
    given: dict[str, Any] = {}
    signature = inspect.signature(library.call)

    def call(*words: Any, **named: Any) -> str:
        given.update(signature.bind(*words, **named).arguments)
        given["progress"](1, 2)
        given["progress"](2, 2)
        return "calls"

    monkeypatch.setattr(library, "call", call)
    monkeypatch.setattr(library, "write_vcf", lambda calls, out: Path(out).write_text(calls))
    return given


def test_every_word_reaches_the_caller(sciml, caller: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "calls.vcf.gz"
    words = (
        "variants call a.bam --reference ref.fa --region chr20:1-9 --region chr21 --regions b.bed --sample NA1"
        f" --model folder --min-qual 7.5 --threads 3 --out {out} --quiet"
    )
    ended = sciml(*words.split())
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert out.read_text() == "calls"
    del caller["progress"]
    assert caller == {
        "reads": Path("a.bam"),
        "reference": Path("ref.fa"),
        "regions": ["chr20:1-9", "chr21", Path("b.bed")],
        "sample": "NA1",
        "model": "folder",
        "min_qual": 7.5,
        "threads": 3,
    }


def test_the_defaults_are_the_callers_own(sciml, caller: dict[str, Any], tmp_path: Path) -> None:
    from sciml.variants.predict import call

    sciml("variants", "call", "a.bam", "--reference", "ref.fa", "--out", str(tmp_path / "a.vcf"), "-q")
    own = inspect.signature(call).parameters
    for name in ("sample", "model", "threads", "min_qual"):
        assert caller[name] == own[name].default
    assert list(caller["regions"]) == list(own["regions"].default)


def test_off_a_terminal_the_progress_is_a_line(sciml, caller: dict[str, Any], tmp_path: Path) -> None:
    ended = sciml("variants", "call", "a.bam", "--reference", "ref.fa", "--out", str(tmp_path / "a.vcf"))
    assert ended.err.startswith("calling: 100 % of 2 bases in ")
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["calls.bcf", "folder.vcf"])
def test_an_output_that_cannot_be_is_refused_before_the_work(
    sciml, caller: dict[str, Any], tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder.vcf").mkdir()
    ended = sciml("variants", "call", "a.bam", "--reference", "ref.fa", "--out", str(tmp_path / name))
    assert ended.code == 2
    assert caller == {}


def test_the_bed_file_is_not_overwritten(sciml, caller: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "regions.vcf"
    path.write_text("chr20\t1\t2\n")
    words = f"variants call a.bam --reference ref.fa --regions {path} --out {path}"
    assert "is also an input" in sciml(*words.split()).error
    assert path.read_text() == "chr20\t1\t2\n"


def test_bad_reads_leave_the_calls_of_an_earlier_run(
    sciml, caller: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*words: Any, **named: Any) -> None:
        raise BadInput("a.bam", "is cut short", "copy it again")

    monkeypatch.setattr(library, "call", call)
    out = tmp_path / "calls.vcf"
    out.write_text("earlier")
    ended = sciml("variants", "call", "a.bam", "--reference", "ref.fa", "--out", str(out))
    assert (ended.code, ended.error) == (3, "a.bam: is cut short; copy it again")
    assert out.read_text() == "earlier"


def test_the_suffixes_are_those_of_vcf() -> None:
    assert command.CALL_SUFFIXES == (".vcf", ".vcf.gz")
