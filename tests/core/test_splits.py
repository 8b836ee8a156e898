"""Splits: by group, by name alone, so that new data move nobody."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.core.errors import BadInput, SettingsError
from sciml.core.settings import SplitSettings
from sciml.core.splits import SPLITS, assign, position

MANY = [f"chr{n % 22}:{n}" for n in range(20_000)]
names = st.lists(st.text(max_size=20), max_size=30)


def hashed(groups: list[str], settings: SplitSettings | None = None) -> list[str]:
    return list(assign(groups, [None] * len(groups), settings or SplitSettings()))


@given(old=names, new=names, by=st.sampled_from(["hash", "folds"]))
def test_adding_groups_moves_nobody(old: list[str], new: list[str], by: str) -> None:
    settings = SplitSettings(by=by)
    assert hashed(old + new, settings)[: len(old)] == hashed(old, settings)


@given(groups=names)
def test_a_group_is_in_one_split_wherever_it_stands(groups: list[str]) -> None:
    both = hashed(groups + groups[::-1])
    assert both[: len(groups)] == both[len(groups) :][::-1]


@pytest.mark.parametrize(("validation", "test"), [(0.15, 0.15), (0.0, 0.3), (0.5, 0.5), (0.2, 0.0), (0.0, 1.0)])
def test_shares_approach_the_fractions(validation: float, test: float) -> None:
    counts = Counter(hashed(MANY, SplitSettings(validation=validation, test=test)))
    # four standard deviations of a binomial share of 20,000 are at most 4 * sqrt(0.25 / 20,000) = 0.014
    assert counts["validation"] / 20_000 == pytest.approx(validation, abs=0.0142 * (0 < validation < 1))
    assert counts["test"] / 20_000 == pytest.approx(test, abs=0.0142 * (0 < test < 1))


def test_the_place_of_a_group_is_written_in_stone() -> None:
    # printf 'sciml\0chr20:200' | b2sum -l 64 begins 72aed03e78184dad; another value would reshuffle all data
    assert position("chr20:200", "sciml") == (0x72AED03E78184DAD >> 11) / 2**53
    assert 0 <= min(position(group, "x") for group in MANY) < max(position(group, "x") for group in MANY) < 1


def test_another_salt_is_another_split() -> None:
    assert hashed(MANY[:100]) != hashed(MANY[:100], SplitSettings(salt="other"))


def test_a_larger_validation_share_takes_from_train_only() -> None:
    small, large = hashed(MANY), hashed(MANY, SplitSettings(validation=0.4))
    moved = {(before, after) for before, after in zip(small, large, strict=True) if before != after}
    assert moved == {("train", "validation")}


@given(folds=st.integers(3, 12))
def test_each_group_tests_in_exactly_one_fold(folds: int) -> None:
    runs = [hashed(MANY[:200], SplitSettings(by="folds", folds=folds, fold=fold)) for fold in range(folds)]
    for seen in zip(*runs, strict=True):
        assert Counter(seen) == {"test": 1, "validation": 1, "train": folds - 2}


def test_folds_are_of_about_the_same_size() -> None:
    counts = Counter(hashed(MANY, SplitSettings(by="folds", folds=5, fold=2)))
    assert counts["test"] == pytest.approx(4_000, rel=0.06)
    assert counts["train"] == pytest.approx(12_000, rel=0.04)


def test_the_column_of_an_official_split_is_followed() -> None:
    facts = [{"official": split} for split in SPLITS]
    settings = SplitSettings(by="column", column="official")
    assert tuple(assign(["a", "b", "c"], [None] * 3, settings, facts)) == SPLITS


@pytest.mark.parametrize(("fact", "said"), [({"official": "val"}, "'val'"), ({}, "nothing")])
def test_a_column_without_a_split_names_the_group_and_the_known_words(fact: dict[str, str], said: str) -> None:
    settings = SplitSettings(by="column", column="official")
    with pytest.raises(BadInput, match=f"official: says {said} for group 'patient 7'; must be one of train, val"):
        assign(["patient 7"], [None], settings, [fact])


@given(groups=names, by=st.sampled_from(["hash", "folds", "column"]))
def test_a_role_wins_over_everything(groups: list[str], by: str) -> None:
    for role in SPLITS:
        given_roles = assign(groups, [role] * len(groups), SplitSettings(by=by), has_validation_role=True)
        assert given_roles == [role] * len(groups)


def test_training_inputs_give_their_share_to_validation_where_nobody_else_does() -> None:
    settings = SplitSettings(validation=0.2, test=0.3)
    counts = Counter(assign(MANY, ["train"] * len(MANY), settings))
    assert counts["validation"] / 20_000 == pytest.approx(0.2, abs=0.0114)
    assert set(counts) == {"train", "validation"}
    assert set(assign(MANY, ["test"] * len(MANY), settings)) == {"test"}


def test_a_group_that_validates_by_role_of_train_also_validates_without_a_role() -> None:
    with_role, without = assign(MANY[:999], ["train"] * 999, SplitSettings()), hashed(MANY[:999])
    assert [s == "validation" for s in with_role] == [s == "validation" for s in without]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (SplitSettings(by="folds", folds=5, fold=5), "split.fold"),
        (SplitSettings(validation=0.6, test=0.6), "split.validation and split.test"),
    ],
)
def test_shares_and_folds_that_cannot_be_are_refused_by_their_key(settings: SplitSettings, key: str) -> None:
    with pytest.raises(SettingsError, match=f"^{key}: "):
        hashed(["a"], settings)
