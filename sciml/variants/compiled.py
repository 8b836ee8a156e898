"""How a numerical loop is compiled: once, kept on disk, and without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile with numba; the type stays that of the Python function."""
    return cast(Function, numba.njit(cache=True, nogil=True)(function))
