"""The import graph has no arrow against the layers."""

from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]


def test_imports_point_one_way(capsys) -> None:
    # the contracts are in pyproject.toml; the report of a broken one names the modules and lines
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out
