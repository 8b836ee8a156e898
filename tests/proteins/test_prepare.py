"""Samples of unequal length lie end to end, each as its counts say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from families import QUERY, a_structure, write

from sciml.core.contract import Case
from sciml.proteins.alignments import encode
from sciml.proteins.ingest import cases, ingest
from sciml.proteins.pairs import pair_count, unpack
from sciml.proteins.prepare import LAYOUT, prepare_part
from sciml.proteins.settings import IngestSettings, InputFamily, Settings

SETTINGS = Settings(simulate=None)


@pytest.fixture
def families(tmp_path: Path) -> list[Case]:
    rows = []
    for name, query in (("a", QUERY), ("b", QUERY + "WWWLLL"), ("c", "W" + QUERY)):
        alignment = write(tmp_path / f"{name}.a3m", f">{name}\n{query}\n>r\n{query[::-1]}\n>s\n{'A' * len(query)}\n")
        structure = a_structure(tmp_path / f"{name}.cif", query, seed=len(query))
        rows.append(InputFamily(name=name, alignment=str(alignment), structure=str(structure), fold=f"fold-{name}"))
    wanted = Settings(simulate=None, ingest=IngestSettings(inputs=tuple(rows)))
    return cases(wanted, ingest(wanted, None, tmp_path))


def test_the_arrays_are_those_of_the_layout(families: list[Case]) -> None:
    for part in (families, []):
        samples = prepare_part(SETTINGS, part)
        assert set(samples.data_vars) == set(LAYOUT.arrays)
        for name, array in LAYOUT.arrays.items():
            assert samples[name].dims == array.dims, name
            assert array.dtype == "str" or samples[name].dtype == array.dtype, name


def test_counts_cut_the_samples_apart(families: list[Case]) -> None:
    together = prepare_part(SETTINGS, families)
    assert together["residues"].values.tolist() == [22, 28, 23]
    assert together["pairs"].values.tolist() == [pair_count(22), pair_count(28), pair_count(23)]
    assert together["name"].values.tolist() == ["a", "b", "c"]
    assert together["group"].values.tolist() == ["fold-a", "fold-b", "fold-c"]
    alone = prepare_part(SETTINGS, families[1:2])
    for name, count in (("sequence", "residues"), ("profile", "residues"), ("ca", "residues"), ("maps", "pairs")):
        begin = int(together[count].values[0])
        middle = together[name].values[begin : begin + int(together[count].values[1])]
        np.testing.assert_array_equal(middle, alone[name].values)
    np.testing.assert_array_equal(alone["sequence"].values, encode(QUERY + "WWWLLL"))
    assert unpack(alone["maps"].values, 28).shape == (3, 28, 28)


def test_coordinates_are_those_of_the_structure(families: list[Case]) -> None:
    found = prepare_part(SETTINGS, families[:1])
    step = np.linalg.norm(np.diff(found["ca"].values, axis=0), axis=1)
    np.testing.assert_allclose(step, 3.8, atol=0.25)
    np.testing.assert_allclose(np.linalg.norm(found["cb"].values - found["ca"].values, axis=1), 1.53, atol=0.05)
