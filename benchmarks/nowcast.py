"""The nowcaster beside persistence, extrapolation, S-PROG and STEPS: four days of radar, each left out in turn.

    SCIML_DATA=../shared/data python benchmarks/nowcast.py [--day fmi-20160928 ...] [--method steps ...] [--untrained]

For each day a network is trained on the other three and on simulated storms (config/bench/nowcast*.yaml); then it and
every baseline forecast the day from three issue times, 12 leads of 5 minutes in the wettest 320 km window, 8 members.
All scores of a day are over one mask: the cells that every method and the radar know. The days are few, so each is
shown, and their mean has no interval. With all days, the tables are also written to benchmarks/nowcast.md.

What is finished is kept in results/bench-nowcast, and made again when settings or code have changed. `--untrained`
leaves the network out, to see the baselines alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from sciml.core import layers
from sciml.core.cost import Meter
from sciml.core.recipe import Surroundings, recipes
from sciml.core.whole import whole_file
from sciml.nowcast.baseline import VERSIONS
from sciml.nowcast.settings import Settings

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config"
RESULTS = ROOT / "results" / "bench-nowcast"
PAGE = ROOT / "benchmarks" / "nowcast.md"
DAYS = ("fmi-20160928", "mch-20150515", "mch-20170131", "knmi-20100826")
LEADS = ("30 min", "60 min")
RATES = ("0.5", "1", "5", "10")
COLUMNS = {
    "fair_crps": "CRPS 1 km",
    "fair_crps_4km": "CRPS 4 km",
    "fair_crps_16km": "CRPS 16 km",
    "mae": "MAE",
    **{f"csi_{rate}": f"CSI {rate}" for rate in RATES},
    **{f"fss_{rate}": f"FSS {rate}" for rate in RATES},
    "spectra_ratio": "spectra",
    "spread_skill": "spread/RMSE",
    "common_share": "mask",
    "cpu_s": "CPU-s",
}
# the bars of the project for the trained network, on the mean of the days
TRIVIAL = ("persistence", "extrapolation")
SPECTRA = (0.7, 1.4)

Scores = dict[str, dict[str, dict[str, float]]]  # by lead, method and column


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--day", choices=DAYS, action="append")
    parser.add_argument("--method", action="append", help="only these; default: those of config/bench/nowcast.yaml")
    parser.add_argument("--untrained", action="store_true")
    arguments = parser.parse_args()
    data = Path(os.environ.get("SCIML_DATA", ROOT.parent / "shared" / "data")).resolve()
    if not (data / "radar").is_dir():
        sys.exit(f"{data}: no folder radar; set SCIML_DATA")
    found: dict[str, Scores] = {}
    for day in arguments.day or DAYS:
        fold = Fold(day, data, arguments.method, arguments.untrained)
        found[day] = fold.scores()
        print("\n".join(tables({day: found[day]})), flush=True)
    if len(found) == len(DAYS):
        mean = mean_of_days(found)
        print("\n".join([*tables({"mean of the four days": mean}), *verdict(mean)]))
        if not (arguments.method or arguments.untrained):
            write_page(found, mean)


@dataclass(frozen=True)
class Job:
    """A stage with its words; `key` is the recipe under which `out` was or will be made."""

    stage: str
    config: Sequence[Path]
    out: Path
    key: str
    words: Mapping[str, Any]


class Fold:
    """One day left out: its settings files, its jobs in order, and what they found."""

    def __init__(self, day: str, data: Path, methods: Sequence[str] | None, untrained: bool) -> None:
        self.day, self._folder = day, RESULTS / day
        self._environ = {**os.environ, "SCIML_DATA": str(data), "OMP_NUM_THREADS": "1"}
        bench = CONFIG / "bench"
        self._train = [CONFIG / "nowcast.yaml", bench / "nowcast.yaml", bench / f"nowcast-{day}.yaml"]
        self._test = [*self._train, bench / "nowcast-starts.yaml"]
        wanted = methods or layers.load(self._test, Settings, self._environ).predict.methods
        self.methods = [method for method in wanted if not (untrained and method == "trained")]

    def scores(self) -> Scores:
        """Run what has not been run, and read the scores at the leads that are shown, with the cost of one case."""
        for job in self._jobs():
            self._run(job)
        table, spent = _read(self._folder / "scores.json"), _read(self._folder / "cost.json")["methods"]
        found: Scores = {lead: {} for lead in LEADS}
        for method, about in table["methods"].items():
            if about["status"] != "done":
                print(f"{method}: {about['note']}", file=sys.stderr)
                continue
            cost = spent[method]["cpu_s"] / about["cases"]
            for lead in LEADS:
                found[lead][method] = {"cpu_s": cost}
        for row in table["table"]:
            if row["stratum"] in LEADS and row["metric"] in COLUMNS and row["value"] is not None:
                found[row["stratum"]][row["method"]][row["metric"]] = row["value"]
        return found

    def _jobs(self) -> Iterator[Job]:
        train, test = self._recipes(self._train), self._recipes(self._test)
        source, raw, dataset, model = (self._folder / name for name in ("source", "raw", "dataset.json", "model"))
        yield Job("simulate", self._train, source, train["simulate"], {})
        yield Job("ingest", self._train, raw, train["ingest"], {"source": source})
        if "trained" in self.methods:
            count = layers.load(self._train, Settings, self._environ).prepare.parts
            parts = [self._folder / "parts" / f"{part}-of-{count}.zarr" for part in range(1, count + 1)]
            for part in parts:
                yield Job("prepare", self._train, part, train["prepare"], {"raw": raw, "part": part.stem})
            yield Job("gather", self._train, dataset, train["gather"], {"parts": parts})
            checkpoint = RESULTS / "checkpoints" / train["train"]
            yield Job("train", self._train, model, train["train"], {"dataset": dataset, "checkpoint": checkpoint})
        answers = {method: self._folder / "predictions" / method / "1-of-1" for method in self.methods}
        for method, out in answers.items():
            words = {"raw": raw, "method": method, "part": "1-of-1"}
            applied = {"model": model} if method == "trained" else {}
            yield Job("predict", self._test, out, test[f"predict:{method}"], {**words, **applied})
        scores, cost = self._folder / "scores.json", self._folder / "cost.json"
        words = {"raw": raw, "predictions": list(answers.values()), "cost": cost}
        yield Job("evaluate", self._test, scores, " ".join([test["evaluate"], *answers]), words)

    def _recipes(self, config: Sequence[Path]) -> dict[str, str]:
        settings = layers.load(config, Settings, self._environ).model_dump(mode="json")
        settings["predict"]["methods"] = self.methods
        versions = {method: VERSIONS[method]() for method in self.methods if method in VERSIONS}
        return recipes("nowcast", settings, Surroundings(ROOT, versions=versions))

    def _run(self, job: Job) -> None:
        note = _note(job.out)
        if job.out.exists() and note.is_file() and _read(note)["recipe"] == job.key:
            return
        words = ["stage", job.stage, "nowcast", "--config", *map(str, job.config), "--out", str(job.out)]
        for name, value in job.words.items():
            words += [f"--{name}", *map(str, value if isinstance(value, list) else [value])]
        print(f"{self.day}: {job.stage} {job.words.get('method', '')}", file=sys.stderr, flush=True)
        note.unlink(missing_ok=True)
        sciml = shutil.which("sciml", path=f"{Path(sys.executable).parent}{os.pathsep}{self._environ['PATH']}")
        if sciml is None:
            sys.exit("sciml: not on the path; run this with the Python of .venv")
        job.out.parent.mkdir(parents=True, exist_ok=True)
        meter = Meter()
        subprocess.run([sciml, *words], cwd=ROOT, env=self._environ, check=True)
        note.write_text(json.dumps({"recipe": job.key, "cpu_s": meter.read()["cpu_s"]}), encoding="utf-8")


def mean_of_days(found: Mapping[str, Scores]) -> Scores:
    """Plain means over the days, of the methods that answered on each."""
    days = list(found.values())
    mean: Scores = {}
    for lead in LEADS:
        methods = [method for method in days[0][lead] if all(method in day[lead] for day in days)]
        mean[lead] = {
            method: {
                column: fmean(day[lead][method].get(column, math.nan) for day in days)
                for column in COLUMNS
                if any(column in day[lead][method] for day in days)
            }
            for method in methods
        }
    return mean


def tables(found: Mapping[str, Scores]) -> list[str]:
    """Markdown: for each day and lead, one row a method."""
    lines = list[str]()
    for day, scores in found.items():
        for lead in LEADS:
            lines += [
                "",
                f"### {day}, {lead}",
                "",
                _row("method", COLUMNS.values()),
                _row("---", ["---:"] * len(COLUMNS)),
            ]
            for method, values in scores[lead].items():
                lines.append(_row(method, [_number(name, values.get(name)) for name in COLUMNS]))
    return lines


def verdict(mean: Scores) -> list[str]:
    """How the trained network stands to the trivial methods and to STEPS, on the mean."""
    lines = [""]
    for lead, methods in mean.items():
        if "trained" not in methods:
            continue
        own = methods["trained"]
        for rival in (name for name in (*TRIVIAL, "steps") if name in methods):
            # of a single member the CRPS is the absolute error
            apart = own["fair_crps"] / methods[rival]["fair_crps"] - 1
            sides = f"{own['fair_crps']:.3f} against {methods[rival]['fair_crps']:.3f}"
            lines.append(f"- {lead}: fair CRPS {sides} of {rival}: {100 * abs(apart):.1f} % {_better(apart)}")
        low, high = SPECTRA
        inside = "within" if low <= own["spectra_ratio"] <= high else "outside"
        lines.append(f"- {lead}: spectra ratio of a member {own['spectra_ratio']:.2f}, {inside} {low}-{high}")
    return lines


def write_page(found: Mapping[str, Scores], mean: Scores) -> None:
    """benchmarks/nowcast.md: the tables, how they were made, and what they do not say."""
    trained_s = {day: _read(_note(RESULTS / day / "model"))["cpu_s"] for day in found}
    minutes = ", ".join(f"{day} {seconds / 60:.0f}" for day, seconds in trained_s.items())
    lines = [
        "# The nowcaster on four days of radar",
        "",
        "Made by `make bench-nowcast`. Each day was left out of the training in turn and forecast from three issue"
        " times, in the wettest 320 km window of each, with 8 members. CRPS is the fair one, in mm/h; that of a method"
        " with one member is its absolute error. CSI, MAE and FSS (10 km box) are of the ensemble mean, at rates in"
        " mm/h; `spectra` is the power of one member at 4-16 km over that of the radar; `mask` is the share of the"
        " observed cells that every method knows, and all scores are over these; CPU-s is per forecast, imports"
        " and files included.",
        "",
        "Four days are four events, and the frames within one are not independent: there is no interval and no test of"
        " significance here. A method is better where it is better on every day.",
        "",
        f"CPU-minutes of training: {minutes}.",
        *tables({"Mean of the four days": mean}),
        *verdict(mean),
        *tables(found),
    ]
    with whole_file(PAGE) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _note(out: Path) -> Path:
    """Where it is kept under which recipe an output was made, and what that cost."""
    return out.with_name(f"{out.name}.made.json")


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _better(apart: float) -> str:
    return "lower" if apart < 0 else "higher"


def _row(first: str, cells: Any) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def _number(column: str, value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return f"{value:.1f}" if column == "cpu_s" else f"{value:.2f}" if column == "common_share" else f"{value:.3f}"


if __name__ == "__main__":
    main()
