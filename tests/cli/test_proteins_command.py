"""`sciml proteins fold`: whatever the alignment is, a model or one clear line; all files or none."""

from __future__ import annotations

import gzip
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest
import xarray as xr
from chains import family, write_a3m, write_model_folder

from sciml.proteins import folds

ROWS = family()
# a word about few rows, on stderr
pytestmark = pytest.mark.filterwarnings("always::sciml.core.errors.DataWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model_folder(tmp_path_factory.mktemp("model") / "small")


@pytest.fixture
def query(tmp_path: Path) -> Path:
    return write_a3m(tmp_path / "family.a3m", ROWS)


@pytest.fixture
def fold(sciml: Callable[..., Any], tmp_path: Path, model: Path) -> Callable[..., Any]:
    """Run the verb on a file; what it writes goes to the folder `out`."""

    def run(path: Path, *words: str) -> Any:
        out = tmp_path / "out"
        three = ("--out", str(out / "a.cif"), "--pdb", str(out / "a.pdb"), "--contacts", str(out / "a.tsv"))
        return sciml("proteins", "fold", str(path), *three, "--model", str(model), "-q", *words)

    return run


def lines(ended: Any) -> list[str]:
    """The lines on stderr, each of one form."""
    found = str(ended.err).splitlines()
    assert all(line.startswith("sciml: ") and "Traceback" not in line for line in found)
    return found


def refused(ended: Any, tmp_path: Path, code: int) -> str:
    """The one line of a command that ended with this status and left nothing."""
    assert ended.code == code, ended.err
    assert list((tmp_path / "out").rglob("*")) == []
    return str(ended.error)


def coordinates(path: Path) -> np.ndarray:
    return np.array([residue["CA"][0].pos.tolist() for residue in gemmi.read_structure(str(path))[0]["A"]])


# --- what the words do -----------------------------------------------------------------------------------------------


def test_every_word_reaches_the_fold(sciml, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    signature = inspect.signature(folds.fold_files)

    def stand_in(*words: Any, **named: Any) -> None:
        given.update(signature.bind(*words, **named).arguments)

    monkeypatch.setattr(folds, "fold_files", stand_in)
    out, pdb, contacts = (tmp_path / name for name in ("a.cif", "a.pdb", "a.tsv"))
    words = f"proteins fold q.a3m --seed 9 --out {out} --pdb {pdb} --contacts {contacts} --model folder --threads 2 -q"
    ended = sciml(*words.split())
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    del given["progress"]
    assert given == {
        "alignment": Path("q.a3m"),
        "out": out,
        "pdb": pdb,
        "contact_list": contacts,
        "seed": 9,
        "model": "folder",
        "threads": 2,
    }


def test_a_model_a_pdb_file_and_contacts_are_written_and_summed_up(sciml, query: Path, tmp_path: Path, model) -> None:
    cif, pdb, tsv = (tmp_path / "out" / name for name in ("a.cif", "a.pdb", "a.tsv"))
    words = ("--out", cif, "--pdb", pdb, "--contacts", tsv, "--model", model)
    for _ in range(2):  # earlier outputs are replaced
        ended = sciml("proteins", "fold", str(query), *map(str, words))
        assert ended.code == 0, ended.err
    assert ended.out.startswith(f"{cif}: 40 residues, mean confidence ")
    assert len(ended.out.splitlines()) == 1
    assert "folding: 100 % of 300 steps" in ended.err
    assert "effective sequences, where some 100 are the least" in ended.err
    assert sorted(path.name for path in cif.parent.iterdir()) == ["a.cif", "a.pdb", "a.tsv"]
    np.testing.assert_allclose(coordinates(cif), coordinates(pdb), atol=1e-3)
    table = np.genfromtxt(tsv, names=True, delimiter="\t")
    assert table.dtype.names == ("i", "j", "probability")
    assert (table["j"] - table["i"] >= 6).all()
    assert table["i"].min() >= 1
    assert table["j"].max() <= 40
    assert (np.diff(table["probability"]) <= 0).all()
    assert table["probability"].min() >= 0.01 - 5e-5


def test_the_seed_is_the_fold(fold, query: Path, tmp_path: Path) -> None:
    found = []
    for seed in ("1", "1", "2"):
        assert fold(query, "--seed", seed).code == 0
        found.append((tmp_path / "out" / "a.cif").read_bytes())
    assert found[0] == found[1] != found[2]


# --- alignments that are odd, and folded with a word ------------------------------------------------------------------


def stockholm(rows: list[str]) -> str:
    return "# STOCKHOLM 1.0\n" + "".join(f"s{number} {row}\n" for number, row in enumerate(rows)) + "//\n"


@pytest.mark.parametrize(
    ("suffix", "packed"), [(".a3m", False), (".a3m", True), (".sto", True), (".aln", False), (".fasta", True)]
)
def test_every_format_gives_the_same_fold(fold, query: Path, tmp_path: Path, suffix: str, packed: bool) -> None:
    assert fold(query).code == 0
    expected = coordinates(tmp_path / "out" / "a.cif")
    text = {
        ".a3m": "".join(
            f">s{n}\r\n{row[:9]}kk{row[9:]}\r\n" if n else f">q\r\n{row}\r\n" for n, row in enumerate(ROWS)
        ),
        ".sto": stockholm(ROWS),
        ".aln": "\n".join(ROWS) + "\n",
        ".fasta": "".join(f">s{n}\n{row[:20]}\n{row[20:]}\n" for n, row in enumerate(ROWS)),
    }[suffix]
    path = tmp_path / f"other{suffix}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    ended = fold(path)
    assert ended.code == 0, ended.err
    np.testing.assert_array_equal(coordinates(tmp_path / "out" / "a.cif"), expected)


@pytest.mark.parametrize("rows", [1, 2, 10])
def test_few_rows_are_folded_with_a_word(fold, tmp_path: Path, rows: int) -> None:
    ended = fold(write_a3m(tmp_path / "few.a3m", ROWS[:rows]))
    assert ended.code == 0
    (line,) = lines(ended)
    assert f"only {rows} effective sequences" in line


def test_columns_in_which_the_query_has_a_gap_are_left_out_and_said(fold, tmp_path: Path) -> None:
    rows = [row[:5] + ("--" if number == 0 else "AC") + row[5:] for number, row in enumerate(ROWS)]
    ended = fold(write_a3m(tmp_path / "gaps.a3m", rows))
    assert ended.code == 0
    assert "2 columns" in lines(ended)[0]
    assert len(coordinates(tmp_path / "out" / "a.cif")) == 40


# --- alignments that nothing can be folded from -----------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(fold, tmp_path: Path) -> None:
    ended = fold(tmp_path / "gone.a3m")
    assert "gone.a3m" in refused(ended, tmp_path, ended.code)
    assert ended.code in (3, 4)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"<html>not found</html>",
        b"\x89HDF\r\n\x1a\n" + bytes(range(256)),
        b"HEADER    PROTEIN\nATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N\n",
        gzip.compress(b">a\nMKVLAARTGHIKLMNPQRSTVWY\n" * 200)[:-20],
        b"\x1f\x8b",
        b">a\n>b\n",
        b">q\n----------\n>b\nMKVLAARTGH\n",
    ],
    ids=["empty", "blank", "html", "binary", "pdb", "truncated", "gzip-head", "names-alone", "query-of-gaps"],
)
def test_a_file_that_is_no_alignment_is_named(fold, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.a3m"
    path.write_bytes(content)
    assert "odd.a3m" in refused(fold(path), tmp_path, 3)


def test_rows_of_unequal_length_are_told_with_their_number_and_name(fold, tmp_path: Path) -> None:
    rows = [*ROWS]
    rows[7] = rows[7][:-1]
    line = refused(fold(write_a3m(tmp_path / "unequal.a3m", rows)), tmp_path, 3)
    assert "unequal.a3m" in line
    assert "8" in line
    assert "s7" in line


def test_nucleotides_are_refused(fold, tmp_path: Path) -> None:
    rows = ["ACGTTGCAACGTACGTTTGACA", "ACGTTGCATCGTACGTTTGACA"]
    assert "nucleotides" in refused(fold(write_a3m(tmp_path / "genes.a3m", rows)), tmp_path, 3)


@pytest.mark.parametrize(("length", "word"), [(513, "at most 512"), (9, "fewer than 10")])
def test_a_query_too_long_or_too_short_is_refused(fold, tmp_path: Path, length: int, word: str) -> None:
    assert word in refused(fold(write_a3m(tmp_path / "size.a3m", family(length, 3))), tmp_path, 3)


def test_a_folder_is_no_alignment(fold, tmp_path: Path) -> None:
    (tmp_path / "folder.a3m").mkdir()
    refused(fold(tmp_path / "folder.a3m"), tmp_path, 3)


# --- models, outputs and words that cannot be -------------------------------------------------------------------------


def test_weights_that_do_not_exist_are_missing(fold, query: Path, tmp_path: Path) -> None:
    assert "no-such-weights" in refused(fold(query, "--model", "no-such-weights"), tmp_path, 4)


def test_a_folder_without_a_model_is_refused(fold, query: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "is not a model folder" in refused(fold(query, "--model", str(tmp_path / "empty")), tmp_path, 3)


def test_damaged_weights_are_refused(fold, query: Path, tmp_path: Path, model: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "weights.safetensors").write_bytes((model / "weights.safetensors").read_bytes()[:-10])
    assert "digest" in refused(fold(query, "--model", str(copy)), tmp_path, 3)


@pytest.mark.parametrize(
    ("option", "name", "suffix"),
    [
        ("--out", "a.pdb", ".cif"),
        ("--out", "a.cif.gz", ".cif"),
        ("--out", ".cif", ".cif"),
        ("--pdb", "a.cif", ".pdb"),
        ("--contacts", "a.csv", ".tsv"),
    ],
)
def test_another_suffix_is_refused_before_the_work(fold, tmp_path: Path, option: str, name: str, suffix: str) -> None:
    line = refused(fold(tmp_path / "gone.a3m", option, str(tmp_path / "out" / name)), tmp_path, 2)
    assert f"end its name in {suffix}" in line


@pytest.mark.parametrize(("option", "name"), [("--out", "q.cif"), ("--pdb", "q.pdb"), ("--contacts", "q.tsv")])
def test_the_input_is_not_overwritten(fold, tmp_path: Path, option: str, name: str) -> None:
    path = write_a3m(tmp_path / name, ROWS)
    before = path.read_bytes()
    assert "is also an input" in refused(fold(path, option, str(path)), tmp_path, 2)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written_is_refused_before_the_work(fold, query: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "no permission" in refused(fold(query, "--pdb", str(tmp_path / "locked" / "a.pdb")), tmp_path, 2)


def test_a_file_in_the_way_is_said(fold, query: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "is not a folder" in refused(fold(query, "--out", str(tmp_path / "file" / "a.cif")), tmp_path, 2)


@pytest.mark.parametrize("words", ["--seed -1", "--threads 0", "--seed many"])
def test_a_word_that_cannot_be_is_a_wrong_usage(fold, query: Path, tmp_path: Path, words: str) -> None:
    assert words.split()[0] in refused(fold(query, *words.split()), tmp_path, 2)


def test_no_query_at_all_is_a_wrong_usage(sciml, tmp_path: Path) -> None:
    ended = sciml("proteins", "fold", "--out", str(tmp_path / "a.cif"))
    assert ended.code == 2
    assert "QUERY" in ended.error


def test_the_summary_counts_likely_contacts_that_the_chain_does_not_make() -> None:
    from sciml.cli.proteins import summary

    contact = np.zeros((10, 10))
    contact[0, 8] = contact[8, 0] = contact[0, 2] = 0.9  # 0-2 are neighbours but one
    answer = xr.Dataset(
        {"contact": (("residue", "residue2"), contact), "confidence": ("residue", np.full(10, 62.4))},
        attrs={"neff": 1234.5},
    )
    expected = "a.cif: 10 residues, mean confidence 62 of 100, 1 contact likelier than 0.5; 1,234 effective sequences"
    assert summary(Path("a.cif"), answer) == expected
