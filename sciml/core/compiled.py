"""How a numerical loop is compiled: once, kept on disk, and without the interpreter's lock."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba

from sciml.core.closure import code_digest

Function = TypeVar("Function", bound=Callable[..., object])

PACKAGE = Path(__file__).parents[1]


def compiled(function: Function) -> Function:
    """Compile with numba; the type stays that of the Python function.

    The kept code is that of exactly these sources: numba alone renews it when the function's own file changes, but not
    when another file does whose functions are called, whose constants are used or whose record types are shared.
    """
    chosen = numba.config.CACHE_DIR
    try:
        numba.config.CACHE_DIR = _cache_folder(Path(inspect.getfile(function)).parent) or chosen
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return cast(Function, numba.njit(nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = chosen


def sources_digest(folder: Path, package: Path = PACKAGE) -> str:
    """Stands for all code of the package that the compiled modules in this folder of it can reach."""
    modules = [path for path in sorted(folder.glob("*.py")) if b"import compiled" in path.read_bytes()]
    names = [".".join(path.relative_to(package.parent).with_suffix("").parts) for path in modules]
    return code_digest(names, package)


@cache
def _cache_folder(folder: Path) -> str:
    """A folder in `__pycache__` for the present sources; empty where numba must choose: the user's cache."""
    if not folder.is_relative_to(PACKAGE):
        return ""
    kept = folder / "__pycache__" / f"numba-{sources_digest(folder)}"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(kept)
