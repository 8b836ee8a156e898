"""Compiled loops work where nothing can be kept on disk."""

from __future__ import annotations

from sciml.variants.compiled import compiled


def test_a_function_without_a_place_for_its_cache_still_compiles() -> None:
    scope: dict[str, object] = {}
    exec("def doubled(number):\n    return 2 * number\n", scope)  # noqa: S102  # no file, so numba finds no cache
    doubled = compiled(scope["doubled"])  # type: ignore[arg-type]
    assert doubled(21) == 42  # type: ignore[operator]
    assert doubled.py_func(4) == 8  # type: ignore[union-attr]
