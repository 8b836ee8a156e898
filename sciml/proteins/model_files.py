"""A folded chain as files that every viewer opens: mmCIF and PDB, confidence in the B-factor."""

from __future__ import annotations

import re
from pathlib import Path

import gemmi
import numpy as np

from sciml.core.whole import whole_file

CHAIN = "A"
WHAT = "C-alpha trace predicted from an alignment"
SCALE = "B-factor: expected lDDT of the residue, 0-100, 100 is best"


def write_mmcif(name: str, query: str, ca: np.ndarray, confidence: np.ndarray, out: Path) -> None:
    """Write a C-alpha trace (residue, xyz) in angstrom with its confidence (residue), 0-100, as ModelCIF knows it."""
    with whole_file(out) as temporary:
        temporary.write_text(mmcif_text(name, query, ca, confidence), encoding="utf-8")


def write_pdb(name: str, query: str, ca: np.ndarray, confidence: np.ndarray, out: Path) -> None:
    """The same as PDB."""
    with whole_file(out) as temporary:
        temporary.write_text(pdb_text(name, query, ca, confidence), encoding="utf-8")


def mmcif_text(name: str, query: str, ca: np.ndarray, confidence: np.ndarray) -> str:
    """The text of an mmCIF file; `_ma_qa_metric_local` has the values of the B-factor."""
    structure = _structure(name, query, ca, confidence)
    groups = gemmi.MmcifOutputGroups(True)
    groups.cell = groups.symmetry = False
    document = structure.make_mmcif_document(groups)
    block = document.sole_block()
    metric = block.init_loop("_ma_qa_metric.", ["id", "name", "description", "type", "mode", "software_group_id"])
    for number, mode in (("1", "global"), ("2", "local")):
        meaning = gemmi.cif.quote("expected lDDT of C-alpha atoms, 0-100")
        metric.add_row([number, "pLDDT", meaning, "pLDDT", mode, "."])
    overall = block.init_loop("_ma_qa_metric_global.", ["ordinal_id", "model_id", "metric_id", "metric_value"])
    overall.add_row(["1", "1", "1", f"{float(np.mean(confidence)):.2f}"])
    tags = ["ordinal_id", "model_id", "label_asym_id", "label_seq_id", "label_comp_id", "metric_id", "metric_value"]
    local = block.init_loop("_ma_qa_metric_local.", tags)
    for place, (residue, value) in enumerate(zip(structure[0][CHAIN], confidence, strict=True), 1):
        local.add_row([str(place), "1", residue.subchain, str(place), residue.name, "2", f"{value:.2f}"])
    return str(document.as_string())


def pdb_text(name: str, query: str, ca: np.ndarray, confidence: np.ndarray) -> str:
    """The text of a PDB file."""
    structure = _structure(name, query, ca, confidence)
    # remarks 6 to 99 are free text
    structure.raw_remarks = [f"REMARK   6 {part.upper()}" for part in (WHAT, SCALE)]
    return str(structure.make_pdb_string())


def _structure(name: str, query: str, ca: np.ndarray, confidence: np.ndarray) -> gemmi.Structure:
    structure, model, chain = gemmi.Structure(), gemmi.Model(1), gemmi.Chain(CHAIN)
    for number, (letter, point, value) in enumerate(zip(query, ca, confidence, strict=True), 1):
        residue = gemmi.Residue()
        residue.name, residue.seqid, residue.label_seq = three_letters(letter), gemmi.SeqId(str(number)), number
        residue.entity_type, residue.subchain, residue.het_flag = gemmi.EntityType.Polymer, CHAIN, "A"
        atom = gemmi.Atom()
        atom.name, atom.element = "CA", gemmi.Element("C")
        # tenths of a picometre are no knowledge, and both file types write three decimals
        atom.pos, atom.b_iso = gemmi.Position(*np.round(point.astype(float), 3)), round(float(value), 2)
        residue.add_atom(atom)
        chain.add_residue(residue)
    model.add_chain(chain)
    structure.add_model(model)
    # the name of the data block: no blanks, and nothing that CIF gives a meaning
    structure.name = re.sub(r"[^A-Za-z0-9._-]", "_", name) or "model"
    structure.info["_struct.title"] = WHAT
    entity = gemmi.Entity("1")
    entity.entity_type, entity.polymer_type = gemmi.EntityType.Polymer, gemmi.PolymerType.PeptideL
    entity.subchains, entity.full_sequence = [CHAIN], [three_letters(letter) for letter in query]
    structure.entities.append(entity)
    return structure


def three_letters(letter: str) -> str:
    """The residue's name in structure files; UNK for what is none of the twenty."""
    name = gemmi.expand_one_letter(letter, gemmi.ResidueKind.AA)
    return name if name in _TWENTY else "UNK"


_TWENTY = frozenset(gemmi.expand_one_letter_sequence("ACDEFGHIKLMNPQRSTVWY", gemmi.ResidueKind.AA))
