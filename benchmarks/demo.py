"""What the demo costs, and how far each of its networks is above chance, with its baseline beside it.

    make demo && python benchmarks/demo.py [--run demo]

Reads what `snakemake` left: the time tables of the jobs and scores.json of each science. The bar of each science is
the least margin between the lower end of the headline's interval (its value, where there are too few groups for one)
and what blind guessing would reach on the same cases. A bar that does not hold ends with status 5.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sciml.core.report.provenance import stage_costs

ROOT = Path(__file__).parents[1]
MAX_CPU_MINUTES = 28.0


@dataclass(frozen=True)
class Bar:
    """The least margin above chance; `chance` is a number, or the method and metric that measures blind guessing."""

    chance: float | tuple[str, str]
    margin: float


BARS: Mapping[str, Bar] = {
    # a caller that calls nothing has the F1 of 0
    "variants": Bar(0.0, 0.5),
    # an error: persistence is what a guess without skill costs
    "nowcast": Bar(("persistence", "fair_crps"), 0.0),
    "lenses": Bar(0.5, 0.3),
    # of all long-range pairs so many touch
    "proteins": Bar(("trained", "contact_density"), 0.1),
    "scans": Bar(0.5, 0.2),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="demo")
    run = parser.parse_args().run
    folders = sorted(path.parent for path in (ROOT / "results" / run).glob("*/scores.json"))
    if not folders:
        print(f"results/{run}: no scores; run `make demo` first", file=sys.stderr)
        return 4
    print("| science | headline | trained here | best baseline | chance | margin | bar | n | CPU-min |")
    print("|---|---|---|---|---|---|---|---|---|")
    held, total = True, 0.0
    for folder in folders:
        minutes = sum(cost.cpu_s for cost in stage_costs(ROOT / "benchmarks" / run / folder.name)) / 60
        total += minutes
        row, holds = _row(folder.name, json.loads((folder / "scores.json").read_text(encoding="utf-8")))
        held &= holds
        print(f"| {row} | {minutes:.1f} |")
    print(f"\n{total:.1f} CPU-minutes in all; the bar is {MAX_CPU_MINUTES:.0f}")
    return 0 if held and total <= MAX_CPU_MINUTES else 5


def _row(science: str, scores: Mapping[str, Any]) -> tuple[str, bool]:
    metric, stratum = scores["headline"]["metric"], scores["headline"]["stratum"]
    better, bar = scores["metrics"][metric]["better"], BARS[science]
    trained, baseline = _found(scores, "trained", metric), _found(scores, scores["headline"]["baseline"], metric)
    chance = bar.chance if isinstance(bar.chance, float) else _found(scores, *bar.chance)["value"]
    worst = trained["low"] if better == "higher" else trained["high"]
    worst = trained["value"] if worst is None else worst
    margin = worst - chance if better == "higher" else chance - worst
    cells = (
        science,
        f"{scores['metrics'][metric]['title']}, {stratum}",
        _written(trained),
        f"{scores['headline']['baseline']} {_written(baseline)}",
        f"{chance:.3f}",
        f"{margin:+.3f}",
        f"{bar.margin:.2f}",
        f"{trained['n']:,}",
    )
    return " | ".join(cells), margin > bar.margin


def _found(scores: Mapping[str, Any], method: str, metric: str) -> Mapping[str, Any]:
    stratum = scores["headline"]["stratum"]
    wanted = (method, stratum, metric)
    row: Mapping[str, Any] = next(
        row for row in scores["table"] if (row["method"], row["stratum"], row["metric"]) == wanted
    )
    return row


def _written(row: Mapping[str, Any]) -> str:
    interval = "" if row["low"] is None else f" [{row['low']:.3f}, {row['high']:.3f}]"
    return f"{row['value']:.3f}{interval}"


if __name__ == "__main__":
    sys.exit(main())
