"""Families whose structure is known: sequences that evolved on an invented fold, as A3M, beside its mmCIF.

Every family has random streams of its own, keyed by its name: adding one changes no other.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sciml.core.contract import Role
from sciml.core.errors import SettingsError
from sciml.core.parallel import map_ordered
from sciml.core.streams import stream
from sciml.core.whole import whole_folder
from sciml.proteins.alignments import ALPHABET
from sciml.proteins.architectures import KINDS
from sciml.proteins.backbones import draw_fold
from sciml.proteins.family_files import write_alignment, write_structure
from sciml.proteins.peptide_planes import backbone
from sciml.proteins.potts import draw_potts, evolve
from sciml.proteins.settings import Settings, SimulateSettings

COLUMNS = ("name", "alignment", "structure", "fold", "role", "licence")
LICENCE = "simulated, free of any terms"
# sweeps before a lineage splits: how deep the families' trees are
SPREAD = (0.4, 0.8)


def simulate(settings: Settings, seed: int, out: Path, threads: int) -> None:
    """Write the families of `settings.simulate` into the folder `out`, which appears whole or not at all."""
    wanted = settings.simulate
    if wanted is None:
        raise SettingsError("proteins.simulate", "is switched off", "give it settings, or name real inputs")
    families = _families(wanted)
    with whole_folder(out) as folder:
        for _ in map_ordered(lambda family: _make(family[0], wanted, seed, folder), families, threads):
            pass
        _write_sheet(families, folder / "samples.tsv")


def _families(wanted: SimulateSettings) -> list[tuple[str, Role]]:
    counts: dict[Role, int] = {
        "train": wanted.train_families,
        "validation": wanted.validation_families,
        "test": wanted.test_families,
    }
    return [(f"{role}-{number:03d}", role) for role, count in counts.items() for number in range(1, count + 1)]


def _make(name: str, wanted: SimulateSettings, seed: int, folder: Path) -> None:
    shape, fold, model, tree, text = (stream(seed, name, word) for word in ("shape", "fold", "model", "tree", "text"))
    length = int(shape.integers(wanted.min_length, wanted.max_length + 1))
    rows = round(float(np.exp(shape.uniform(np.log(wanted.min_sequences), np.log(wanted.max_sequences)))))
    # in turn, so that every split has all kinds
    kind = KINDS[int(name.rpartition("-")[2]) % len(KINDS)]
    drawn = draw_fold(length, kind, fold)
    chain = backbone(drawn.ca)
    sequences = evolve(draw_potts(chain.cb, drawn.states, model), rows, float(shape.uniform(*SPREAD)), tree)
    write_alignment(name, sequences, text, folder / f"{name}.a3m.gz")
    write_structure(name, "".join(ALPHABET[state] for state in sequences[0]), chain, folder / f"{name}.cif")


def _write_sheet(families: Sequence[tuple[str, Role]], path: Path) -> None:
    """The sample sheet; files are relative to it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(COLUMNS)
        for name, role in families:
            table.writerow((name, f"{name}.a3m.gz", f"{name}.cif", name, role, LICENCE))
