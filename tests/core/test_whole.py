"""Outputs that appear whole or not at all."""

import errno
import os
import time
from pathlib import Path

import pytest

from sciml.core.errors import ScimlError
from sciml.core.whole import whole_file, whole_folder


def test_a_failed_block_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "calls.vcf"
    out.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(out) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "model"
    for name in ("first", "second"):
        with whole_folder(out) as folder:
            (folder / name).touch()
    assert [path.name for path in out.iterdir()] == ["second"]
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ScimlError, match="no space left"), whole_file(tmp_path / "big"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_stale_temporaries_of_a_killed_run_are_cleared_and_young_ones_kept(tmp_path: Path) -> None:
    old, young = tmp_path / "part.tmp-host-1-aa", tmp_path / "part.tmp-host-2-bb"
    old.mkdir()
    young.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    with whole_folder(tmp_path / "part"):
        pass
    assert not old.exists()
    assert young.exists()
