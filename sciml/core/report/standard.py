"""The panels that every science has: its inputs and splits, its model, its run, whom to cite."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sciml.core import cards
from sciml.core.report.bars import strip
from sciml.core.report.figures import Series, lines
from sciml.core.report.panels import Cell, Column, Panel, RunView, Subject, Table, Text, nothing
from sciml.core.report.provenance import changed_settings, stage_costs
from sciml.core.weights import CURVE

SPLITS = ("train", "validation", "test")


def data_panels(view: RunView, subject: Subject) -> list[Panel]:
    """Inputs with licence and digest; sizes of the splits."""
    units = tuple(
        (unit.id, unit.sample, unit.role or "by the split", "simulated" if unit.simulated else "real", unit.licence)
        for unit in view.index.units
    )
    columns = tuple(map(Column, ("Input", "Sample", "Role", "Origin", "Licence")))
    files = tuple(
        (unit.id, kind, "not shown" if subject.private else file.path, file.size, file.digest)
        for unit in view.index.units
        for kind, file in sorted(unit.files.items())
    )
    file_columns = (Column("Input"), Column("Kind"), Column("File"), Column("Size", "bytes"), Column("Digest"))
    inputs = Panel(
        "data",
        "Inputs",
        (Table("inputs", columns, units), Table("files", file_columns, files, shown=30, folded="Files and digests")),
        "Where every number on this page begins.",
    )
    return [inputs, _split_panel(view.manifest)]


def model_panels(view: RunView) -> list[Panel]:
    """The card of the model trained in this run, and how it learnt."""
    if view.record is None or view.model is None:
        return [nothing("model", "Model", "No model was trained in this run; the methods were given.")]
    curve = (view.model / CURVE).read_text(encoding="utf-8")
    found = [_curve_panel(cards.learning_curve(curve))]
    for section in cards.sections(view.record, curve, view.scores):
        items: list[Table | Text] = [
            Text(tuple(text.replace("**", "").replace("`", "") for text in section.paragraphs))
        ]
        if section.facts:
            folded = section.title if len(section.facts) > 12 else ""
            columns = (Column("What"), Column("Value"))
            items.append(Table(_slug(section.title), columns, section.facts, shown=40, folded=folded))
        found.append(Panel("model", section.title, tuple(items)))
    return found


def run_panels(view: RunView, subject: Subject) -> list[Panel]:
    """What the run took, what it was told, and with which software."""
    changed = changed_settings(view.settings, subject.private)
    names = ("Setting", "This run", "Default", *(["Written in"] if view.origins else []))
    columns = tuple(map(Column, names))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (key, _short(value), _short(default), view.origins.get(key, ""))[: len(names)]
        for key, value, default in changed
    )
    settings: Table | Text = Table("settings", columns, rows, shown=40)
    if not rows:
        settings = Text(("Every setting has its default.",))
    software = Table(
        "versions", (Column("Software"), Column("Version")), tuple(sorted(view.versions.items())), folded="Versions"
    )
    found = [_time_panel(view), Panel("run", "Settings that differ from the defaults", (settings,))]
    if view.commands:
        found.append(Panel("run", "Make it again", (Text(("\n".join(view.commands),), "code"),)))
    return [*found, Panel("run", "Software", (software,))] if view.versions else found


def cite_panels(view: RunView, subject: Subject) -> list[Panel]:
    """A sentence for a methods section, and the entries for it."""
    version = view.versions.get("sciml", "")
    text = f"We used sciml {version} ({view.domain})".replace(" )", ")")
    named = "; ".join(citation.text for citation in subject.citations)
    prose = f"{text}; the methods are those of: {named}." if named else f"{text}."
    panels = [Panel("cite", "In a methods section", (Text((prose,)),))]
    entries = "\n\n".join(citation.bibtex.strip() for citation in subject.citations)
    return [*panels, Panel("cite", "BibTeX", (Text((entries,), "code"),))] if entries else panels


def _split_panel(manifest: Mapping[str, Any] | None) -> Panel:
    if manifest is None:
        return nothing("data", "Splits", "No training data were prepared in this run.")
    labels: Mapping[str, Mapping[str, int]] = manifest.get("labels", {})
    rows: list[tuple[Cell, ...]] = [
        (
            split,
            int(manifest["samples"].get(split, 0)),
            _groups(manifest, split),
            *(int(counts.get(split, 0)) for counts in labels.values()),
        )
        for split in SPLITS
    ]
    columns = (Column("Split"), Column("Samples"), Column("Groups"), *(Column(f"label {value}") for value in labels))
    return Panel(
        "data",
        "Splits",
        (Table("splits", columns, tuple(rows)),),
        "No group is in two splits: gathering the parts refuses that.",
        "A group is what must not be torn apart, because its samples resemble each other. Scores come from groups that "
        "the model never saw.",
        "A split of very few groups: its figures then rest on them alone. A label that one split lacks.",
    )


def _groups(manifest: Mapping[str, Any], split: str) -> int:
    groups = manifest["groups"].get(split, 0)
    return groups if isinstance(groups, int) else len(groups)


def _curve_panel(rows: Sequence[Mapping[str, float]]) -> Panel:
    names = (("train_loss", "training", 1), ("validation_loss", "validation", 0))
    series = [
        Series(
            label, [row["step"] for row in rows if name in row], [row[name] for row in rows if name in row], look=look
        )
        for name, label, look in names
    ]
    best = min((row["validation_loss"] for row in rows if "validation_loss" in row), default=float("nan"))
    sentence = f"Loss over {len(rows)} validations; the best validation loss is {best:.4g}."
    return Panel(
        "model",
        "How it learnt",
        (lines("training_curve", [one for one in series if one.x], "step", "loss", sentence),),
        sentence,
        "Both lines should fall and then level off. The weights kept are those of the lowest validation loss.",
        "Validation that rises while training falls (it learns by heart), or both still falling at the end (stopped "
        "too early).",
    )


def _time_panel(view: RunView) -> Panel:
    costs = stage_costs(view.benchmarks)
    if not costs:
        return nothing("run", "Where the time went", "No time tables were found: the stages ran outside the workflow.")
    rows = tuple((cost.stage, cost.jobs, cost.wall_s, cost.cpu_s, cost.peak_mb) for cost in costs)
    columns = (
        Column("Stage"),
        Column("Jobs"),
        Column("Wall time", "s", 3),
        Column("CPU time", "s", 3),
        Column("Largest job", "MB", 3),
    )
    total = sum(cost.cpu_s for cost in costs)
    sentence = f"{total:.0f} CPU-seconds in {sum(cost.jobs for cost in costs)} jobs so far."
    figure = strip("time", {view.domain: {cost.stage: cost.cpu_s for cost in costs}}, "CPU-s", sentence)
    return Panel("run", "Where the time went", (figure, Table("stages", columns, rows)), sentence)


def _short(value: Any, limit: int = 200) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _slug(title: str) -> str:
    return "_".join(title.lower().replace(",", "").split())
