"""A digest changes when the file does, within what it promises."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sciml.core.digests import EDGE, WHOLE_UP_TO, file_digest, file_record, sha256
from sciml.core.errors import BadInput


def sparse(path: Path, size: int, *marks: tuple[int, bytes]) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
        for offset, content in marks:
            file.seek(offset)
            file.write(content)
    return path


def test_a_small_file_has_the_sha256_that_sha256sum_prints(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(path) == f"sha256:{expected}"
    assert sha256(path) == expected


def test_an_empty_file_has_the_digest_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert file_digest(path) == "sha256:" + hashlib.sha256().hexdigest()


def test_the_last_size_that_is_read_whole_notices_a_change_in_the_middle(tmp_path: Path) -> None:
    path = sparse(tmp_path / "reads.bam", WHOLE_UP_TO)
    before = file_digest(path)
    assert before.startswith("sha256:")
    sparse(path, WHOLE_UP_TO, (WHOLE_UP_TO // 2, b"x"))
    assert file_digest(path) != before


def test_a_large_file_is_known_by_its_size_and_edges(tmp_path: Path) -> None:
    size = WHOLE_UP_TO + 1
    path = sparse(tmp_path / "reads.bam", size, (0, b"first"), (size - 4, b"last"))
    first, last = b"first".ljust(EDGE, b"\0"), b"last".rjust(EDGE, b"\0")
    expected = hashlib.sha256(str(size).encode() + b"\n" + first + last).hexdigest()
    assert file_digest(path) == f"sha256-edges:{expected}"


@pytest.mark.parametrize("offset", [0, EDGE - 1, WHOLE_UP_TO + 1 - EDGE, WHOLE_UP_TO])
def test_a_change_at_an_edge_of_a_large_file_is_noticed(tmp_path: Path, offset: int) -> None:
    size = WHOLE_UP_TO + 1
    plain = file_digest(sparse(tmp_path / "plain", size))
    assert file_digest(sparse(tmp_path / "marked", size, (offset, b"x"))) != plain


def test_a_large_file_cut_short_is_noticed(tmp_path: Path) -> None:
    longer = file_digest(sparse(tmp_path / "longer", WHOLE_UP_TO + 2))
    assert file_digest(sparse(tmp_path / "shorter", WHOLE_UP_TO + 1)) != longer


def test_the_record_holds_path_size_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    record = file_record(path)
    assert (record.path, record.size, record.digest) == (str(path), 3, file_digest(path))


def test_a_file_that_is_not_there_is_bad_input_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.bam: cannot be read \(no such file or directory\)"):
        file_record(tmp_path / "gone.bam")


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = sparse(tmp_path / "file", 3 * EDGE + 7)
    calls: list[tuple[int, int]] = []
    sha256(path, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (3 * EDGE + 7, 3 * EDGE + 7)
    assert calls == sorted(calls)
