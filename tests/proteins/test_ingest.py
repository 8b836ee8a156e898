"""Sound families are listed, others are left out and said so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from families import QUERY, a_backbone, a_structure, as_pdb, write

from sciml.core.errors import BadInput, DataWarning, Several
from sciml.proteins.ingest import cases, ingest, read
from sciml.proteins.settings import IngestSettings, InputFamily, Settings


def family(folder: Path, name: str, query: str = QUERY, **more: str) -> InputFamily:
    alignment = write(folder / f"{name}.a3m", f">{name}\n{query}\n>r\n{query[:-1]}kk-\n")
    return InputFamily(name=name, alignment=str(alignment), **more)  # type: ignore[arg-type]


def settings(*rows: InputFamily, **more: object) -> Settings:
    return Settings(simulate=None, ingest=IngestSettings(inputs=rows, **more))  # type: ignore[arg-type]


def test_a_unit_knows_its_length_rows_insertions_and_structure(tmp_path: Path) -> None:
    structure = as_pdb(tmp_path / "x.pdb", skip=(5,))
    wanted = settings(
        family(tmp_path, "a", structure=str(structure), fold="globin", role="test"), family(tmp_path, "b", "W" * 30)
    )
    index = ingest(wanted, None, tmp_path)
    first, second = index.units
    facts = first.facts
    assert (facts["fold"], facts["length"], facts["rows"], facts["insertions"]) == ("globin", 22, 2, 2)
    assert (facts["structure"], facts["chain"], facts["resolved"]) == (True, "A", 21)
    assert (second.facts["fold"], second.facts["structure"]) == ("b", False)
    assert [(case.id, case.group, case.has_truth) for case in cases(wanted, index)] == [
        ("a", "globin", True),
        ("b", "b", False),
    ]
    assert json.dumps(index.to_json())


def test_a_unit_is_read_lazily(tmp_path: Path) -> None:
    wanted = settings(family(tmp_path, "a", structure=str(a_structure(tmp_path / "x.cif"))))
    opened = read(ingest(wanted, None, tmp_path).units[0])
    assert all(variable.chunks is not None and variable.attrs["units"] for variable in opened.data_vars.values())
    assert opened["alignment"].shape == opened["alignment"].values.shape == (2, 22)
    np.testing.assert_allclose(opened["ca"].values, a_backbone().ca, atol=0.002)
    assert opened["cb"].values.shape == (22, 3)
    without = read(ingest(settings(family(tmp_path, "b")), None, tmp_path).units[0])
    assert list(without.data_vars) == ["alignment"]


def test_unsound_families_are_left_out_with_a_warning_each_and_the_rest_goes_on(tmp_path: Path) -> None:
    broken = InputFamily(name="broken", alignment=str(write(tmp_path / "broken.a3m", ">q\nACDE\n>r\nAC\n")))
    other = family(tmp_path, "other", QUERY[:-1], structure=str(a_structure(tmp_path / "x.cif")).replace("x", "y"))
    as_pdb(tmp_path / "y.pdb")
    (tmp_path / "y.pdb").rename(tmp_path / "y.cif")
    wanted = settings(
        family(tmp_path, "good"), broken, other, family(tmp_path, "long", "ACDEFGHIKL" * 3), max_length=25
    )
    with pytest.warns(DataWarning) as caught:
        index = ingest(wanted, None, tmp_path)
    assert [unit.id for unit in index.units] == ["good"]
    told = [str(each.message) for each in caught]
    assert all(text.endswith("(left out)") for text in told)
    reasons = ["row 2 (r) has 2 columns", "query of 21 residues: chain A has 22", "query has 30 residues, not 10 to 25"]
    assert all(reason in text for reason, text in zip(reasons, told, strict=True))


def test_with_no_sound_family_all_reasons_are_told_at_once(tmp_path: Path) -> None:
    empty = InputFamily(name="empty", alignment=str(write(tmp_path / "e.a3m", "")))
    gone = InputFamily(name="gone", alignment=str(tmp_path / "gone.a3m"))
    with pytest.raises(Several) as caught:
        ingest(settings(empty, gone), None, tmp_path)
    assert len(str(caught.value).splitlines()) == 2


def test_no_input_and_a_name_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no input"):
        ingest(settings(), None, tmp_path)
    with pytest.raises(BadInput, match=r"(?i)family a.* listed twice"):
        ingest(settings(family(tmp_path, "a"), family(tmp_path, "A")), None, tmp_path)


def test_one_query_under_two_folds_cannot_straddle_a_split(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match="has the query of family a, and another fold"):
        index = ingest(settings(family(tmp_path, "a"), family(tmp_path, "b")), None, tmp_path)
    assert [unit.id for unit in index.units] == ["a"]
    both = ingest(settings(family(tmp_path, "a", fold="f"), family(tmp_path, "b", fold="f")), None, tmp_path)
    assert len(both.units) == 2


def test_a_sheet_names_files_relative_to_itself(tmp_path: Path) -> None:
    family(tmp_path, "a")
    sheet = write(tmp_path / "families.tsv", "name\talignment\trole\na\ta.a3m\ttrain\n")
    index = ingest(settings(sheet=str(sheet)), None, tmp_path)
    assert (index.units[0].id, index.units[0].role, index.units[0].simulated) == ("a", "train", False)
