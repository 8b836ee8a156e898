"""What of this machine sciml would use, and in which state it is."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from sciml.core.errors import ScimlError
from sciml.core.versions import versions

State: TypeAlias = Literal["ok", "missing", "broken"]

# distributions whose module has another name
MODULES = {
    "pytorch-lightning": "pytorch_lightning",
    "pillow": "PIL",
    "biopython": "Bio",
    "scikit-learn": "sklearn",
}
# libraries that sciml can do without
WITHOUT = {"pysteps": "no rows of STEPS and S-PROG in the score table; pip install 'sciml[pysteps]' compiles it"}
PATIENCE_S = 20


@dataclass(frozen=True)
class Check:
    """One line of the check-up; `remedy` says what a gap disables and how to close it."""

    name: str
    state: State
    detail: str
    remedy: str = ""
    required: bool = False


class Program(NamedTuple):
    """A program that sciml can do without: its names, how it tells its version, what it is good for."""

    names: tuple[str, ...]
    version: tuple[str, ...]
    without: str


PROGRAMS = {
    "bcftools": Program(
        ("bcftools",), ("--version",), "no cross-check of the baseline that pysam carries; apt install bcftools"
    ),
    "samtools": Program(("samtools",), ("--version",), "nothing: pysam does its work; apt install samtools"),
    "freebayes": Program(("freebayes",), ("--version",), "no freebayes row in the score table; apt install freebayes"),
    "chromium": Program(
        ("chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"),
        ("--version",),
        "the tests of the pages are left out; apt install chromium",
    ),
    "rtg": Program(("rtg",), ("version",), "no cross-check of the scores by vcfeval; install RTG Tools"),
    "hap.py": Program(("hap.py",), ("--version",), "no cross-check of the scores by hap.py; install Illumina's hap.py"),
}


def checkup() -> list[Check]:
    """Everything, in a fixed order. Libraries are really imported, so this takes seconds."""
    return [*_libraries(), _gpu(), *_machine(), *_programs(), *_models()]


def _libraries() -> Iterator[Check]:
    for name, version in versions().items():
        required = name not in WITHOUT
        if version == "not installed":
            remedy = f"run `pip install {name}`" if required else f"without it: {WITHOUT[name]}"
            yield Check(name, "missing", version, remedy, required)
            continue
        problem = _import_problem(name)
        remedy = f"run `pip install --force-reinstall {name}`" if problem else ""
        yield Check(name, "broken" if problem else "ok", problem or version, remedy, required)


def _import_problem(name: str) -> str:
    if name in ("python", "sciml"):
        return ""
    try:
        with redirect_stdout(StringIO()):  # some greet whoever imports them
            import_module(MODULES.get(name, name))
    except Exception as error:  # a library can fail to load in any way; that is the finding
        return " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return ""


def _gpu() -> Check:
    try:
        import torch
    except Exception:  # said above, with its reason
        return Check("GPU", "missing", "not known without torch")
    if torch.cuda.is_available():
        names = ", ".join(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count()))
        return Check("GPU", "ok", f"{names} (CUDA {torch.version.cuda})")
    if torch.backends.mps.is_available():
        return Check("GPU", "ok", "Apple (MPS)")
    built = "torch is built for CPU only" if torch.version.cuda is None else "no device or no driver"
    return Check("GPU", "missing", f"none ({built})", "training runs on the CPU, which suits the small presets")


def _machine() -> Iterator[Check]:
    yield Check("cores", "ok", f"{_cores()} usable of {os.cpu_count()}, {platform.machine()}")
    yield Check("memory", "ok", f"{_memory_bytes() / 1e9:.1f} GB")
    for label, folder in (("disk here", Path.cwd()), ("disk for data", _existing(os.environ.get("SCIML_DATA")))):
        free = shutil.disk_usage(folder).free
        low = free < 2e9
        remedy = "the demo needs about 2 GB" if low else ""
        yield Check(label, "missing" if low else "ok", f"{free / 1e9:.1f} GB free in {folder}", remedy)


def _cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:  # control group, version 2: "quota period" in microseconds, or "max period"
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, int(quota) // int(period)))


def _memory_bytes() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def _existing(folder: str | None) -> Path:
    path = Path(folder) if folder else Path.home()
    while not path.exists():
        path = path.parent
    return path


def _programs() -> Iterator[Check]:
    for name, program in PROGRAMS.items():
        found = next(filter(None, map(shutil.which, program.names)), None)
        if found is None:
            yield Check(name, "missing", "not on the PATH", f"without it: {program.without}")
            continue
        try:
            asked = subprocess.run(
                [found, *program.version], capture_output=True, encoding="utf-8", errors="replace", timeout=PATIENCE_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            yield Check(name, "broken", f"{found}: {error}", "install it again")
            continue
        line = next(iter((asked.stdout or asked.stderr).strip().splitlines()), "says no version")
        if asked.returncode:
            yield Check(name, "broken", f"{found} ends with status {asked.returncode}: {line}", "install it again")
        else:
            yield Check(name, "ok", f"{line} ({found})")


def _models() -> Iterator[Check]:
    from sciml.cli.models import shipped
    from sciml.core.weights import verify

    for folder in shipped():
        try:
            record = verify(folder)
        except ScimlError as error:
            yield Check(f"model {folder.name}", "broken", str(error), required=True)
        else:
            yield Check(f"model {folder.name}", "ok", f"sha256 {record.weights_sha256[:16]} as recorded")
