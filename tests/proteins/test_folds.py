"""The verb `fold`: from a file to a structure, the same one each time, whole files or none."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from chains import family, write_a3m, write_model_folder

from sciml.core.errors import BadInput, DataWarning, Missing, SettingsError
from sciml.proteins import Fold, fold
from sciml.proteins.alignments import read_alignment
from sciml.proteins.folds import LONGEST, SHORTEST, answer_of, check_query, fold_files
from sciml.proteins.predictor import load_predictor
from sciml.proteins.settings import ProteinsPredictSettings
from sciml.proteins.similarity import distances

pytestmark = pytest.mark.filterwarnings("ignore::sciml.core.errors.DataWarning")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model_folder(tmp_path_factory.mktemp("model") / "small")


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_a3m(tmp_path_factory.mktemp("family") / "family.a3m", family())


@pytest.fixture(scope="module")
def folded(query: Path, model: Path) -> Fold:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        return fold(query, seed=3, model=model)


def test_the_structure_holds_the_query_in_chain_a(folded: Fold) -> None:
    (chain,) = folded.structure[0]
    assert (chain.id, len(chain)) == ("A", 40)
    coordinates = np.array([residue["CA"].coord for residue in chain])
    np.testing.assert_allclose(coordinates, folded.distances["ca"], atol=1e-3)
    np.testing.assert_allclose([residue["CA"].bfactor for residue in chain], folded.confidence, atol=6e-3)


def test_the_distances_are_labelled_and_in_range(folded: Fold) -> None:
    contact = folded.distances["contact"]
    assert contact.dims == ("residue", "residue2")
    assert float(contact.min()) >= 0
    assert float(contact.max()) <= 1
    assert folded.distances["distance"].attrs["units"] == "angstrom"
    assert folded.distances.attrs["sequence"] == family()[0]
    assert folded.distances.attrs["rows"] == 30
    assert (folded.confidence >= 0).all()
    assert (folded.confidence <= 100).all()
    assert np.abs(np.diagonal(distances(folded.distances["ca"].values), 1) - 3.8).max() < 1


def test_the_same_seed_gives_the_same_fold_and_contacts_do_not_depend_on_it(
    folded: Fold, query: Path, model: Path
) -> None:
    again, other = (fold(query, seed=seed, model=model).distances for seed in (3, 4))
    np.testing.assert_array_equal(again["ca"], folded.distances["ca"])
    np.testing.assert_array_equal(other["contact"], again["contact"])
    assert not np.array_equal(other["ca"], again["ca"])


def test_few_sequences_are_said_to_be_few(query: Path, model: Path) -> None:
    with pytest.warns(DataWarning, match="effective sequences, where some 100 are the least"):
        fold(query, model=model)


def test_one_sequence_alone_is_folded_with_a_word(tmp_path: Path, model: Path) -> None:
    with pytest.warns(DataWarning, match="only 1 effective sequences"):
        found = fold(write_a3m(tmp_path / "alone.a3m", family()[:1]), model=model)
    assert np.isfinite(found.distances["ca"]).all()
    assert found.distances.attrs["neff"] == pytest.approx(1)


def test_a_query_with_unknown_residues_is_folded(tmp_path: Path, model: Path) -> None:
    rows = family()
    rows[0] = "X" + rows[0][1:20] + "B" + rows[0][21:]
    found = fold(write_a3m(tmp_path / "odd.a3m", rows), model=model)
    assert [residue.resname for residue in found.structure[0]["A"]][:1] == ["UNK"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("A" * (LONGEST + 1), f"has {LONGEST + 1} residues, and at most {LONGEST}"),
        ("M" * (SHORTEST - 1), f"fewer than {SHORTEST}"),
        ("ACGTTGCAACGGTCAANNACGT", "looks like nucleotides"),
        ("ACGUUGCAACGGUCAA", "looks like nucleotides"),
    ],
)
def test_what_cannot_be_folded_is_refused_before_the_work(tmp_path: Path, query: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        fold(write_a3m(tmp_path / "query.a3m", [query]), model="no-such-model")


@pytest.mark.parametrize("length", [SHORTEST, LONGEST])
def test_the_limits_themselves_are_allowed(tmp_path: Path, length: int) -> None:
    path = write_a3m(tmp_path / "query.a3m", ["MK" * (length // 2)])
    check_query(path, read_alignment(path))


def test_the_shortest_chain_is_folded(tmp_path: Path, model: Path) -> None:
    assert len(fold(write_a3m(tmp_path / "a.a3m", family(SHORTEST)), model=model).confidence) == SHORTEST


def test_weights_that_do_not_exist_are_missing(query: Path) -> None:
    with pytest.raises(Missing, match="no-such-model"):
        fold(query, model="no-such-model")


def test_a_seed_below_zero_is_refused(query: Path, model: Path) -> None:
    with pytest.raises(SettingsError, match="below 0"):
        fold(query, seed=-1, model=model)


def test_all_files_are_written_or_none(query: Path, model: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    with pytest.raises(OSError):
        fold_files(query, tmp_path / "a.cif", tmp_path / "a.pdb", blocked, model=model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked"]
    fold_files(query, tmp_path / "a.cif", tmp_path / "a.pdb", tmp_path / "a.tsv", model=model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.cif", "a.pdb", "a.tsv", "blocked"]


def test_the_steps_and_the_seed_are_those_of_the_settings(query: Path, model: Path) -> None:
    said: list[int] = []
    answer = answer_of(
        load_predictor(model),
        read_alignment(query),
        ProteinsPredictSettings(seed=1, steps=7),
        progress=lambda done, total: said.append(total),
    )
    assert said == [7] * 7
    assert answer.attrs["seed"] == 1
