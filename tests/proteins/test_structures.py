"""The residues of the query are found in a structure, whatever else the file holds."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from families import QUERY, a_backbone, a_structure, as_pdb, write

from sciml.core.errors import BadInput, Missing
from sciml.proteins.structures import read_structure, virtual_beta


def changed(path: Path, change: str) -> Path:
    """The structure of `a_structure` with one change."""
    structure = gemmi.read_structure(str(a_structure(path)))
    chain = structure[0][0]
    if change == "altloc":  # the second conformation, 5 angstrom away, is fuller
        residue = chain[3]
        others = [atom.clone() for atom in residue]
        for atom in residue:
            atom.altloc, atom.occ = "A", 0.4
        for other in others:
            other.altloc, other.occ = "B", 0.6
            other.pos = gemmi.Position(other.pos.x + 5, other.pos.y, other.pos.z)
            residue.add_atom(other)
    elif change == "models":
        second = structure[0].clone()
        second.num = 2
        for residue in second[0]:
            for atom in residue:
                atom.pos = gemmi.Position(0, 0, 0)
        structure.add_model(second)
    elif change == "mse":
        chain[0].name = "MSE"
        structure.entities[0].full_sequence = ["MSE", *structure.entities[0].full_sequence[1:]]
    elif change == "tag":
        structure.entities[0].full_sequence = ["HIS"] * 6 + list(structure.entities[0].full_sequence)
        for residue in chain:
            residue.label_seq += 6
    elif change == "lost":
        del chain[5]
    elif change == "no beta":
        for residue in chain:
            for atom in [atom for atom in residue if atom.name == "CB"]:
                residue.remove_atom("CB", atom.altloc, atom.element)
    path.write_text(structure.make_mmcif_document().as_string())
    return path


def test_coordinates_of_an_mmcif_are_those_that_were_written(tmp_path: Path) -> None:
    made, found = a_backbone(), read_structure(a_structure(tmp_path / "x.cif"), QUERY)
    assert found.chain == "A"
    assert found.ca.dtype == found.cb.dtype == np.float32
    np.testing.assert_allclose(found.ca, made.ca, atol=0.002)
    np.testing.assert_allclose(found.cb, made.cb, atol=0.002)


def test_pdb_with_a_chain_without_a_name_and_gzip_is_read(tmp_path: Path) -> None:
    path = as_pdb(tmp_path / "x.pdb", chain=" ")
    packed = write(tmp_path / "y.pdb.gz", path.read_bytes())
    assert read_structure(packed, QUERY).chain.strip() == ""
    np.testing.assert_allclose(read_structure(packed, QUERY).ca, a_backbone().ca, atol=0.002)


def test_glycine_and_a_lost_beta_carbon_get_one_by_n_ca_and_c(tmp_path: Path) -> None:
    query, made = "G" + QUERY[1:], a_backbone()
    ideal = virtual_beta(made.n, made.ca, made.c)
    found = read_structure(a_structure(tmp_path / "x.cif", query), query)
    np.testing.assert_allclose(found.cb, [ideal[0], *made.cb[1:]], atol=0.01)
    found = read_structure(changed(tmp_path / "y.cif", "no beta"), QUERY)
    np.testing.assert_allclose(found.cb, ideal, atol=0.01)


def test_a_virtual_beta_carbon_lies_1_5_angstrom_from_ca_on_the_left_handed_side() -> None:
    # an L residue: seen with H towards the eye, C=O, R and N follow clockwise ("CORN")
    n, ca, c = np.array([1.46, 0, 0]), np.zeros(3), np.array([-0.55, 1.42, 0])
    beta = virtual_beta(n, ca, c)
    assert np.linalg.norm(beta) == pytest.approx(1.53, abs=0.03)
    # N along x and C in the plane: (N x C) points along +z, and the side chain of an L residue to its other side
    assert np.dot(np.cross(n, c), beta) > 0


def test_the_fuller_of_two_conformations_counts(tmp_path: Path) -> None:
    found = read_structure(changed(tmp_path / "x.cif", "altloc"), QUERY)
    np.testing.assert_allclose(found.ca[3] - a_backbone().ca[3], [5, 0, 0], atol=0.002)
    np.testing.assert_allclose(found.cb[3] - a_backbone().cb[3], [5, 0, 0], atol=0.002)


def test_of_several_models_the_first_counts(tmp_path: Path) -> None:
    found = read_structure(changed(tmp_path / "x.cif", "models"), QUERY)
    np.testing.assert_allclose(found.ca, a_backbone().ca, atol=0.002)


def test_selenomethionine_is_the_m_of_the_query(tmp_path: Path) -> None:
    assert np.isfinite(read_structure(changed(tmp_path / "x.cif", "mse"), QUERY).ca).all()


def test_a_query_that_is_a_stretch_of_the_stated_sequence_is_found(tmp_path: Path) -> None:
    found = read_structure(changed(tmp_path / "x.cif", "tag"), QUERY)
    np.testing.assert_allclose(found.ca, a_backbone().ca, atol=0.002)


def test_a_residue_that_is_not_resolved_is_nan_by_the_stated_sequence_or_by_number(tmp_path: Path) -> None:
    for path in (changed(tmp_path / "x.cif", "lost"), as_pdb(tmp_path / "y.pdb", skip=(5,))):
        found = read_structure(path, QUERY)
        assert np.isnan(found.ca[5]).all()
        assert np.isnan(found.cb[5]).all()
        kept = np.arange(len(QUERY)) != 5
        np.testing.assert_allclose(found.ca[kept], a_backbone().ca[kept], atol=0.002)


def test_a_query_made_from_the_resolved_residues_fits_too(tmp_path: Path) -> None:
    query = QUERY[:5] + QUERY[6:]
    assert np.isfinite(read_structure(changed(tmp_path / "x.cif", "lost"), query).ca).all()


def test_the_chain_that_fits_is_taken_among_several(tmp_path: Path) -> None:
    structure = gemmi.read_structure(str(a_structure(tmp_path / "x.cif", "W" * 12)))
    structure[0].add_chain(gemmi.read_structure(str(a_structure(tmp_path / "y.cif")))[0][0], unique_name=True)
    path = tmp_path / "z.pdb"
    path.write_text(structure.make_pdb_string())
    assert read_structure(path, QUERY).chain == "B"
    with pytest.raises(BadInput, match="chain A has 12 residues"):
        read_structure(path, QUERY, chain="A")
    with pytest.raises(BadInput, match=r"has no chain 'C'; its chains: A of 12 residues, B of 22 residues"):
        read_structure(path, QUERY, chain="C")


def test_another_length_and_another_letter_are_told(tmp_path: Path) -> None:
    path = as_pdb(tmp_path / "x.pdb", chain=" ")
    with pytest.raises(BadInput, match="no chain is the query of 21 residues: chain without a name has 22 residues"):
        read_structure(path, QUERY[:-1])
    with pytest.raises(BadInput, match="has T at residue 3, the query W and differs at 1 more"):
        read_structure(path, "MKWWYIAKQRQISFVKSHFSRQ")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("<html>nothing here</html>", "holds no atom"),
        ("data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n1\n", "cannot be read"),
        ("data_x\n_cell.length_a 1\n", "cannot be read"),
        (b"\x89PNG\r\n\x1a\n\0\0", "holds no atom"),
    ],
)
def test_what_is_no_structure_is_refused_in_one_line(tmp_path: Path, content: str | bytes, problem: str) -> None:
    with pytest.raises(BadInput, match=problem) as caught:
        read_structure(write(tmp_path / "x.cif", content), QUERY)
    assert "\n" not in str(caught.value)


def test_a_truncated_and_a_missing_file_are_named(tmp_path: Path) -> None:
    whole = a_structure(tmp_path / "x.cif").read_bytes()
    (tmp_path / "y.cif").write_bytes(whole[: whole.rindex(b"ATOM") + 30])
    with pytest.raises(BadInput, match=r"y\.cif: cannot be read"):
        read_structure(tmp_path / "y.cif", QUERY)
    with pytest.raises(Missing):
        read_structure(tmp_path / "z.cif", QUERY)


def test_a_chain_of_dna_is_no_chain_of_a_protein(tmp_path: Path) -> None:
    structure = gemmi.Structure()
    model, chain = gemmi.Model(1), gemmi.Chain("D")
    for number in range(6):
        residue = gemmi.Residue()
        residue.name, residue.seqid = "DA", gemmi.SeqId(str(number + 1))
        atom = gemmi.Atom()
        atom.name, atom.element, atom.pos = "P", gemmi.Element("P"), gemmi.Position(6 * number, 0, 0)
        residue.add_atom(atom)
        chain.add_residue(residue)
    model.add_chain(chain)
    structure.add_model(model)
    (tmp_path / "x.pdb").write_text(structure.make_pdb_string())
    with pytest.raises(BadInput, match="holds no chain of a protein"):
        read_structure(tmp_path / "x.pdb", QUERY)
