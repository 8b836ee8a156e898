"""Real alignments and structures are read whole, and couplings are as good as was measured of the best methods."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sciml.core.errors import BadInput, DataWarning
from sciml.proteins.alignments import GAP, read_alignment
from sciml.proteins.couplings import Couplings, sequence_weights
from sciml.proteins.features import features, kept_rows
from sciml.proteins.ingest import cases, ingest
from sciml.proteins.settings import FeatureSettings, IngestSettings, InputFamily, Settings
from sciml.proteins.structures import read_structure

DATA = Path(os.environ.get("SCIML_DATA", Path(__file__).parents[3] / "shared/data")) / "proteins"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason=f"no protein families in {DATA}; set SCIML_DATA"),
]
FIXTURES = DATA / "fixtures"
# chains of the fixtures' structures: residues stated, residues resolved in the first model
CHAINS = {
    "2q2k": {"A": (70, 45), "B": (70, 44)},  # the third is DNA
    "3u8v": {"A": (93, 83), "B": (93, 83)},
    "3zee": {"A": (84, 84)},
    "4i6p": {"A": (88, 84), "B": (88, 82)},
    "4zey": {"A": (84, 84)},
    "bp_1A7G": {"E": (82, 82)},
    "bp_1A8O": {"A": (70, 70)},  # four selenomethionines
    "bp_1LCD": {"A": (51, 51)},  # NMR, with two strands of DNA
    "bp_2BEG": dict.fromkeys("ABCDE", (42, 26)),  # NMR, ten models
    "bp_2OFG": {"X": (111, 106)},
    "bp_3JQH": {"A": (167, 23)},  # two residues at one place
    "bp_4CUP": {"A": (117, 115)},
    "bp_4ZHL": {"U": (247, 247), "P": (10, 10)},
}


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / "index.json").read_text())
    return found


def alignment(name: str) -> Path:
    return DATA / "psicov150" / "msa" / f"{name}.a3m.gz"


def structure(name: str) -> Path:
    return DATA / "psicov150" / "structure" / f"{name}.pdb"


@pytest.mark.slow
def test_all_families_are_read_and_their_chains_are_the_queries() -> None:
    for row in listed():
        found = read_alignment(alignment(row["id"]))
        assert (found.name, found.rows.shape) == (row["id"], (row["N"], row["L"]))
        assert (found.insertions, found.notes) == (0, ())
        known = read_structure(structure(row["id"]), found.query)
        assert known.chain.strip() == ""
        bond = np.linalg.norm(known.cb - known.ca, axis=1)
        assert 1.2 < bond.min() <= bond.max() < 1.8
        broken = (np.linalg.norm(np.diff(known.ca, axis=0), axis=1) > 4.2).sum()
        assert broken == row["ca_breaks"]


@pytest.mark.parametrize(
    ("name", "rows", "length", "query", "insertions"),
    [
        ("1a3a_1_A", 1024, 145, "1a3a_1_A", 0),  # its header is empty
        ("1xcr_1_A", 588, 313, "1xcr_1_A", 0),
        ("5ahw_1_A", 1024, 125, "5ahw_1_A", 0),
        # letters in small print, counted by grep
        ("hhblits_uniclust_2017_10_1a3a_1_A", 1303, 145, "1a3a_1_A", 7544),
        ("hhblits_uniclust_2017_10_1xcr_1_A", 251, 313, "1xcr_1_A", 3829),
        ("hhblits_uniclust_2017_10_5ahw_1_A", 1631, 125, "5ahw_1_A", 29767),
    ],
)
def test_alignments_of_searches_are_read(name: str, rows: int, length: int, query: str, insertions: int) -> None:
    found = read_alignment(FIXTURES / "a3m" / f"{name}.a3m.gz")
    assert (found.name, found.rows.shape, found.insertions) == (query, (rows, length), insertions)
    assert (found.rows[0] != GAP).all()


def stated(path: Path) -> dict[str, str]:
    """The stated sequence of every protein chain, by a reader of another kind."""
    import gzip

    from Bio.Data.PDBData import protein_letters_3to1_extended as letters
    from Bio.PDB.MMCIF2Dict import MMCIF2Dict

    with gzip.open(path, "rt") as file:
        table = MMCIF2Dict(file)
    names: dict[str, dict[int, str]] = {}
    for entity, number, name in zip(
        table["_entity_poly_seq.entity_id"],
        table["_entity_poly_seq.num"],
        table["_entity_poly_seq.mon_id"],
        strict=True,
    ):
        names.setdefault(entity, {}).setdefault(int(number), name)
    atoms = zip(table["_atom_site.auth_asym_id"], table["_atom_site.label_entity_id"], strict=True)
    chains = {chain: names[entity] for chain, entity in atoms if entity in names}
    return {
        chain: "".join("M" if name == "MSE" else letters.get(name, "X") for _, name in sorted(residues.items()))
        for chain, residues in chains.items()
        if not {"DA", "DC", "DG", "DT"} & set(residues.values())
    }


@pytest.mark.parametrize("name", list(CHAINS))
def test_each_chain_of_odd_structures_is_found_by_its_stated_sequence(name: str) -> None:
    path = FIXTURES / "mmcif" / f"{name}.cif.gz"
    sequences = stated(path)
    assert sequences.keys() == CHAINS[name].keys()
    for chain, (length, resolved) in CHAINS[name].items():
        found = read_structure(path, sequences[chain], chain)
        assert len(found.ca) == length
        assert np.isfinite(found.ca).all(axis=1).sum() == np.isfinite(found.cb).all(axis=1).sum() == resolved


def test_a_structure_of_another_length_leaves_its_family_out_with_both_lengths_told() -> None:
    rows = [
        InputFamily(name="1vjkA", alignment=str(FIXTURES / "a3m" / "1vjkA_length_mismatch.a3m.gz"),
                    structure=str(FIXTURES / "1vjkA_length_mismatch.pdb")),
        InputFamily(name="1aapA", alignment=str(alignment("1aapA")), structure=str(structure("1aapA"))),
    ]  # fmt: skip
    settings = Settings(simulate=None, ingest=IngestSettings(inputs=tuple(rows)))
    with pytest.warns(DataWarning, match="no chain is the query of 87 residues: chain without a name has 88 residues"):
        index = ingest(settings, None, Path())
    assert [case.id for case in cases(settings, index)] == ["1aapA"]


def test_the_structure_of_another_family_does_not_fit() -> None:
    query = read_alignment(alignment("1aapA")).query
    with pytest.raises(BadInput, match="no chain is the query of 56 residues"):
        read_structure(structure("1a70A"), query)


@pytest.mark.slow
def test_couplings_find_as_many_contacts_as_was_measured() -> None:
    """Among the L / 5 highest of the pairs at least 24 apart, those of C-beta atoms nearer than 8 angstrom."""
    found, known = [], []
    for row in [row for row in listed() if "P_L_L2_L5" in row][::9]:
        loaded = read_alignment(alignment(row["id"]))
        rows = loaded.rows[kept_rows(loaded.rows, FeatureSettings())]
        scores = Couplings(rows, sequence_weights(rows, 0.8))
        assert scores.weights.sum() == pytest.approx(row["neff80_max5000"], rel=0.03)
        place = read_structure(structure(row["id"]), loaded.query).cb
        first, second = np.triu_indices(len(place), 24)
        contact = np.linalg.norm(place[first] - place[second], axis=1) < 8
        maps = {"mi": scores.mutual_information(), "mf": scores.mean_field(), "ridge": scores.ridge()}
        best = {name: np.argsort(-map_[first, second])[: len(place) // 5] for name, map_ in maps.items()}
        found.append([contact[best[name]].mean() for name in maps])
        known.append([row["P_L_L2_L5"][name][2] for name in maps])
    np.testing.assert_allclose(np.mean(found, axis=0), np.mean(known, axis=0), atol=0.05)


@pytest.mark.slow
def test_features_of_five_thousand_rows_take_a_few_seconds() -> None:
    loaded = read_alignment(alignment("1ek0A"))
    features(read_alignment(alignment("1aapA")), FeatureSettings())
    start = time.process_time()
    found = features(loaded, FeatureSettings())
    # 168 residues: 3 s on one idle thread
    assert time.process_time() - start < 8
    assert int(found["rows"]) == 5000
