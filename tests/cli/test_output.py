"""An output that cannot be written is refused before the work, not after it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sciml.cli.output import check_output
from sciml.core.errors import SettingsError

SUFFIXES = (".vcf", ".vcf.gz")


def test_a_new_file_in_a_folder_yet_to_be_made_is_fine(tmp_path: Path) -> None:
    check_output(tmp_path / "a" / "b" / "calls.vcf.gz", SUFFIXES, [])
    assert list(tmp_path.iterdir()) == []


def test_the_output_of_an_earlier_run_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "calls.vcf").write_text("old")
    check_output(tmp_path / "calls.vcf", SUFFIXES, [tmp_path / "reads.bam"])
    assert (tmp_path / "calls.vcf").read_text() == "old"


@pytest.mark.parametrize("name", ["calls.bcf", "calls", "calls.vcf.bgz", ".vcf", ".vcf.gz"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"end its name in \.vcf or \.vcf\.gz"):
        check_output(tmp_path / name, SUFFIXES, [])


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "calls.vcf").mkdir()
    with pytest.raises(SettingsError, match="is a folder"):
        check_output(tmp_path / "calls.vcf", SUFFIXES, [])


def test_an_input_is_not_overwritten_even_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "truth.vcf").touch()
    (tmp_path / "link.vcf").symlink_to("truth.vcf")
    with pytest.raises(SettingsError, match="is also an input"):
        check_output(tmp_path / "link.vcf", SUFFIXES, [tmp_path / "gone.bam", tmp_path / "truth.vcf"])


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="file is not a folder"):
        check_output(tmp_path / "file" / "calls.vcf", SUFFIXES, [])


def test_a_folder_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # root may write everywhere, so the answer of the system is played
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(SettingsError, match=f"no permission to write in {tmp_path}"):
        check_output(tmp_path / "new" / "calls.vcf", SUFFIXES, [])


def test_a_name_that_no_file_system_takes_is_refused(tmp_path: Path) -> None:
    check_output(tmp_path / ("a" * 156 + ".vcf"), SUFFIXES, [])
    with pytest.raises(SettingsError, match="a name of more than 160 bytes"):
        check_output(tmp_path / ("é" * 80 + ".vcf"), SUFFIXES, [])
