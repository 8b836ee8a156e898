"""Simulated families are files that the readers read, the same bytes each time, one independent of the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sciml.core.errors import SettingsError
from sciml.core.sheets import read_sheet
from sciml.proteins.alignments import GAP, read_alignment
from sciml.proteins.settings import InputFamily, Settings, SimulateSettings
from sciml.proteins.simulate import simulate
from sciml.proteins.structures import read_structure

SMALL = SimulateSettings(
    train_families=3,
    validation_families=1,
    test_families=2,
    min_length=30,
    max_length=40,
    min_sequences=20,
    max_sequences=40,
)


def run(out: Path, wanted: SimulateSettings | None = SMALL, seed: int = 1, threads: int = 1) -> Path:
    simulate(Settings(simulate=wanted), seed, out, threads)
    return out


def rows(folder: Path) -> list[InputFamily]:
    return read_sheet(folder / "samples.tsv", InputFamily, paths=("alignment", "structure"))


def test_every_family_of_the_sheet_is_read_and_its_structure_is_the_query(tmp_path: Path) -> None:
    found = rows(run(tmp_path / "out"))
    assert [row.role for row in found] == ["train"] * 3 + ["validation"] + ["test"] * 2
    assert len({row.fold for row in found}) == len(found)
    for row in found:
        alignment = read_alignment(row.alignment)
        assert alignment.name == row.name
        assert 30 <= len(alignment.query) <= 40
        assert 20 <= len(alignment.rows) <= 40
        assert (alignment.rows[0] != GAP).all()
        known = read_structure(str(row.structure), alignment.query)
        assert np.isfinite(known.ca).all()
        assert np.isfinite(known.cb).all()


def test_rows_have_gaps_and_insertions_as_those_of_a_search(tmp_path: Path) -> None:
    found = [read_alignment(row.alignment) for row in rows(run(tmp_path / "out"))]
    assert 0.02 < np.mean([(one.rows == GAP).mean() for one in found]) < 0.3
    assert all(one.insertions > 0 for one in found)


def test_the_same_seed_writes_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    first, second, other = run(tmp_path / "a"), run(tmp_path / "b", threads=3), run(tmp_path / "c", seed=2)
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    assert (first / "train-001.cif").read_bytes() != (other / "train-001.cif").read_bytes()


def test_one_more_family_changes_no_other(tmp_path: Path) -> None:
    first = run(tmp_path / "a")
    second = run(tmp_path / "b", SMALL.model_copy(update={"train_families": 4}))
    for name in ("train-003.a3m.gz", "test-002.cif"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_switched_off_it_says_so_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is switched off"):
        run(tmp_path / "out", None)
    assert not (tmp_path / "out").exists()
