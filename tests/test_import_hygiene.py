"""What scientists expect of an import and of a command's start: fast, silent, and without side effects."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SCIML = str(Path(sys.executable).with_name("sciml"))
HEAVY = ("torch", "pytorch_lightning", "xarray", "zarr", "dask", "pandas", "numpy", "numba", "pysam", "rich", "pooch")
IMPORT_CPU_S, HELP_CPU_S = 0.10, 0.25


def python(code: str) -> str:
    """What the code prints in a process of its own; a warning or anything on stderr fails."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def cpu_s(*command: str) -> float:
    """CPU seconds of a command, the best of three: wall time says more of the neighbours than of the command."""
    best = float("inf")
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def test_importing_sciml_is_fast() -> None:
    assert cpu_s(sys.executable, "-c", "import sciml") <= IMPORT_CPU_S


@pytest.mark.parametrize(
    "words", ["--help", "--version", "variants call --help", "stage --help", "stage predict --help", "data list --help"]
)
def test_the_command_starts_fast(words: str) -> None:
    assert cpu_s(SCIML, *words.split()) <= HELP_CPU_S


def test_completion_starts_fast() -> None:
    environ = {**os.environ, "_SCIML_COMPLETE": "complete_bash", "COMP_WORDS": "sciml va", "COMP_CWORD": "1"}
    environ["_TYPER_COMPLETE_ARGS"] = "sciml va"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([SCIML], env=environ, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.split() == ["variants"]
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= HELP_CPU_S


def test_importing_sciml_prints_nothing_and_loads_nothing_heavy() -> None:
    assert python("import sciml") == ""
    loaded = json.loads(python("import sciml, sys, json; print(json.dumps(list(sys.modules)))"))
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize("module", ["sciml.cli", "sciml.cli.app", "sciml.cli.stage", "sciml.registry"])
def test_no_part_of_the_command_loads_anything_heavy_before_it_is_needed(module: str) -> None:
    loaded = json.loads(python(f"import {module}, sys, json; print(json.dumps(list(sys.modules)))"))
    assert not set(HEAVY) & set(loaded)


def test_the_workflows_entry_does_not_load_typer() -> None:
    code = "import sys; from sciml.cli import stage; stage._parser(); print('typer' in sys.modules)"
    assert python(code).strip() == "False"


@pytest.mark.parametrize("domain", ["lenses", "nowcast", "proteins", "scans", "variants"])
def test_a_science_is_reached_by_attribute_and_not_loaded_before(domain: str) -> None:
    code = (
        "import sciml, sys\n"
        f"assert 'sciml.{domain}' not in sys.modules and '{domain}' in dir(sciml)\n"
        f"print(sciml.{domain}.__name__, 'torch' in sys.modules)"
    )
    assert python(code).split() == [f"sciml.{domain}", "False"]


def test_what_sciml_does_not_have_is_an_attribute_error() -> None:
    code = "import sciml\ntry: sciml.varants\nexcept AttributeError as error: print(error)"
    assert python(code).strip() == "module 'sciml' has no attribute 'varants'"


def test_importing_sciml_changes_no_global_state() -> None:
    code = """
import logging, os, signal, sys, threading, warnings
def state():
    return (dict(os.environ), logging.getLogger().handlers[:], logging.getLogger().level, warnings.filters[:],
            signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT), threading.active_count(), sys.path[:],
            warnings.showwarning, sys.excepthook, os.getcwd())
before = state()
import sciml, sciml.registry, sciml.cli, sciml.cli.app, sciml.cli.stage
print(before == state())
"""
    assert python(code).strip() == "True"


def test_importing_sciml_writes_no_file(tmp_path: Path) -> None:
    environ = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", "import sciml"], cwd=tmp_path, env=environ, check=True)
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_logs_stays_silent_until_the_user_asks() -> None:
    assert python("import sciml, logging; logging.getLogger('sciml.core.any').warning('x')") == ""


def test_versions_are_shown_for_sciml_and_python() -> None:
    lines = dict(line.split(maxsplit=1) for line in python("import sciml; sciml.show_versions()").splitlines())
    assert lines["python"] == ".".join(map(str, sys.version_info[:3]))
    assert lines["sciml"] == python("import sciml; print(sciml.__version__)").strip()


def test_everything_that_all_names_is_there() -> None:
    assert python("import sciml; print(all(hasattr(sciml, name) for name in sciml.__all__))").strip() == "True"
