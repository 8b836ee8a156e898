"""The classical methods: on an alignment with known couplings each finds them, and what they write is ranked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chains import SMALL, write_a3m

from sciml.core.contract import Case, FileRecord, Unit
from sciml.core.netcdf import read_netcdf
from sciml.proteins.baseline import METHODS, VERSIONS
from sciml.proteins.predict import collect, export

LETTERS = np.array(list("ACDEFGHIKLMNPQRSTVWY"))
COUPLED = [(2, 20), (5, 15), (9, 27)]


def coupled_case(folder: Path) -> Case:
    """A family of 300 rows that differ everywhere, except that three pairs of columns change together."""
    rng = np.random.default_rng(0)
    rows = rng.choice(LETTERS[:6], (300, 32))
    for first, second in COUPLED:
        rows[:, second] = LETTERS[(np.searchsorted(LETTERS, rows[:, first]) + 7) % 20]
    path = write_a3m(folder / "family.a3m", ["".join(row) for row in rows])
    unit = Unit("family", "family", None, True, "CC0", {"alignment": FileRecord(str(path), 0, "")})
    return Case("family", unit, "family", has_truth=False)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_ranks_what_changes_together_first(method: str, tmp_path: Path) -> None:
    found = METHODS[method](SMALL, coupled_case(tmp_path))
    scores = found["contact"].values
    np.testing.assert_array_equal(scores, scores.T)
    rows, columns = np.triu_indices(32, 1)
    best = np.argsort(-scores[rows, columns])[:3]
    assert sorted(zip(rows[best].tolist(), columns[best].tolist(), strict=True)) == COUPLED
    assert "ca" not in found
    assert (found.attrs["method"], found.attrs["rows"]) == (method, 300)
    # no two rows are alike in 80 % of their columns, and 200 of them are drawn
    assert found.attrs["neff"] == pytest.approx(200)


def test_every_method_has_a_version() -> None:
    assert METHODS.keys() == VERSIONS.keys()
    assert all(version().startswith("sciml ") for version in VERSIONS.values())


def test_a_baselines_answer_is_a_list_of_scores_and_no_fold(tmp_path: Path) -> None:
    case = coupled_case(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    export(METHODS["ridge-dca"](SMALL, case), tmp_path / "answer.nc")
    assert read_netcdf(tmp_path / "answer.nc")["contact"].attrs["quantity"] == "score"
    collect([(case, tmp_path / "answer.nc")], out)
    assert [path.name for path in out.iterdir()] == ["family.contacts.tsv"]
    lines = (out / "family.contacts.tsv").read_text().splitlines()
    assert lines[0] == "i\tj\tscore"
    pairs = {tuple(map(int, line.split("\t")[:2])) for line in lines[1:4]}
    assert pairs == {(first + 1, second + 1) for first, second in COUPLED}
