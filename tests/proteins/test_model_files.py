"""Both readers of the field read back what was written: coordinates, names, confidence."""

from __future__ import annotations

import io
from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB.MMCIF2Dict import MMCIF2Dict
from Bio.PDB.MMCIFParser import MMCIFParser
from Bio.PDB.PDBParser import PDBParser
from chains import bundle

from sciml.proteins.model_files import mmcif_text, pdb_text, three_letters, write_mmcif, write_pdb

QUERY = ("ACDEFGHIKLMNPQRSTVWYX" * 3)[:56]
CA = bundle()
CONFIDENCE = np.linspace(0, 100, 56)
NAMES = [three_letters(letter) for letter in QUERY]


@pytest.mark.parametrize(("text", "suffix"), [(mmcif_text, "cif"), (pdb_text, "pdb")])
def test_gemmi_reads_back_what_was_written(tmp_path: Path, text, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    path.write_text(text("family", QUERY, CA, CONFIDENCE))
    structure = gemmi.read_structure(str(path))
    (chain,) = structure[0]
    assert chain.name == "A"
    assert [residue.name for residue in chain] == NAMES
    assert [residue.seqid.num for residue in chain] == list(range(1, 57))
    atoms = [residue["CA"][0] for residue in chain]
    assert all(len(residue) == 1 for residue in chain)
    np.testing.assert_allclose([atom.pos.tolist() for atom in atoms], CA, atol=6e-4)
    np.testing.assert_allclose([atom.b_iso for atom in atoms], CONFIDENCE, atol=6e-3)
    assert structure.entities[0].full_sequence == NAMES


@pytest.mark.parametrize(("text", "reader"), [(mmcif_text, MMCIFParser()), (pdb_text, PDBParser())])
def test_biopython_reads_back_what_was_written(text, reader) -> None:
    structure = reader.get_structure("model", io.StringIO(text("family", QUERY, CA, CONFIDENCE)))
    (model,) = structure
    (chain,) = model
    assert chain.id == "A"
    assert [residue.resname for residue in chain] == NAMES
    np.testing.assert_allclose([residue["CA"].coord for residue in chain], CA, atol=6e-4)
    np.testing.assert_allclose([residue["CA"].bfactor for residue in chain], CONFIDENCE, atol=6e-3)


def test_the_local_metric_is_the_b_factor_on_the_same_scale() -> None:
    found = MMCIF2Dict(io.StringIO(mmcif_text("family", QUERY, CA, CONFIDENCE)))
    local = np.array(found["_ma_qa_metric_local.metric_value"], float)
    np.testing.assert_array_equal(local, np.array(found["_atom_site.B_iso_or_equiv"], float))
    assert found["_ma_qa_metric_local.label_seq_id"] == [str(number) for number in range(1, 57)]
    assert found["_ma_qa_metric_local.label_comp_id"] == NAMES
    assert set(found["_ma_qa_metric_local.label_asym_id"]) == set(found["_atom_site.label_asym_id"]) == {"A"}
    local_metric = found["_ma_qa_metric.mode"].index("local")
    assert set(found["_ma_qa_metric_local.metric_id"]) == {found["_ma_qa_metric.id"][local_metric]}
    assert found["_ma_qa_metric_global.metric_value"] == ["50.00"]


def test_the_files_say_that_they_are_a_trace() -> None:
    assert "C-alpha trace" in mmcif_text("family", QUERY, CA, CONFIDENCE)
    assert "C-ALPHA TRACE" in pdb_text("family", QUERY, CA, CONFIDENCE)


@pytest.mark.parametrize("name", ["", "a b", "data_\n#", "sp|P12345|X_HUMAN 'x'"])
def test_any_name_makes_a_file_that_can_be_read(name: str) -> None:
    document = gemmi.cif.read_string(mmcif_text(name, QUERY, CA, CONFIDENCE))
    assert len(document) == 1
    assert document.sole_block().name


def test_what_is_none_of_the_twenty_is_unknown() -> None:
    assert [three_letters(letter) for letter in "ACMXBZUOJ"] == ["ALA", "CYS", "MET"] + ["UNK"] * 6


def test_coordinates_far_from_the_origin_fit_the_columns(tmp_path: Path) -> None:
    write_pdb("far", QUERY, CA - 900, CONFIDENCE, tmp_path / "far.pdb")
    write_mmcif("far", QUERY, CA - 900, CONFIDENCE, tmp_path / "far.cif")
    for path in sorted(tmp_path.iterdir()):
        atoms = [residue["CA"][0] for residue in gemmi.read_structure(str(path))[0]["A"]]
        np.testing.assert_allclose([atom.pos.tolist() for atom in atoms], CA - 900, atol=6e-4)
