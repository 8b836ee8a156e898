"""Real chains from their own distances, and the verb `fold` on real alignments."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB.MMCIFParser import MMCIFParser
from chains import BINS, told, write_model_folder

from sciml.core.errors import DataWarning
from sciml.proteins.folding import embedded, fold_chain, right_handed
from sciml.proteins.folds import fold_files
from sciml.proteins.settings import Settings
from sciml.proteins.similarity import distances, similarity, superposed

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "proteins"
CHAINS = ("1a70A", "1c9oA", "1dqgA", "1g9oA", "1i1nA", "1jo8A", "1kw4A", "1p90A", "1svyA", "1wkcA")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the real protein families are not here"),
]


def native(name: str) -> np.ndarray:
    """C-alpha coordinates (residue, xyz) of a chain of the shared set."""
    (chain,) = gemmi.read_structure(str(DATA / "psicov150" / "structure" / f"{name}.pdb"))[0]
    return np.array([residue["CA"][0].pos.tolist() for residue in chain])


@pytest.mark.parametrize("name", CHAINS)
def test_true_distances_give_the_true_chain_of_the_true_hand(name: str) -> None:
    chain = native(name)
    assert superposed(right_handed(embedded(distances(chain))), chain)[0] > 0.99
    # the metric tells hands apart, or this test would not
    assert superposed(chain * np.array([1, 1, -1.0]), chain)[0] < 0.5


@pytest.mark.parametrize("name", CHAINS)
def test_true_distances_to_an_angstrom_give_nearly_the_true_chain(name: str) -> None:
    chain = native(name)
    start = time.process_time()
    folded = fold_chain(told(chain), BINS, 300, seed=0)
    assert time.process_time() - start < 8
    found = similarity(folded, chain)
    assert found.tm > 0.97
    assert found.lddt > 95


@pytest.mark.parametrize(
    ("alignment", "residues"), [("psicov150/msa/1a70A.a3m.gz", 97), ("fixtures/a3m/1a3a_1_A.a3m.gz", 145)]
)
def test_a_real_alignment_becomes_files_that_both_readers_open(tmp_path: Path, alignment: str, residues: int) -> None:
    """With weights that have learnt nothing: what the files are, not how good."""
    model = write_model_folder(tmp_path / "model", Settings())
    paths = [tmp_path / name for name in ("a.cif", "a.pdb", "a.tsv")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # few sequences, in the second
        answer = fold_files(DATA / alignment, *paths, model=model)
    (chain,) = gemmi.read_structure(str(paths[1]))[0]
    (other,) = MMCIFParser().get_structure("model", str(paths[0]))[0]
    assert len(chain) == len(other) == residues
    assert [residue.name for residue in chain] == [residue.resname for residue in other]
    letters = gemmi.one_letter_code([residue.name for residue in chain])
    assert letters == answer.attrs["sequence"]
    np.testing.assert_allclose([residue["CA"].bfactor for residue in other], answer["confidence"], atol=6e-3)
    assert paths[2].read_text().startswith("i\tj\tprobability\n")
