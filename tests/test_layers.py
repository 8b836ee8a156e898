"""The import graph has no arrow against the layers."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]


@pytest.fixture
def loggers() -> Iterator[None]:
    """The linter sets up logging for itself, and silences the loggers that it finds."""
    before = [(each, each.disabled) for each in logging.root.manager.loggerDict.values() if hasattr(each, "disabled")]
    yield
    for each, disabled in before:
        each.disabled = disabled


def test_imports_point_one_way(capsys, loggers: None) -> None:
    # the contracts are in pyproject.toml; the report of a broken one names the modules and lines
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_core_names_no_science() -> None:
    # `if domain == "nowcast"` and its like: what one science alone needs belongs in it
    sciences = {"lenses", "nowcast", "proteins", "scans", "variants"}
    for path in (ROOT / "sciml" / "core").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in texts]
        named = [node.lineno for node in said if isinstance(node.value, str) and node.value in sciences]
        assert named == [], f"{path.name}: {named}"
