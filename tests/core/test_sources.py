"""The table of public data sets can be trusted as far as it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sciml.core.errors import SettingsError
from sciml.core.sources import find_set, known_sets

ENTRY = """
sets:
  - name: {name}
    domain: variants
    about: about
    licence: CC0
    licence_page: https://example.org
    cite: nobody
    files: [{{name: {file}, url: "{url}", size: {size}, sha256: {sha256}}}]
"""
GOOD = {"name": "a", "file": "a.bam", "url": "https://example.org/a", "size": "null", "sha256": "null"}


def table(tmp_path: Path, **changed: str) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(ENTRY.format(**{**GOOD, **changed}))
    return path


def test_names_of_sets_and_of_their_files_are_their_own() -> None:
    names = [known.name for known in known_sets()]
    assert len(set(names)) == len(names) > 0
    for known in known_sets():
        files = [file.name for file in known.files]
        assert len(set(files)) == len(files)


def test_every_set_states_licence_and_citation_and_comes_over_https() -> None:
    for known in known_sets():
        assert known.licence.strip()
        assert "doi:" in known.cite
        assert all(file.url.startswith("https://") and file.url.endswith(file.name) for file in known.files)


def test_alignments_and_truths_come_with_their_index() -> None:
    for known in known_sets():
        names = {file.name for file in known.files}
        assert {f"{name}.tbi" for name in names if name.endswith(".vcf.gz")} <= names
        assert {f"{name}.bai" for name in names if name.endswith(".bam")} <= names


def test_a_set_is_found_by_name_and_a_mistyped_one_suggested() -> None:
    first = known_sets()[0]
    assert find_set(first.name, known_sets()) == first
    with pytest.raises(SettingsError, match="did you mean 'grch38-no-alt'"):
        find_set("grch38-noalt", known_sets())


def test_a_good_table_is_read(tmp_path: Path) -> None:
    assert known_sets(table(tmp_path))[0].folder(tmp_path) == tmp_path / "variants" / "a"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "../a"},
        {"file": "../a.bam"},
        {"file": ".hidden"},
        {"url": "file:///etc/passwd"},
        {"size": "0"},
        {"sha256": "abc"},
        {"sha256": f"'{'A' * 64}'"},
    ],
    ids=str,
)
def test_a_table_that_could_do_harm_or_mislead_is_refused(tmp_path: Path, changed: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"sources\.yaml:\d+: sets\.0"):
        known_sets(table(tmp_path, **changed))
