"""Whether an output can be written, asked before the work and not after it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sciml.core.errors import SettingsError

# file systems take 255, and what is not yet whole has a longer name
LONGEST_NAME = 160


def check_output(out: Path, suffixes: Sequence[str], inputs: Iterable[Path]) -> None:
    """Refuse an output that has the wrong suffix, cannot be written, or would destroy an input.

    An output of an earlier run is replaced, as bcftools and DeepVariant do it; whole, at the very end.
    """
    if not out.name.endswith(tuple(suffixes)) or out.name in suffixes:
        raise SettingsError(out, "the output has another suffix", f"end its name in {' or '.join(suffixes)}")
    if out.is_dir():
        raise SettingsError(out, "is a folder", "name a file in it")
    for path in inputs:
        if out.exists() and path.exists() and out.samefile(path):
            raise SettingsError(out, "is also an input and would be overwritten", "choose another output")
    check_place(out)


def check_place(out: Path) -> None:
    """Refuse a file or folder that cannot be made where it is wanted."""
    if len(os.fsencode(out.name)) > LONGEST_NAME:
        raise SettingsError(out, f"has a name of more than {LONGEST_NAME} bytes", "choose a shorter one")
    folder = out.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise SettingsError(out, f"cannot be written: {folder} is not a folder", "choose another output")
    # not the file but its folder: a new file takes the old one's place
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(out, f"cannot be written: no permission to write in {folder}", "choose another output")
