"""Downloads that break, lie or change, against a real server on this machine."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sciml.core import transfer
from sciml.core.errors import BadInput, Missing, ScimlError
from sciml.core.fetch import FileState, fetch, here, in_words, verify
from sciml.core.sources import DataSet, SourceFile

CONTENT = b"\x1f\x8b" + bytes(range(256)) * 4096  # begins as gzip does, 1,048,578 bytes
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Site:
    """What the server answers, and what it was asked."""

    content: bytes = CONTENT
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)  # bytes after which each of the next answers breaks off
    status: list[int] = field(default_factory=list)  # statuses of the next answers
    length: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers["Range"]))
            if site.status:
                self.send_error(site.status.pop(0))
                return
            start = self._start()
            if start is not None and start >= len(site.content):
                self.send_error(416)
                return
            body = site.content[start or 0 :]
            self.send_response(200 if start is None else 206)
            if start is not None:
                self.send_header("Content-Range", f"bytes {start}-{len(site.content) - 1}/{len(site.content)}")
            for name, value in (("ETag", site.etag), ("Last-Modified", site.modified)):
                if value:
                    self.send_header(name, value)
            if site.length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: site.cuts.pop(0)] if site.cuts else body)

        def _start(self) -> int | None:
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
            same = self.headers["If-Range"] in (site.etag, site.modified)
            return int(wanted[1]) if wanted and site.ranges and same else None

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a client that goes away in the middle is part of these tests

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PAUSE_S", 0.0)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def data_set(site: Site, name: str = "reads.bam", size: int | None = None, sha256: str | None = None) -> DataSet:
    file = SourceFile(name=name, url=f"{site.url}/far/{name}", size=size, sha256=sha256)
    return DataSet(
        name="a-set",
        domain="variants",
        about="about",
        licence="CC0",
        licence_page="http://example.org",
        cite="nobody",
        files=(file,),
    )


def bring(wanted: DataSet, data: Path, mirror: str | None = None) -> FileState:
    return fetch(wanted, wanted.files[0], data, mirror, lambda done, total: None)


def leftovers(wanted: DataSet, data: Path) -> list[str]:
    folder = wanted.folder(data)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_arrives_whole_with_its_digest_beside_it(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, size=len(CONTENT), sha256=SHA256)
    state = bring(wanted, tmp_path)
    assert state.state == "ok"
    assert state.path == tmp_path / "variants" / "a-set" / "reads.bam"
    assert state.path.read_bytes() == CONTENT
    assert (state.path.parent / "reads.bam.sha256").read_text() == f"{SHA256}  reads.bam\n"
    assert leftovers(wanted, tmp_path) == ["reads.bam", "reads.bam.sha256"]


def test_progress_counts_bytes_up_to_the_size(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    calls: list[tuple[int, int]] = []
    fetch(wanted, wanted.files[0], tmp_path, None, lambda done, total: calls.append((done, total)))
    assert calls[-1] == (len(CONTENT), len(CONTENT))
    assert calls == sorted(calls)


def test_what_is_here_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    bring(wanted, tmp_path)
    bring(wanted, tmp_path)
    assert len(site.asked) == 1
    assert here(wanted, tmp_path) == 1


def test_a_broken_download_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    site.cuts = [300_000, 400_000]
    bring(data_set(site, sha256=SHA256), tmp_path)
    assert [asked[1] for asked in site.asked] == [None, "bytes=300000-", "bytes=700000-"]


def test_a_killed_download_is_resumed_by_the_next_command(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256=SHA256)

    def killed(done: int, total: int) -> None:
        if done > 500_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(wanted, wanted.files[0], tmp_path, None, killed)
    part = wanted.folder(tmp_path) / "reads.bam.part"
    assert 500_000 < part.stat().st_size < len(CONTENT)
    assert not (wanted.folder(tmp_path) / "reads.bam").exists()
    have = part.stat().st_size
    assert bring(wanted, tmp_path).path.read_bytes() == CONTENT
    assert site.asked[-1][1] == f"bytes={have}-"


def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    site.cuts = [300_000]
    site.status = []
    new = b"\x1f\x8b" + b"new" * 200_000

    def change(done: int, total: int) -> None:
        if site.content is CONTENT:
            site.content, site.etag = new, '"two"'

    state = fetch(wanted, wanted.files[0], tmp_path, None, change)
    assert state.path.read_bytes() == new


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_mark_of_the_version_nothing_is_glued(site: Site, tmp_path: Path, etag: str | None) -> None:
    site.etag, site.cuts = etag, [300_000]
    bring(data_set(site, sha256=SHA256), tmp_path)
    assert [asked[1] for asked in site.asked] == [None, None]


def test_the_date_of_the_file_will_do_as_its_version(site: Site, tmp_path: Path) -> None:
    site.etag, site.modified, site.cuts = None, "Sat, 01 Jan 2022 00:00:00 GMT", [300_000]
    bring(data_set(site, sha256=SHA256), tmp_path)
    assert site.asked[-1][1] == "bytes=300000-"


def test_a_server_without_ranges_sends_all_of_it_again(site: Site, tmp_path: Path) -> None:
    site.ranges, site.cuts = False, [300_000]
    assert bring(data_set(site), tmp_path).path.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_dropped(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256=SHA256)
    folder = wanted.folder(tmp_path)
    folder.mkdir(parents=True)
    (folder / "reads.bam.part").write_bytes(CONTENT + b"more")
    (folder / "reads.bam.part.version").write_text('"one"')
    assert bring(wanted, tmp_path).path.read_bytes() == CONTENT
    assert leftovers(wanted, tmp_path) == ["reads.bam", "reads.bam.sha256"]


def test_a_server_that_tells_no_length_is_believed(site: Site, tmp_path: Path) -> None:
    site.length = False
    assert bring(data_set(site, size=len(CONTENT), sha256=SHA256), tmp_path).state == "ok"


def test_a_passing_fault_of_the_server_is_waited_out(site: Site, tmp_path: Path) -> None:
    site.status = [503, 500]
    assert bring(data_set(site, sha256=SHA256), tmp_path).state == "ok"


def test_a_server_that_stays_down_is_given_up_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    site.status = [503] * 9
    wanted = data_set(site)
    with pytest.raises(ScimlError, match="the connection failed 5 times") as caught:
        bring(wanted, tmp_path)
    assert caught.value.exit_code == 1
    assert len(site.asked) == transfer.ATTEMPTS
    assert leftovers(wanted, tmp_path) == []


def test_a_line_that_always_breaks_keeps_what_has_arrived(site: Site, tmp_path: Path) -> None:
    site.cuts = [300_000, *[0] * 9]
    wanted = data_set(site)
    with pytest.raises(ScimlError, match="run the same command again; what has arrived is kept"):
        bring(wanted, tmp_path)
    assert (wanted.folder(tmp_path) / "reads.bam.part").stat().st_size == 300_000
    site.cuts = []
    assert bring(wanted, tmp_path).path.read_bytes() == CONTENT


def test_a_server_that_is_not_there_is_named(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    gone = wanted.model_copy(update={"files": (wanted.files[0].model_copy(update={"url": "http://127.0.0.1:9/x"}),)})
    with pytest.raises(ScimlError, match=r"127\.0\.0\.1:9/x: the connection failed"):
        bring(gone, tmp_path)


@pytest.mark.parametrize(("status", "kind"), [(404, Missing), (410, Missing), (403, ScimlError)])
def test_an_address_that_is_refused_is_not_tried_again(
    site: Site, tmp_path: Path, status: int, kind: type[ScimlError]
) -> None:
    site.status = [status]
    with pytest.raises(kind, match=str(status)):
        bring(data_set(site), tmp_path)
    assert len(site.asked) == 1


def test_a_page_instead_of_the_file_is_called_a_page(site: Site, tmp_path: Path) -> None:
    site.content = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
    wanted = data_set(site, size=len(CONTENT))
    with pytest.raises(BadInput) as caught:
        bring(wanted, tmp_path)
    line = str(caught.value)
    assert line.startswith("a-set, reads.bam: expected gzip data, found an HTML page of 55 bytes")
    assert f"fetch it by hand from {wanted.files[0].url}" in line
    assert f"put it at {tmp_path}/variants/a-set/reads.bam and run `sciml data verify a-set`" in line
    assert ".part" not in line
    assert "tmp-" not in line
    assert leftovers(wanted, tmp_path) == []


def test_a_page_instead_of_a_text_file_is_noticed_too(site: Site, tmp_path: Path) -> None:
    site.content = b"<html><body>moved</body></html>"
    with pytest.raises(BadInput, match="found an HTML page"):
        bring(data_set(site, name="regions.bed"), tmp_path)


def test_a_file_of_another_size_names_both_sizes(site: Site, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expected 2,000,000 bytes, found 1,048,578 bytes, gzip data"):
        bring(data_set(site, size=2_000_000), tmp_path)


def test_a_larger_file_is_refused_before_it_is_fetched(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, size=1000)
    with pytest.raises(ScimlError, match=r"the server offers 1,048,578 bytes and not 1,000"):
        bring(wanted, tmp_path)
    assert leftovers(wanted, tmp_path) == []


def test_a_file_of_another_digest_names_both_and_is_not_kept(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256="0" * 64)
    with pytest.raises(BadInput, match=f"expected sha256 {'0' * 64}, found sha256 {SHA256}"):
        bring(wanted, tmp_path)
    assert leftovers(wanted, tmp_path) == []


def test_an_empty_answer_is_called_empty(site: Site, tmp_path: Path) -> None:
    site.content = b""
    with pytest.raises(BadInput, match="found an empty file of 0 bytes"):
        bring(data_set(site, name="regions.bed"), tmp_path)


def test_two_processes_do_not_write_one_file(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    with pytest.raises(ScimlError, match="another process is downloading this file"):
        fetch(wanted, wanted.files[0], tmp_path, None, lambda done, total: bring(wanted, tmp_path) and None)


def test_a_file_larger_than_the_disk_is_not_begun(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 1000

    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda path: Full)
    with pytest.raises(ScimlError, match=r"1,048,578 bytes are needed and 1,000 are free"):
        bring(data_set(site), tmp_path)


def test_a_data_folder_serves_as_a_mirror(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256=SHA256)
    bring(wanted, tmp_path / "connected")
    site.asked.clear()
    state = bring(wanted, tmp_path / "offline", mirror=str(tmp_path / "connected"))
    assert state.path.read_bytes() == CONTENT
    assert site.asked == []


def test_an_address_serves_as_a_mirror(site: Site, tmp_path: Path) -> None:
    bring(data_set(site), tmp_path, mirror=f"{site.url}/mirror/")
    assert site.asked[0][0] == "/mirror/variants/a-set/reads.bam"


def test_a_file_that_the_mirror_lacks_is_named(site: Site, tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"none/variants/a-set/reads\.bam: is not in the mirror"):
        bring(data_set(site), tmp_path / "data", mirror=str(tmp_path / "none"))


def test_a_wrong_file_in_the_mirror_is_refused(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256="0" * 64)
    source = wanted.folder(tmp_path / "mirror")
    source.mkdir(parents=True)
    (source / "reads.bam").write_bytes(CONTENT)
    with pytest.raises(BadInput, match=f"found sha256 {SHA256}"):
        bring(wanted, tmp_path / "data", mirror=str(tmp_path / "mirror"))
    assert (source / "reads.bam").exists()


def test_a_file_put_there_by_hand_is_checked_and_never_removed(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site, sha256=SHA256)
    path = wanted.folder(tmp_path) / "reads.bam"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(BadInput):
        bring(wanted, tmp_path)
    assert path.read_bytes() == CONTENT[:-1]
    path.write_bytes(CONTENT)
    assert bring(wanted, tmp_path).state == "ok"
    assert site.asked == []


def test_a_set_without_the_publishers_digest_stays_unverified(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    assert bring(wanted, tmp_path).state == "unverified"
    state = verify(wanted, wanted.files[0], tmp_path)
    assert (state.state, state.detail) == (
        "unverified",
        f"as first downloaded (sha256 {SHA256}); the publisher states no digest",
    )


def test_verify_tells_right_from_changed_from_absent(site: Site, tmp_path: Path) -> None:
    for sha256 in (None, SHA256):
        wanted = data_set(site, sha256=sha256)
        data = tmp_path / str(sha256)
        assert verify(wanted, wanted.files[0], data).state == "missing"
        path = bring(wanted, data).path
        assert verify(wanted, wanted.files[0], data).state == ("ok" if sha256 else "unverified")
        path.write_bytes(CONTENT[:-1] + b"!")  # same size, one byte in the last block
        assert verify(wanted, wanted.files[0], data).state == "wrong"


def test_verify_without_any_digest_claims_nothing(site: Site, tmp_path: Path) -> None:
    wanted = data_set(site)
    path = wanted.folder(tmp_path) / "reads.bam"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert "neither the publisher nor a first download confirms it" in verify(wanted, wanted.files[0], tmp_path).detail


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (b"", "an empty file"),
        (b"  <!doctype HTML>", "an HTML page"),
        (b"<!-- hello -->\n<html>", "an HTML page"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey", "an XML message"),
        (b"\x1f\x8b\x08\x04", "gzip data"),
        (b'{"error": 1}', "JSON text"),
        (b"chr20\t1\t2\n", "plain text"),
        (b"BAI\x01\0\0", "binary data that begins with 42 41 49 01"),
    ],
)
def test_first_bytes_are_put_in_words(first: bytes, words: str) -> None:
    assert in_words(first) == words
