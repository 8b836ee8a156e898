"""Compiled loops work where nothing can be kept on disk, and what is kept is never that of older sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from sciml.core.compiled import compiled, sources_digest


def test_a_function_without_a_place_for_its_cache_still_compiles() -> None:
    scope: dict[str, object] = {}
    exec("def doubled(number):\n    return 2 * number\n", scope)  # noqa: S102  # no file, so numba finds no cache
    doubled = compiled(scope["doubled"])  # type: ignore[arg-type]
    assert doubled(21) == 42  # type: ignore[operator]
    assert doubled.py_func(4) == 8  # type: ignore[union-attr]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A science whose compiled loop calls one of core and uses a constant of a module without loops."""
    written = {
        "core/compiled.py": "def compiled(function): return function\n",
        "core/sums.py": "from pack.core.compiled import compiled\n@compiled\ndef total(x): return x.sum()\n",
        "core/paths.py": "HERE = 1\n",
        "rain/loops.py": "from pack.core.compiled import compiled\nfrom pack.core.sums import total\n"
        "from pack.rain.scale import STEPS\n@compiled\ndef mean(x): return total(x) / STEPS\n",
        "rain/scale.py": "STEPS = 9\n",
        "rain/pages.py": "TITLE = 'Rain'\n",
        "stars/loops.py": "from pack.core.compiled import compiled\n@compiled\ndef flux(x): return x\n",
    }
    for name, text in written.items():
        path = tmp_path / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "pack"


@pytest.mark.parametrize("name", ["rain/loops.py", "rain/scale.py", "core/sums.py"])
def test_an_edit_of_what_a_loop_reaches_in_any_package_is_another_cache(package: Path, name: str) -> None:
    before = sources_digest(package / "rain", package)
    (package / name).write_text((package / name).read_text() + "MORE = 2\n")
    assert sources_digest(package / "rain", package) != before


@pytest.mark.parametrize("name", ["rain/pages.py", "core/paths.py", "stars/loops.py"])
def test_an_edit_of_what_no_loop_reaches_keeps_the_cache(package: Path, name: str) -> None:
    before = sources_digest(package / "rain", package)
    (package / name).write_text((package / name).read_text() + "MORE = 2\n")
    assert sources_digest(package / "rain", package) == before
