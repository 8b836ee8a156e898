"""The table of findings, in both of its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sciml.core.errors import SettingsError
from sciml.scans.answers import answer
from sciml.scans.findings_table import COLUMNS, rows_of, rows_of_unreadable, write_findings
from sciml.scans.sight import Sight


def table() -> pd.DataFrame:
    pixels = np.zeros((3, 8, 8), np.uint8)
    # log 3 is a probability of 0.75
    good = answer(["a", "b"], np.array([np.log(3), -np.log(3)]), np.array([0.5, 0.5]), Sight(pixels, True, ""))
    bad = answer(["a"], np.array([0.0]), np.array([0.5]), Sight(pixels, False, "blurred"))
    tables = [rows_of("x,y.jpg", good, True), rows_of("z.jpg", bad), rows_of_unreadable("w.jpg", ["a"], "is empty")]
    return pd.concat(tables, ignore_index=True)


def test_a_csv_has_a_row_for_each_image_and_finding(tmp_path: Path) -> None:
    write_findings(table(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == (
        "file,finding,probability,decision,gradable,reason,note\n"
        '"x,y.jpg",a,0.7500,yes,yes,,demonstration\n'
        '"x,y.jpg",b,0.2500,no,yes,,demonstration\n'
        "z.jpg,a,0.5000,not gradable,no,blurred,\n"
        "w.jpg,a,,not gradable,no,is empty,\n"
    )


def test_parquet_holds_the_same(tmp_path: Path) -> None:
    write_findings(table(), tmp_path / "a.parquet")
    again = pd.read_parquet(tmp_path / "a.parquet")
    assert tuple(again.columns) == COLUMNS
    assert again["decision"].tolist() == ["yes", "no", "not gradable", "not gradable"]
    np.testing.assert_array_equal(again["probability"], table()["probability"])


def test_another_suffix_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"end its name in \.csv or \.parquet"):
        write_findings(table(), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
