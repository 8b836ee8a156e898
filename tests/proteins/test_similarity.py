"""TM-score, GDT_TS and lDDT: known answers, and TM-align where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from chains import bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sciml.proteins.model_files import write_pdb
from sciml.proteins.similarity import distances, lddt, similarity, superposed, tm_scale

NATIVE = bundle(4, 20)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_where_a_model_lies_and_looks_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    moved = NATIVE @ Rotation.random(rng=rng).as_matrix().T + rng.normal(0, 50, 3)
    found = similarity(moved, NATIVE)
    assert found.tm == pytest.approx(1, abs=1e-6)
    assert (found.gdt_ts, found.lddt) == (100, 100)


def test_the_mirror_image_is_another_fold() -> None:
    mirrored = similarity(NATIVE * np.array([1, 1, -1.0]), NATIVE)
    assert mirrored.tm < 0.5
    assert mirrored.lddt == 100  # which is blind to hands


def test_the_scale_is_that_of_the_paper() -> None:
    # 1.24 * (100 - 15)^(1/3) - 1.8 = 1.24 * 4.39683 - 1.8
    assert tm_scale(100) == pytest.approx(3.65207, abs=1e-5)
    assert tm_scale(15) == tm_scale(4) == 0.5


def test_half_a_chain_gone_is_half_the_score() -> None:
    moved = NATIVE.copy()
    half = len(NATIVE) // 2
    moved[:half] += 1000.0
    tm, gdt_ts = superposed(moved, NATIVE)
    # the other half, 1000 A away, adds less than (d0 / 1000)^2 a residue
    assert tm == pytest.approx((len(NATIVE) - half) / len(NATIVE), abs=1e-3)
    assert gdt_ts == pytest.approx(100 * (len(NATIVE) - half) / len(NATIVE))


def test_one_residue_displaced_counts_by_the_formula() -> None:
    moved = NATIVE.copy()
    moved[40] += np.array([0, 0, 5.0])
    length, scale = len(NATIVE), tm_scale(len(NATIVE))
    # the others fit exactly and one is 5 A away; another superposition can only do better
    expected = (length - 1 + 1 / (1 + (5 / scale) ** 2)) / length
    tm, gdt_ts = superposed(moved, NATIVE)
    assert expected <= tm + 1e-9 <= expected + 0.01
    assert gdt_ts == pytest.approx(100 * (length - 1 + 0.25) / length)  # within 8 A, not within 4


def test_a_residue_that_the_native_lacks_is_not_asked_for() -> None:
    holed = NATIVE.copy()
    holed[10:20] = np.nan
    found = similarity(NATIVE, holed)
    assert found.tm == pytest.approx(1)
    assert np.isnan(found.per_residue[10:20]).all()
    assert found.lddt == 100


def test_a_residue_that_the_model_lacks_counts_against_it() -> None:
    holed = NATIVE.copy()
    holed[:10] = np.nan
    found = similarity(holed, NATIVE)
    assert found.tm == pytest.approx(1 - 10 / len(NATIVE))
    assert (found.per_residue[:10] == 0).all()


def test_nothing_to_compare_has_no_score() -> None:
    nothing = np.full_like(NATIVE, np.nan)
    found = similarity(NATIVE, nothing)
    assert np.isnan([found.tm, found.gdt_ts, found.lddt]).all()


def test_lddt_of_two_pairs_by_hand() -> None:
    native = np.array([[0, 0, 0], [5.0, 0, 0], [12.0, 0, 0]])
    model = np.array([[0, 0, 0], [5.7, 0, 0], [15.0, 0, 0]])
    # pairs 5 -> 5.7 (error 0.7: 3 of 4), 7 -> 9.3 (2.3: 1 of 4), 12 -> 15 (3.0: 1 of 4)
    np.testing.assert_allclose(lddt(model, native), [100 * (3 + 1) / 8, 100 * (3 + 1) / 8, 100 * (1 + 1) / 8])


def test_pairs_beyond_the_radius_are_not_asked_for() -> None:
    native = np.array([[0, 0, 0], [5.0, 0, 0], [50.0, 0, 0]])
    model = native + np.array([[0, 0, 0], [0, 0, 0], [30.0, 0, 0]])
    found = lddt(model, native)
    assert found[:2].tolist() == [100, 100]
    assert np.isnan(found[2])


def test_a_distance_to_the_unknown_is_unknown() -> None:
    found = distances(np.array([[0, 0, 0], [3.0, 4.0, 0], [np.nan] * 3]))
    assert found[0, 1] == 5
    assert np.isnan(found[2]).all()


@pytest.mark.skipif(shutil.which("TMalign") is None, reason="TM-align is not installed")
@pytest.mark.parametrize("noise", [0.5, 2.0])
def test_the_score_is_that_of_tm_align(tmp_path: Path, noise: float) -> None:
    model = NATIVE + np.random.default_rng(1).normal(0, noise, NATIVE.shape)
    for name, points in (("model", model), ("native", NATIVE)):
        write_pdb(name, "A" * len(points), points, np.zeros(len(points)), tmp_path / f"{name}.pdb")
    words = ["TMalign", str(tmp_path / "model.pdb"), str(tmp_path / "native.pdb")]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    # normalised by the second chain; it may realign, so it is a peer and no oracle
    theirs = float(re.findall(r"^TM-score= ([0-9.]+)", said, re.MULTILINE)[1])
    assert superposed(model, NATIVE)[0] == pytest.approx(theirs, abs=0.03)
