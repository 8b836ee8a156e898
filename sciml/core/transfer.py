"""How the bytes of one file come over an unreliable line, or from a folder: resumed, never mixed."""

from __future__ import annotations

import fcntl
import http.client
import logging
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

from sciml.core.errors import Missing, ScimlError

Progress: TypeAlias = Callable[[int, int], None]

log = logging.getLogger(__name__)

BLOCK = 1 << 18
TIMEOUT_S = 60.0
ATTEMPTS = 5  # in a row without a single byte
PAUSE_S = 2.0
AGAIN = "run the same command again; what has arrived is kept"


def download(url: str, part: Path, size: int | None, progress: Progress) -> None:
    """Fill the file `part` from an address, going on where an earlier attempt stopped.

    Beside it lies `<part>.version`, the server's mark of the version that the bytes belong to. A server whose file
    has changed meanwhile is asked from the start (`If-Range`, RFC 9110, 13.1.5).
    """
    with _only_one(part):
        fruitless = 0
        while True:
            before = part.stat().st_size
            try:
                _receive(url, part, size, progress)
                _version(part).unlink(missing_ok=True)
                return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise _refused(url, error) from None
                trouble: Exception = error
            except (
                TimeoutError,
                ConnectionError,
                ssl.SSLError,
                http.client.HTTPException,
                urllib.error.URLError,
            ) as error:
                trouble = error
            fruitless = fruitless + 1 if part.stat().st_size <= before else 0
            if fruitless == ATTEMPTS:
                raise ScimlError(
                    url, f"the connection failed {ATTEMPTS} times ({_reason(trouble)})", AGAIN
                ) from trouble
            log.info("%s: %s; trying again", url, _reason(trouble))
            time.sleep(PAUSE_S * max(fruitless, 1))


def copy(source: Path, part: Path, progress: Progress) -> None:
    """Fill the file `part` from another file, the offline mirror's."""
    try:
        total = source.stat().st_size
        with source.open("rb") as reader, part.open("wb") as writer:
            _room(part, total)
            _pour(reader, writer, 0, total, progress)
    except FileNotFoundError:
        raise Missing(source, "is not in the mirror", "copy it there, or unset SCIML_MIRROR") from None


def _receive(url: str, part: Path, size: int | None, progress: Progress) -> None:
    """One attempt: ask for what is still missing and append it."""
    have, version = part.stat().st_size, _version(part)
    request = urllib.request.Request(url, headers={"User-Agent": "sciml", "Accept-Encoding": "identity"})
    if have and version.exists():
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", version.read_text(encoding="utf-8"))
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        version.unlink()  # the part does not fit the file any more: from the start
        _receive(url, part, size, progress)
        return
    with answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        have = have if resumed else 0
        if resumed and not (answer.headers["Content-Range"] or "").startswith(f"bytes {have}-"):
            raise ScimlError(url, "the server answered with another part than was asked for", "fetch it by hand")
        length = answer.headers["Content-Length"]
        total = have + int(length) if length else size or 0
        if size is not None and total > size:  # a smaller file is worth a look at what it is: that comes later
            raise ScimlError(url, f"the server offers {total:,} bytes and not {size:,}", "the file has changed there")
        _room(part, total - have)
        _remember(answer.headers.get("ETag"), answer.headers.get("Last-Modified"), version)
        with part.open("ab" if resumed else "wb") as writer:
            done = _pour(answer, writer, have, total, progress)
        if total and done < total:
            raise http.client.IncompleteRead(b"", total - done)


def _pour(reader: IO[bytes], writer: IO[bytes], done: int, total: int, progress: Progress) -> int:
    while block := reader.read(BLOCK):
        writer.write(block)
        done += len(block)
        if total:
            progress(done, total)
    return done


def _remember(etag: str | None, modified: str | None, version: Path) -> None:
    # a weak ETag may stand for files that differ in bytes, so it cannot glue two halves together
    mark = etag if etag and not etag.startswith("W/") else modified
    if mark:
        version.write_text(mark, encoding="utf-8")
    else:
        version.unlink(missing_ok=True)


def _version(part: Path) -> Path:
    return part.with_name(f"{part.name}.version")


def _room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise ScimlError(part.parent, f"{needed:,} bytes are needed and {free:,} are free", "choose another folder")


@contextmanager
def _only_one(part: Path) -> Iterator[None]:
    with part.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ScimlError(part, "another process is downloading this file", "wait for it") from None
        try:
            yield
        except BaseException:
            if not part.stat().st_size:  # nothing to go on with
                part.unlink()
            raise


def _refused(url: str, error: urllib.error.HTTPError) -> ScimlError:
    if error.code in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE):
        return Missing(url, f"the file is no longer there ({error.code})", "look for its new address")
    return ScimlError(
        url, f"the server refused it ({error.code} {error.reason})", "try again later, or fetch it by hand"
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", "") or error or type(error).__name__)
