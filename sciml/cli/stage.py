"""One stage of the chain for one science, as the workflow's jobs run it: `sciml stage prepare variants ...`.

Written with argparse and few imports, because every job starts here.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from sciml.core.errors import SettingsError
from sciml.core.run_settings import NAME
from sciml.core.suggest import did_you_mean
from sciml.registry import DOMAINS, Rooms

if TYPE_CHECKING:
    from sciml.core.settings import DomainSettings


class Part(NamedTuple):
    """Part `number` of `of`, written `1-of-2`."""

    number: int
    of: int


class Stage(NamedTuple):
    """What a stage does, the options it takes, and how it is called with them."""

    about: str
    options: tuple[str, ...]
    call: Callable[[Any, argparse.Namespace], None]


def main(argv: Sequence[str]) -> int:
    """Run `sciml stage` with these words."""
    arguments = _parser().parse_args(argv)
    from sciml.core import stages

    STAGES[arguments.stage].call(stages, arguments)
    return 0


STAGES: dict[str, Stage] = {
    "simulate": Stage(
        "invent data whose truth is known, in the field's own files",
        ("config", "out", "threads"),
        lambda stages, a: stages.simulate(_rooms(a), _settings(a), a.out, a.threads),
    ),
    "ingest": Stage(
        "check the input files and list what there is",
        ("config", "source", "out"),
        lambda stages, a: stages.ingest(_rooms(a), _settings(a), a.source, a.out),
    ),
    "prepare": Stage(
        "cut the samples of one part",
        ("config", "raw", "part", "out"),
        lambda stages, a: stages.prepare(_rooms(a), _settings(a), a.raw, a.part.number, a.part.of, a.out),
    ),
    "gather": Stage(
        "describe all parts as one data set",
        ("config", "parts", "out"),
        lambda stages, a: stages.gather(_rooms(a), _settings(a), a.parts, a.out),
    ),
    "preview": Stage(
        "draw a page of the data",
        ("config", "raw", "dataset", "out", "run"),
        lambda stages, a: stages.preview(
            _rooms(a), _settings(a), a.raw, a.dataset, a.out, _run(a), _origins(a), _overlay(a)
        ),
    ),
    "train": Stage(
        "train a network",
        ("config", "dataset", "out", "checkpoint", "threads"),
        lambda stages, a: stages.train(_rooms(a), _settings(a), a.dataset, a.out, a.checkpoint, a.threads),
    ),
    "predict": Stage(
        "answer one part of the test cases by one method",
        ("config", "raw", "method", "model", "part", "out", "threads"),
        lambda stages, a: stages.predict(
            _rooms(a), _settings(a), a.raw, a.method, a.model, a.part.number, a.part.of, a.out, a.threads
        ),
    ),
    "collect": Stage(
        "put the answers of one method to all cases together",
        ("config", "raw", "predictions", "out"),
        lambda stages, a: stages.collect(_rooms(a), _settings(a), a.raw, a.predictions, a.out),
    ),
    "evaluate": Stage(
        "score every method on the same cases",
        ("config", "raw", "predictions", "out", "cost"),
        lambda stages, a: stages.evaluate(_rooms(a), _settings(a), a.raw, a.predictions, a.out, a.cost),
    ),
    "report": Stage(
        "write the page of one science",
        ("config", "raw", "dataset if any", "model", "scores", "cost", "out", "run"),
        lambda stages, a: stages.report(
            _rooms(a),
            _settings(a),
            a.raw,
            a.dataset,
            a.model,
            a.scores,
            a.cost,
            a.out,
            _run(a),
            _origins(a),
            _overlay(a),
        ),
    ),
    "index": Stage(
        "write the front page of a run from whatever there is",
        ("name", "results", "domains", "out", "overlay"),
        lambda stages, a: stages.index(a.run, a.results, a.domains, a.out, a.overlay),
    ),
}


def part(text: str) -> Part:
    """Read `k-of-n`."""
    match = re.fullmatch(r"([1-9]\d{0,5})-of-([1-9]\d{0,5})", text)
    if not match or int(match[1]) > int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part such as 1-of-2")
    return Part(int(match[1]), int(match[2]))


def threads(text: str) -> int:
    """Read a number of threads."""
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads")
    return int(text)


def run_name(text: str) -> str:
    """Read the name of a run: a plain word, for it names a folder."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name of letters, digits, '.', '_' and '-'")
    return text


def names(text: str) -> list[str]:
    """Read `a,b`: sciences that sciml has."""
    for name in text.split(","):
        if name not in DOMAINS:
            raise argparse.ArgumentTypeError(f"{name!r} is not a science that sciml has; {did_you_mean(name, DOMAINS)}")
    return text.split(",")


OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "config": ("--config", {"type": Path, "nargs": "+", "metavar": "YAML", "help": "settings files, the last wins"}),
    "source": ("--source", {"type": Path, "metavar": "DIR", "required": False, "help": "simulated files to read"}),
    "raw": ("--raw", {"type": Path, "metavar": "DIR", "help": "folder that ingest wrote"}),
    "part": ("--part", {"type": part, "metavar": "K-of-N", "help": "which part of the cases"}),
    "parts": ("--parts", {"type": Path, "nargs": "+", "metavar": "ZARR", "help": "part stores that prepare wrote"}),
    "dataset": ("--dataset", {"type": Path, "metavar": "JSON", "help": "manifest that gather wrote"}),
    "dataset if any": (
        "--dataset",
        {"type": Path, "metavar": "JSON", "required": False, "help": "manifest, if trained"},
    ),
    "method": ("--method", {"metavar": "NAME", "help": "shipped, trained, given or a baseline"}),
    "model": ("--model", {"type": Path, "metavar": "DIR", "required": False, "help": "model folder to apply"}),
    "predictions": ("--predictions", {"type": Path, "nargs": "+", "metavar": "DIR", "help": "folders of answers"}),
    "scores": ("--scores", {"type": Path, "metavar": "JSON", "help": "what evaluate wrote"}),
    "cost": ("--cost", {"type": Path, "metavar": "JSON", "help": "seconds and memory of each method"}),
    "checkpoint": ("--checkpoint", {"type": Path, "metavar": "DIR", "help": "where a killed training resumes from"}),
    "threads": ("--threads", {"type": threads, "metavar": "N", "default": 1, "help": "cores to use (default: 1)"}),
    "out": ("--out", {"type": Path, "metavar": "PATH", "help": "what to write; it appears whole or not at all"}),
    "run": (
        "--run",
        {"type": run_name, "metavar": "NAME", "required": False, "help": "name of the run (default: from --out)"},
    ),
    "name": ("--run", {"type": run_name, "metavar": "NAME", "help": "name of the run"}),
    "results": ("--results", {"type": Path, "metavar": "DIR", "help": "folder of the run"}),
    "overlay": ("--overlay", {"metavar": "NAME", "default": "demo", "help": "overlay of the run (default: demo)"}),
    "domains": ("--domains", {"type": names, "metavar": "A,B", "help": "sciences of the run"}),
}


EXAMPLES = """examples:
  sciml stage simulate variants --config config/variants.yaml config/smoke/variants.yaml --out source --threads 2
  sciml stage ingest variants --config config/variants.yaml config/smoke/variants.yaml --source source --out raw
  sciml stage prepare variants --config config/variants.yaml --raw raw --part 1-of-2 --out parts/1-of-2.zarr

`snakemake --cores 8 --printshellcmds` shows the words of every job."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(self.prog.removeprefix("sciml "), f"{message} (see `{self.prog} --help`)")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="sciml stage",
        description="One stage of the chain for one science, as the workflow runs it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    stages = parser.add_subparsers(dest="stage", metavar="STAGE", required=True)
    for name, stage in STAGES.items():
        one = stages.add_parser(name, help=stage.about, description=f"{stage.about}.", allow_abbrev=False)
        if "config" in stage.options:
            one.add_argument("domain", choices=sorted(DOMAINS), help="the science")
        for option in stage.options:
            flag, details = OPTIONS[option]
            one.add_argument(flag, **{"required": "default" not in details, **details})
    return parser


def _rooms(arguments: argparse.Namespace) -> Rooms:
    return Rooms(arguments.domain)


def _settings(arguments: argparse.Namespace) -> DomainSettings:
    from sciml.core import layers

    return layers.load(arguments.config, Rooms(arguments.domain).settings.Settings, os.environ)


def _run(arguments: argparse.Namespace) -> str:
    """The run's name, or the folder it stands for in results/<run>/<domain>/page.html."""
    return str(arguments.run or arguments.out.resolve().parent.parent.name)


def _origins(arguments: argparse.Namespace) -> dict[str, str]:
    from sciml.core.layers import origins

    return origins(arguments.config, Rooms(arguments.domain).settings.Settings, os.environ)


def _overlay(arguments: argparse.Namespace) -> str:
    """The overlay that the last settings file stands for: config/demo/variants.yaml is `demo`."""
    if len(arguments.config) < 2:
        return "none"
    last = arguments.config[-1].with_suffix("")
    inner = last.parts[last.parts.index("config") + 1 :] if "config" in last.parts else last.parts
    return "/".join(inner[:-1] if inner[-1] == arguments.domain else inner)
