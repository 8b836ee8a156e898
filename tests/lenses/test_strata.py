"""Each stratum holds what its name says, and every lens has its place."""

from __future__ import annotations

import numpy as np
from astropy.table import Table

from sciml.lenses.strata import IMPOSTORS, Truth, strata, truth_of

TRUTH = Truth(
    id=np.array(["a", "b", "c", "d", "e", "f"]),
    lens=np.array([True, True, True, False, False, False]),
    kind=np.array(["lens", "lens", "lens", "ring", "plain", "spiral"]),
    theta_e=np.array([0.8, 1.4, np.nan, np.nan, np.nan, np.nan]),
    arc_snr=np.array([12.0, 20.0, np.nan, np.nan, np.nan, np.nan]),
)


def members() -> dict[str, str]:
    return {name: "".join(TRUTH.id[counted]) for name, counted in strata(TRUTH)}


def test_a_kind_of_impostor_stands_against_every_lens() -> None:
    found = members()
    assert found["all"] == "abcdef"
    assert found["against ring"] == "abcd"
    assert found["against companion"] == "abc"


def test_lenses_of_a_size_stand_against_every_other() -> None:
    found = members()
    assert found['theta_E < 1 "'] == "adef"
    # a bin holds its lower edge
    assert found['theta_E 1-1.4 "'] == "def"
    assert found['theta_E > 1.4 "'] == "bdef"
    assert found["arc S/N 10-20"] == "adef"
    assert found["arc S/N 20-40"] == "bdef"
    assert found['theta_E > 1.4 ", S/N > 20'] == "bdef"


def test_every_lens_of_known_size_is_in_one_bin_of_size() -> None:
    bins = [counted for name, counted in strata(TRUTH) if name.startswith("theta_E") and "S/N" not in name]
    assert sum(counted[:2].astype(int) for counted in bins).tolist() == [1, 1]


def test_strata_do_not_depend_on_the_truth() -> None:
    none = Truth(*(np.zeros(0, array.dtype) for array in vars(TRUTH).values()))
    assert [name for name, _ in strata(none)] == list(members())
    assert [name for name in members() if name.startswith("against")] == [f"against {kind}" for kind in IMPOSTORS]


def test_objects_of_unknown_truth_do_not_count() -> None:
    found = truth_of(Table({"id": ["a", "b", "c"], "x": [1, 2, 3], "y": [1, 2, 3], "lens": [1.0, np.nan, 0.0]}))
    assert found.id.tolist() == ["a", "c"]
    assert found.lens.tolist() == [True, False]
    assert found.kind.tolist() == ["", ""]
    assert np.isnan(found.theta_e).all()


def test_a_catalogue_without_truth_has_no_object_that_counts() -> None:
    assert len(truth_of(Table({"id": ["a"], "x": [1], "y": [1]})).id) == 0
