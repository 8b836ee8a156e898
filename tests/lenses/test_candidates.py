"""The table of candidates: ranks, probabilities for a prevalence, and three formats that say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.errors import BadInput, SettingsError
from sciml.lenses.candidates import (
    COLUMNS,
    SUFFIXES,
    answer_of,
    at_prevalence,
    candidate_table,
    joined,
    ranks,
    read_candidates,
    write_candidates,
)


def answer(scores: list[float], tile: str = "w3") -> xr.Dataset:
    score, count = np.array(scores), len(scores)
    columns = {
        "id": np.array([f"{tile}-{number}" for number in range(count)]),
        "ra": 150 + np.arange(count) / 7,
        "dec": np.full(count, -2.0),
        "x": np.arange(count, dtype=float),
        "y": np.arange(count, dtype=float),
        "tile": np.full(count, tile),
        "score": score,
        "probability": at_prevalence(score, 0.5, 1e-3),
        "rank": ranks(score),
        "flags": np.where(np.isnan(score), 8, 0).astype(np.int16),
        "reason": np.where(np.isnan(score), "all_bad", "ok"),
    }
    about = {"method": "sciml", "model": "m 123", "prevalence": 1e-3, "version": "0", "demonstration": True}
    return xr.Dataset({name: ("object", values) for name, values in columns.items()}, attrs=about)


def test_the_highest_score_has_rank_one_and_equals_keep_their_order() -> None:
    assert ranks(np.array([0.5, np.nan, 2.0, 0.5, -1.0])).tolist() == [2, 0, 1, 3, 4]


def test_a_probability_moves_with_the_prevalence_by_the_ratio_of_the_odds() -> None:
    # learnt at 1:1, so a log-odds of 3 is odds of e^3 = 20.09; at 1 in 1001 (1:1000) 0.02009, probability 0.01969
    assert at_prevalence(np.array([3.0]), 0.5, 1 / 1001)[0] == pytest.approx(0.0200855 / 1.0200855, rel=1e-5)
    # at the share that it was learnt at, nothing moves: odds 1:2 stay 1:2
    assert at_prevalence(np.array([-np.log(2)]), 0.3, 0.3)[0] == pytest.approx(1 / 3)


@given(score=st.floats(-30, 30), share=st.floats(0.01, 0.99), low=st.floats(1e-6, 0.4))
def test_a_higher_prevalence_never_lowers_a_probability(score: float, share: float, low: float) -> None:
    few, many = (at_prevalence(np.array([score]), share, prevalence)[0] for prevalence in (low, 2 * low))
    assert 0 <= few <= many <= 1


def test_a_table_is_sorted_by_rank_and_ends_with_what_was_not_scored() -> None:
    table = candidate_table(answer([-1.0, np.nan, 4.0]))
    assert list(table["id"]) == ["w3-2", "w3-0", "w3-1"]
    assert list(table["rank"]) == [1, 2, 0]
    assert list(table["reason"]) == ["ok", "ok", "all_bad"]
    assert str(table["ra"].unit) == "deg"


def test_tiny_probabilities_are_not_rounded_to_nothing() -> None:
    table = candidate_table(answer([-20.0, -25.0]))
    assert 0 < table["probability"][1] < table["probability"][0] < 1e-11


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_comes_back_as_it_was_written(tmp_path: Path, suffix: str) -> None:
    table = candidate_table(answer([-1.0, np.nan, 4.0, 4.000001]))
    out = tmp_path / f"found{suffix}"
    write_candidates(table, out)
    back = read_candidates(out)
    assert dict(back.meta) == dict(table.meta)
    for name in COLUMNS:
        assert back[name].unit == table[name].unit
        np.testing.assert_array_equal(np.asarray(back[name]), np.asarray(table[name]), err_msg=name)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_table_has_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        write_candidates(candidate_table(answer([1.0, 2.0])), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_an_answer_survives_the_table() -> None:
    back = answer_of(candidate_table(answer([1.0, 2.0])))
    assert back["score"].to_numpy().tolist() == [2.0, 1.0]
    assert back.attrs["prevalence"] == 1e-3


def test_tiles_are_ranked_together() -> None:
    both = joined([candidate_table(answer([1.0, 3.0], "a")), candidate_table(answer([2.0, np.nan], "b"))])
    assert list(both["id"]) == ["a-1", "b-0", "a-0", "b-1"]
    assert list(both["rank"]) == [1, 2, 3, 0]


def test_a_letter_that_a_fits_table_cannot_hold_is_told(tmp_path: Path) -> None:
    found = answer([1.0])
    found["id"] = ("object", np.array(["Größe"]))
    with pytest.raises(SettingsError, match="FITS has no letter 'ö'"):
        write_candidates(candidate_table(found), tmp_path / "found.fits")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("damage", ["empty", "cut", "other"])
def test_a_damaged_table_is_named(tmp_path: Path, suffix: str, damage: str) -> None:
    path = tmp_path / f"found{suffix}"
    write_candidates(candidate_table(answer([1.0, 2.0])), path)
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 3], "other": b"\x00\xffnothing known" * 99}[damage])
    with pytest.raises(BadInput, match=f"found{suffix}"):
        read_candidates(path)


def test_another_table_is_told_by_its_missing_column(tmp_path: Path) -> None:
    table = candidate_table(answer([1.0]))
    del table["score"]
    write_candidates(table, tmp_path / "other.ecsv")
    with pytest.raises(BadInput, match="has no column score"):
        read_candidates(tmp_path / "other.ecsv")
