"""Which groups train, which validate and which test."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from sciml.core.contract import Role, Split
from sciml.core.errors import BadInput, SettingsError
from sciml.core.settings import SplitSettings

SPLITS: tuple[Split, ...] = get_args(Split)


def assign(
    groups: Sequence[str],
    roles: Sequence[Role | None],
    settings: SplitSettings,
    facts: Sequence[Mapping[str, Any]] = (),
    has_validation_role: bool = False,
) -> list[Split]:
    """The split of each group, in the order given.

    A role wins over everything. With one exception: where no input has the role `validation`
    (`has_validation_role` False), the groups of role `train` give up their hashed share `validation`.
    `facts`, one mapping a group, is what `by: column` looks into.
    """
    _check(settings)
    known = facts or [{}] * len(groups)
    return [
        _of_role(group, role, settings, has_validation_role) if role is not None else _of_group(group, fact, settings)
        for group, role, fact in zip(groups, roles, known, strict=True)
    ]


def position(group: str, salt: str) -> float:
    """Where a group lies in [0, 1): a function of its name alone, so new groups move no old one."""
    digest = hashlib.blake2b(f"{salt}\0{group}".encode(), digest_size=8).digest()
    # 53 bits: all that a float holds, so the quotient stays below one
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def _of_role(group: str, role: Role, settings: SplitSettings, has_validation_role: bool) -> Split:
    if role == "train" and not has_validation_role and _hashed(group, settings) == "validation":
        return "validation"
    return role


def _of_group(group: str, fact: Mapping[str, Any], settings: SplitSettings) -> Split:
    if settings.by == "hash":
        return _hashed(group, settings)
    if settings.by == "folds":
        return _folded(group, settings)
    named = fact.get(settings.column)
    for split in SPLITS:
        if named == split:
            return split
    found = "nothing" if named is None else repr(named)
    raise BadInput(
        f"split.column {settings.column}", f"says {found} for group {group!r}", f"must be one of {', '.join(SPLITS)}"
    )


def _hashed(group: str, settings: SplitSettings) -> Split:
    place = position(group, settings.salt)
    if place < settings.test:
        return "test"
    return "validation" if place < settings.test + settings.validation else "train"


def _folded(group: str, settings: SplitSettings) -> Split:
    fold = int(position(group, settings.salt) * settings.folds)
    if fold == settings.fold:
        return "test"
    return "validation" if fold == (settings.fold + 1) % settings.folds else "train"


def _check(settings: SplitSettings) -> None:
    if settings.by == "folds" and settings.fold >= settings.folds:
        raise SettingsError("split.fold", f"is {settings.fold}", f"must be below split.folds, {settings.folds}")
    if settings.validation + settings.test > 1:
        shares = f"{settings.validation} and {settings.test}"
        raise SettingsError("split.validation and split.test", f"are {shares}, more than all", "lower one of them")
