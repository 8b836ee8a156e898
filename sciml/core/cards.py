"""The model card: what a model is, what it is for, what it learnt from, how good it was, how to make it again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sciml.core.errors import ScimlError
from sciml.core.weights import ModelRecord


@dataclass(frozen=True)
class CardSection:
    """One heading of a card: sentences, then names with their values."""

    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def card(record: ModelRecord, curve: str, scores: Mapping[str, Any] | None = None, method: str = "trained") -> str:
    """The card as Markdown; a card with an empty section is refused."""
    blocks = [f"# Model card: {record.domain}"]
    for section in sections(record, curve, scores, method):
        blocks.append(f"## {section.title}")
        blocks += section.paragraphs
        if section.facts:
            rows = (f"| {_cell(name)} | {_cell(value)} |" for name, value in section.facts)
            blocks.append("\n".join(["| | |", "|---|---|", *rows]))
    return "\n\n".join(blocks) + "\n"


def sections(
    record: ModelRecord, curve: str, scores: Mapping[str, Any] | None = None, method: str = "trained"
) -> tuple[CardSection, ...]:
    """The card's sections in order.

    `curve` is training.csv, `scores` the content of scores.json if there is one, and `method` the model's name in it.

    Raises
    ------
    ScimlError
        Something that every card must say is not in the record; the message names the section.
    """
    found = (
        _what(record),
        _use(record),
        _data(record),
        _settings(record),
        _figures(record, learning_curve(curve), scores, method),
        _again(record),
    )
    for section in found:
        if not (section.paragraphs or section.facts):
            raise ScimlError(f"model card, {section.title}", "has nothing to say", "fill the record in model.json")
    return found


def learning_curve(curve: str) -> list[dict[str, float]]:
    """Rows of training.csv; a value that was not measured at a step is left out of its row."""
    rows = csv.DictReader(io.StringIO(curve))
    return [{name: float(value) for name, value in row.items() if value not in ("", None)} for row in rows]


def _what(record: ModelRecord) -> CardSection:
    if not record.task:
        return CardSection("What it is")
    first = (
        "**A demonstration: trained too briefly to be used.** It shows that the chain works, not how well it can work."
    )
    facts = (
        ("Inputs", ", ".join(record.channels)),
        ("Classes", ", ".join(record.classes)),
        ("Parameters", f"{record.parameters:,}" if record.parameters else ""),
        ("SHA-256 of the weights", record.weights_sha256),
    )
    task = f"It answers: {record.task}."
    return CardSection("What it is", ((first, task) if record.demonstration else (task,)), _filled(facts))


def _use(record: ModelRecord) -> CardSection:
    origin = "simulated" if _all_simulated(record) else "the listed"
    meant = "For research, on data like those it learnt from (see below)."
    limits = (
        f"Not for decisions about people. It learnt from {origin} data: on data from another instrument, protocol or "
        "population, measure it first on cases whose truth you know."
    )
    return CardSection("Intended use, and what it is not for", (meant, limits))


def _data(record: ModelRecord) -> CardSection:
    sources: Sequence[Mapping[str, Any]] = record.data.get("sources", ())
    facts = [
        (
            str(source["id"]),
            f"{'simulated' if source['simulated'] else 'real'}, role {source['role'] or 'by the split'}, "
            f"licence: {source['licence']}",
        )
        for source in sources
    ]
    if not facts:
        return CardSection("Training data and licences")
    samples = record.data.get("samples", {})
    facts += [(f"Samples, {split}", f"{count:,}") for split, count in samples.items()]
    for label, counts in record.data.get("labels", {}).items():
        if isinstance(counts, Mapping) and counts:
            facts.append((f"Label {label}", ", ".join(f"{name}: {count:,}" for name, count in counts.items())))
    note = record.data.get("note")
    return CardSection("Training data and licences", (str(note),) if note else (), tuple(facts))


def _settings(record: ModelRecord) -> CardSection:
    flat = {**_flat(record.settings), **_flat(record.training, "train.")}
    return CardSection("Settings", (), tuple((key, str(value)) for key, value in flat.items()))


def _figures(
    record: ModelRecord, curve: Sequence[Mapping[str, float]], scores: Mapping[str, Any] | None, method: str
) -> CardSection:
    facts: list[tuple[str, str]] = []
    losses = [(row["validation_loss"], int(row["step"])) for row in curve if "validation_loss" in row]
    if losses:
        best, step = min(losses)
        facts.append(("Best validation loss", f"{best:.4g} at step {step:,} of {int(curve[-1]['step']):,}"))
        if record.training.get("keep") == "last":
            facts.append(("Validation loss of these weights", f"{losses[-1][0]:.4g} at step {losses[-1][1]:,}"))
    facts += [(name.replace("_", " ").capitalize(), f"{value:.4g}") for name, value in record.figures.items()]
    facts += [(f"Calibration, {name}", f"{value:g}") for name, value in record.calibration.items()]
    if scores is not None and method in scores["methods"]:
        return CardSection(
            "Figures", (f"Measured on {scores['simulated']} test cases.",), (*facts, *_measured(scores, method))
        )
    if not facts:
        return CardSection("Figures")
    where = "These are validation figures. Scores on test cases, beside the classical methods, are in the report."
    return CardSection("Figures", (where,), tuple(facts))


def _measured(scores: Mapping[str, Any], method: str) -> list[tuple[str, str]]:
    """Every metric of the model in the headline's stratum, with the best baseline's of the verdict beside it."""
    stratum, baseline = scores["headline"]["stratum"], scores["headline"]["baseline"]

    def written(metric: str, whose: str) -> str:
        for row in scores["table"]:
            if (row["method"], row["stratum"], row["metric"]) == (whose, stratum, metric) and row["value"] is not None:
                interval = "" if row["low"] is None else f" [{row['low']:.3f}, {row['high']:.3f}]"
                return f"{row['value']:.3f}{interval}, n = {row['n']:,}"
        return ""

    facts = []
    for metric, described in scores["metrics"].items():
        own, other = written(metric, method), written(metric, baseline) if baseline else ""
        if own:
            facts.append((f"{described['title']}, {stratum}", own + (f"; {baseline} {other}" if other else "")))
    return facts


def _again(record: ModelRecord) -> CardSection:
    seed = record.training.get("seed")
    if seed is None:
        return CardSection("How to make it again")
    text = (
        f"Put the settings above into `config/{record.domain}.yaml` and run "
        f"`snakemake --cores 8 results/<run>/{record.domain}/model` (seed {seed}). The same software and machine give "
        "the same weights; others give weights that score alike."
    )
    return CardSection("How to make it again", (text,))


def _all_simulated(record: ModelRecord) -> bool:
    sources = record.data.get("sources", ())
    return bool(sources) and all(source["simulated"] for source in sources)


def _filled(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in facts if value)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        elif value is not None:
            flat[f"{prefix}{key}"] = value
    return flat


def _cell(text: str) -> str:
    # a bar or a line break in a name would end the cell
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", " ")
