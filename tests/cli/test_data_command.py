"""`sciml data`: the licence first, and nothing fetched that was not asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sciml.core import sources
from sciml.core.sources import DataSet, SourceFile

CONTENT = b"\x1f\x8bcontent"


def one_set(name: str, restrictive: bool = False) -> DataSet:
    return DataSet(
        name=name,
        domain="variants",
        about=f"about {name}",
        licence=f"licence of {name}",
        licence_page="https://example.org/licence",
        restrictive=restrictive,
        cite="Somebody 2020",
        files=(
            SourceFile(name="a.vcf.gz", url="https://example.org/a.vcf.gz", size=len(CONTENT), sha256=None),
            SourceFile(name="a.bed", url="https://example.org/a.bed", size=None, sha256=None),
        ),
    )


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sets, one of them restrictive, in a folder that stands for the internet."""
    sets = (one_set("open"), one_set("closed", restrictive=True))
    monkeypatch.setattr(sources, "known_sets", lambda: sets)
    folder = tmp_path / "mirror"
    for known in sets:
        known.folder(folder).mkdir(parents=True)
        (known.folder(folder) / "a.vcf.gz").write_bytes(CONTENT)
        (known.folder(folder) / "a.bed").write_text("chr20\t1\t2\n")
    monkeypatch.setenv("SCIML_MIRROR", str(folder))
    monkeypatch.setenv("SCIML_DATA", str(tmp_path / "data"))
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_list_says_size_licence_and_what_is_here(sciml, mirror: Path) -> None:
    out = sciml("data", "list").out
    assert "0 of 2 files here" in out
    assert "licence: licence of closed" in out
    assert "not stated" in out


def test_list_as_json_has_a_schema_and_every_fact(sciml, mirror: Path, tmp_path: Path) -> None:
    found = json.loads(sciml("data", "list", "--json").out)
    assert found["schema"] == "sciml-data-list-1"
    assert found["folder"] == str(tmp_path / "data")
    assert [row["name"] for row in found["sets"]] == ["open", "closed"]
    assert found["sets"][0]["files"][0] == {
        "name": "a.vcf.gz",
        "url": "https://example.org/a.vcf.gz",
        "size": len(CONTENT),
        "sha256": None,
    }


def test_list_of_one_science_leaves_out_the_others(sciml, mirror: Path) -> None:
    assert json.loads(sciml("data", "list", "--json", "--domain", "nowcast").out)["sets"] == []


def test_fetch_brings_the_files_and_says_what_is_known_of_them(sciml, mirror: Path, tmp_path: Path) -> None:
    ended = sciml("data", "fetch", "open")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == ["unverified", "unverified"]
    assert "open: licence of open (https://example.org/licence); cite Somebody 2020" in ended.err.splitlines()[0]
    assert files(tmp_path / "data") == [
        f"variants/open/{name}" for name in ("a.bed", "a.bed.sha256", "a.vcf.gz", "a.vcf.gz.sha256")
    ]


def test_to_wins_over_the_variable(sciml, mirror: Path, tmp_path: Path) -> None:
    sciml("data", "fetch", "open", "--to", str(tmp_path / "there"), "--quiet")
    assert len(files(tmp_path / "there")) == 4
    assert not (tmp_path / "data").exists()


def test_a_dry_run_names_addresses_and_sizes_and_writes_nothing(sciml, mirror: Path, tmp_path: Path) -> None:
    ended = sciml("data", "fetch", "open", "--dry-run")
    first, second = ended.out.splitlines()
    assert first == f"{mirror}/variants/open/a.vcf.gz -> {tmp_path}/data/variants/open/a.vcf.gz (9 bytes)"
    assert second.endswith("(size not stated)")
    assert not (tmp_path / "data").exists()


def test_a_dry_run_without_a_mirror_names_the_publisher(sciml, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCIML_MIRROR")
    assert sciml("data", "fetch", "open", "--dry-run").out.startswith("https://example.org/a.vcf.gz -> ")


def test_a_restrictive_licence_must_be_accepted(sciml, mirror: Path, tmp_path: Path) -> None:
    ended = sciml("data", "fetch", "open", "closed")
    assert ended.code == 2
    last = ended.err.splitlines()[-1]
    assert last == "sciml: closed: its licence was not accepted; add --accept-licence closed"
    assert not (tmp_path / "data").exists()


def test_accepting_one_licence_does_not_accept_another(sciml, mirror: Path, tmp_path: Path) -> None:
    assert sciml("data", "fetch", "closed", "--accept-licence", "open").code == 2
    assert sciml("data", "fetch", "closed", "--accept-licence", "closed", "-q").code == 0
    assert len(files(tmp_path / "data")) == 4


def test_a_mistyped_set_is_refused_before_anything_is_fetched(sciml, mirror: Path, tmp_path: Path) -> None:
    ended = sciml("data", "fetch", "open", "clsed")
    assert ended.code == 2
    assert ended.error == "clsed: is not a data set that sciml knows; did you mean 'closed'? (known: closed, open)"
    assert not (tmp_path / "data").exists()


def test_verify_finds_what_changed_and_ends_with_3(sciml, mirror: Path, tmp_path: Path) -> None:
    sciml("data", "fetch", "open", "--quiet")
    assert sciml("data", "verify", "--quiet").code == 0
    (tmp_path / "data" / "variants" / "open" / "a.bed").write_text("chr20\t1\t3\n")
    ended = sciml("data", "verify", "--quiet")
    assert ended.code == 3
    assert [line.split()[0] for line in ended.out.splitlines()] == ["unverified", "wrong"]
    assert ended.error.endswith("1 file is wrong or missing; fetch the set again")


def test_verify_of_a_set_that_is_not_here_ends_with_3(sciml, mirror: Path) -> None:
    ended = sciml("data", "verify", "open", "--quiet")
    assert ended.code == 3
    assert "`sciml data fetch open` brings it" in ended.out


def test_without_any_variable_data_go_to_the_users_cache(
    sciml, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCIML_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert json.loads(sciml("data", "list", "--json").out)["folder"] == str(tmp_path / "cache" / "sciml")


def test_a_question_about_the_licence_is_asked_on_a_terminal(
    sciml: Callable, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    asked: list[str] = []

    def confirm(question: str, err: bool) -> bool:
        asked.append(question)
        return len(asked) > 1

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", confirm)
    assert sciml("data", "fetch", "closed", "--quiet").code == 2
    assert sciml("data", "fetch", "closed", "--quiet").code == 0
    assert asked == ["Do you accept the licence of closed?"] * 2
