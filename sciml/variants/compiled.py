"""How a numerical loop is compiled: once, kept on disk, and without the interpreter's lock."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile with numba; the type stays that of the Python function.

    The kept code is that of exactly these compiled modules: numba alone renews it when the function's own file
    changes, but not when another file does whose functions are called or whose record types are shared.
    """
    chosen = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = _cache_folder(Path(inspect.getfile(function)).parent)
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return cast(Function, numba.njit(nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = chosen


@cache
def _cache_folder(package: Path) -> str:
    """A folder in `__pycache__` for the present sources of a package's compiled modules."""
    digest = hashlib.sha256()
    for source in sorted(package.glob("*.py")):
        content = source.read_bytes()
        if b"import compiled" in content:
            digest.update(content)
    folder = package / "__pycache__" / f"numba-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""  # numba's own choice: the user's cache
    return str(folder)
