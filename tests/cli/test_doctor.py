"""`sciml doctor`: each gap is named with what it disables, and only real gaps fail."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from sciml.cli import checkup
from sciml.cli.checkup import Check, Program
from sciml.core.errors import BadInput


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH that holds only what the test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(
        checkup, "PROGRAMS", {"tool": Program(("tool", "tool2"), ("--version",), "no tool row; apt install tool")}
    )
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_program_that_is_not_there_says_what_that_disables(bin_folder: Path) -> None:
    assert list(checkup._programs()) == [
        Check("tool", "missing", "not on the PATH", "without it: no tool row; apt install tool")
    ]


def test_a_program_tells_its_version_on_either_stream(bin_folder: Path) -> None:
    program(bin_folder, "tool2", "echo tool 1.2 >&2; printf '\\253'")
    (found,) = checkup._programs()
    assert (found.state, found.name) == ("ok", "tool")
    program(bin_folder, "tool", "echo tool 1.3; echo more")
    (found,) = checkup._programs()
    assert found.detail == f"tool 1.3 ({bin_folder}/tool)"


def test_a_program_that_fails_is_broken(bin_folder: Path) -> None:
    program(bin_folder, "tool", "echo libz.so is gone >&2; exit 127")
    (found,) = checkup._programs()
    assert (found.state, found.detail) == ("broken", f"{bin_folder}/tool ends with status 127: libz.so is gone")


def test_a_program_that_hangs_is_broken(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "PATIENCE_S", 0.1)
    program(bin_folder, "tool", "exec /bin/sleep 5")
    (found,) = checkup._programs()
    assert found.state == "broken"


def test_libraries_are_ok_missing_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "versions", lambda: {"python": "3", "json": "1", "a-b": "not installed", "c": "2"})
    problems = {"python": "", "json": "", "c": "ImportError: libc.so"}
    monkeypatch.setattr(checkup, "_import_problem", problems.__getitem__)
    found = list(checkup._libraries())
    assert [check.state for check in found] == ["ok", "ok", "missing", "broken"]
    assert found[2].remedy == "run `pip install a-b`"
    assert found[3].detail == "ImportError: libc.so"


def test_a_library_that_sciml_can_do_without_says_what_its_lack_disables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "versions", lambda: {"pysteps": "not installed"})
    (found,) = checkup._libraries()
    assert (found.state, found.required) == ("missing", False)
    assert found.remedy.startswith("without it: no rows of STEPS")


def test_a_library_that_greets_whoever_imports_it_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a_library_that_greets.py").write_text("print('hello')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert checkup._import_problem("a_library_that_greets") == ""
    assert capsys.readouterr().out == ""


def test_an_import_that_fails_in_any_way_is_a_finding() -> None:
    assert checkup._import_problem("json") == ""
    assert checkup._import_problem("no_such_module").startswith("ModuleNotFoundError: ")


def test_a_shipped_model_with_the_wrong_digest_is_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def verify(folder: Path) -> None:
        raise BadInput(folder, "does not have the digest")

    monkeypatch.setattr("sciml.cli.models.shipped", lambda: iter([tmp_path / "m"]))
    monkeypatch.setattr("sciml.core.weights.verify", verify)
    assert list(checkup._models()) == [
        Check("model m", "broken", f"{tmp_path}/m: does not have the digest", required=True)
    ]


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ([Check("numpy", "ok", "2", required=True), Check("rtg", "missing", "not on the PATH", "no rtg")], 0),
        ([Check("numpy", "missing", "not installed", "run `pip install numpy`", required=True)], 4),
        ([Check("model m", "broken", "wrong digest", required=True)], 4),
    ],
)
def test_only_what_is_required_fails_the_doctor(
    sciml, monkeypatch: pytest.MonkeyPatch, checks: list[Check], code: int
) -> None:
    monkeypatch.setattr(checkup, "checkup", lambda: checks)
    ended = sciml("doctor")
    assert ended.code == code
    assert len(ended.out.splitlines()) == len(checks)
    found = json.loads(sciml("doctor", "--json").out)
    assert found["schema"] == "sciml-doctor-1"
    assert [check["state"] for check in found["checks"]] == [check.state for check in checks]


def test_cores_memory_and_disk_of_this_machine_are_told() -> None:
    found = {check.name: check for check in checkup._machine()}
    assert int(found["cores"].detail.split()[0]) >= 1
    assert float(found["memory"].detail.split()[0]) > 0
    assert "GB free in" in found["disk here"].detail


@pytest.mark.slow
def test_this_machine_has_what_sciml_cannot_do_without(sciml) -> None:
    ended = sciml("doctor")
    assert ended.code == 0
    assert "broken" not in ended.out
