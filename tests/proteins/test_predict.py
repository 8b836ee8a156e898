"""The room that answers cases: an answer on disk, and the files that a user takes away."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from chains import SMALL, family, write_a3m, write_model_folder

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.netcdf import read_netcdf
from sciml.proteins.predict import SUFFIX, collect, export, load, predict


@pytest.fixture
def case(tmp_path: Path) -> Case:
    path = write_a3m(tmp_path / "a.a3m", family())
    unit = Unit("globin.1", "globin.1", None, True, "CC0", {"alignment": FileRecord(str(path), 0, "")})
    return Case("globin.1", unit, "globins", has_truth=False)


def test_an_answer_is_kept_and_becomes_a_model_and_a_list(case: Case, tmp_path: Path) -> None:
    answer = predict(SMALL, load(write_model_folder(tmp_path / "model")), case)
    path, again, out = tmp_path / f"one{SUFFIX}", tmp_path / f"two{SUFFIX}", tmp_path / "out"
    out.mkdir()
    export(answer, path)
    export(answer, again)
    assert path.read_bytes() == again.read_bytes()
    kept = read_netcdf(path)
    for name in ("contact", "distance", "ca", "confidence"):
        np.testing.assert_array_equal(kept[name], answer[name])
    collect([(case, path)], out)
    assert sorted(one.name for one in out.iterdir()) == ["globin.1.cif", "globin.1.contacts.tsv", "globin.1.pdb"]
    for name in ("globin.1.cif", "globin.1.pdb"):
        (chain,) = gemmi.read_structure(str(out / name))[0]
        found = [residue["CA"][0].b_iso for residue in chain]
        np.testing.assert_allclose(found, answer["confidence"], atol=6e-3)
    assert (out / "globin.1.contacts.tsv").read_text().startswith("i\tj\tprobability\n")
