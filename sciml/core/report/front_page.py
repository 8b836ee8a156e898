"""The front page of a run: every science side by side, from whatever there is, and what failed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sciml.core.report.axes import number
from sciml.core.report.bars import Bar, card_bars, strip
from sciml.core.report.front_card import read_card
from sciml.core.report.front_scores import score_panel
from sciml.core.report.markup import Html, join, tag
from sciml.core.report.page import Section, page
from sciml.core.report.panels import Column, Panel, Table, Text, nothing
from sciml.core.report.provenance import StageCost, stage_costs
from sciml.core.report.render import Writer, band
from sciml.core.report.state import State, state_of

Card = Mapping[str, Any]


def front_page(
    run: str,
    results: Path,
    domains: Sequence[str],
    logs: Path,
    benchmarks: Path,
    facts: Mapping[str, str],
    commands: Sequence[str],
) -> str:
    """The page `index.html` of the folder `results`.

    Parameters
    ----------
    results, logs, benchmarks
        The run's own folders, each with one folder a science; what is missing is said on the page.
    facts
        What to say of the run as a whole (cores, commit, machine), in this order.
    commands
        How to run it again, exactly.
    """
    states = {domain: state_of(results / domain, logs / domain) for domain in domains}
    cards = {domain: _card(results / domain, states[domain]) for domain in domains}
    costs = {domain: stage_costs(benchmarks / domain) for domain in domains}
    kinds = sorted({card["provenance"] for card in cards.values() if card is not None})
    writer = Writer(kinds[0] if len(kinds) == 1 else "mixed")
    listed = tag(
        "ul", *(_entry(domain, cards[domain], states[domain], costs[domain]) for domain in domains), class_="cards"
    )
    sections = [Section("sciences", "What came out" if any(cards.values()) else "What there is", listed)]
    sections += [
        Section(name, title, writer.panels(panels))
        for name, title, panels in (
            ("scores", "Scores", [score_panel(cards)]),
            ("time", "Where the time went", [_time_panel(costs)]),
            ("settings", "Settings that differ from the defaults", [_settings_panel(cards)]),
            ("again", "Run it again", [_again_panel(cards, commands)]),
        )
    ]
    head = join(
        [
            tag("p", "sciml", class_="crumb"),
            tag("h1", f"Run {run}"),
            tag("p", _summary(states, costs, facts), class_="question"),
            band(writer.provenance) if kinds else None,
        ]
    )
    return page(f"sciml: run {run}", head, sections, tag("p", f"Run {run}."), writer.blocks, wide=True)


def _card(folder: Path, state: State) -> Card | None:
    """What the science's report says, else its data page; the scores of an outdated report are not shown."""
    card = read_card(folder / "report.html") or read_card(folder / "data.html")
    if card is not None and state.word != "complete":
        return {**card, "verdict": None, "headline": None}
    return card


def _entry(domain: str, card: Card | None, state: State, costs: Sequence[StageCost]) -> Html:
    title = card["title"] if card is not None else domain
    report = f"{domain}/report.html" if state.report else None
    heading = tag("h3", tag("a", title, href=report) if report and state.word == "complete" else title)
    parts: list[Html | None] = [_picture(card), heading]
    if card is not None:
        parts.append(tag("p", card["question"], class_="question"))
    parts.append(_state(domain, state))
    if card is not None:
        parts += [_bars(card), _numbers(card, costs), _verdict(card)]
    links = [
        tag("a", text, href=f"{domain}/{name}")
        for name, text, there in (
            ("report.html", "Report" if state.word == "complete" else "Report of an earlier run", state.report),
            ("data.html", "The data", state.data),
        )
        if there
    ]
    parts.append(tag("p", join(links, " · "), class_="links") if links else None)
    return tag("li", tag("article", *parts), class_="card")


def _state(domain: str, state: State) -> Html:
    mark = {"complete": "✓", "failed": "✗"}.get(state.word, "…")
    word = tag(
        "p",
        tag("span", f"{mark} ", aria_hidden="true"),
        tag("strong", state.word),
        f" {state.detail}",
        class_=f"state {state.word.split()[0]}",
    )
    if state.log is None:
        return word
    return join(
        [
            word,
            tag("pre", tag("code", state.last_line), tabindex="0"),
            tag("p", "Log: ", tag("code", state.log), class_="caption"),
        ]
    )


def _verdict(card: Card) -> Html | None:
    return tag("p", card["verdict"], class_="verdict") if card["verdict"] else None


def _picture(card: Card | None) -> Html | None:
    if card is None or card["picture"] is None:
        return None
    # as an image: a drawing from a file may look, but not act
    encoded = base64.b64encode(card["picture"]["svg"].encode("utf-8")).decode("ascii")
    return tag("img", src=f"data:image/svg+xml;base64,{encoded}", alt=card["picture"]["sentence"])


def _bars(card: Card) -> Html | None:
    headline = card["headline"]
    if headline is None:
        return None
    rows = [
        Bar(
            f"{row['name']}*" if row["demonstration"] else row["name"],
            row["value"],
            row["low"],
            row["high"],
            row["look"],
            "not installed" if row["status"] == "missing" else "",
        )
        for row in headline["rows"]
    ]
    label = f"{headline['title']}, {headline['stratum']}" + (f" ({headline['unit']})" if headline["unit"] else "")
    said = "; ".join(f"{bar.name} {number(bar.value, 3)}" for bar in rows)
    marked = any(row["demonstration"] for row in headline["rows"])
    note = tag("p", "* a demonstration: trained too briefly to be used", class_="caption") if marked else None
    return join([card_bars(rows, label, f"{label}: {said}."), note])


def _numbers(card: Card, costs: Sequence[StageCost]) -> Html | None:
    facts: list[tuple[str, str]] = []
    if card["headline"] is not None:
        counts = [row["n"] for row in card["headline"]["rows"] if row["n"]]
        facts.append(("scored", f"n = {max(counts):,}" if counts else "–"))
    elif card["samples"]:
        facts.append(("samples", f"{sum(card['samples'].values()):,}"))
    if costs:
        facts.append(("CPU minutes", number(sum(cost.cpu_s for cost in costs) / 60, 2)))
    if card["parameters"]:
        facts.append(("parameters", f"{card['parameters']:,}"))
    pairs = (tag("div", tag("dt", name), tag("dd", value)) for name, value in facts)
    return tag("dl", join(pairs), class_="numbers") if facts else None


def _time_panel(costs: Mapping[str, Sequence[StageCost]]) -> Panel:
    rows = {domain: {cost.stage: cost.cpu_s for cost in stages} for domain, stages in costs.items() if stages}
    if not rows:
        return nothing("run", "By science and stage", "No job has finished yet.")
    total = sum(sum(stages.values()) for stages in rows.values())
    sentence = f"{total:.0f} CPU-seconds in all."
    return Panel("run", "By science and stage", (strip("time", rows, "CPU-s", sentence),), sentence)


def _settings_panel(cards: Mapping[str, Card | None]) -> Panel:
    rows = tuple(
        (f"{domain}.{key}", _short(value), _short(default))
        for domain, card in cards.items()
        if card is not None
        for key, value, default in card["changed"]
    )
    if not rows:
        return nothing("run", "Settings", "None is known to differ.")
    columns = (Column("Setting"), Column("This run"), Column("Default"))
    return Panel("run", "Settings", (Table("front_settings", columns, rows, shown=40),))


def _again_panel(cards: Mapping[str, Card | None], commands: Sequence[str]) -> Panel:
    versions = {
        name: version for card in cards.values() if card is not None for name, version in card["versions"].items()
    }
    items: list[Text | Table] = [Text(("\n".join(commands),), "code")]
    if versions:
        items.append(
            Table(
                "front_versions",
                (Column("Software"), Column("Version")),
                tuple(sorted(versions.items())),
                folded="Versions",
            )
        )
    return Panel("run", "Command and software", tuple(items))


def _summary(states: Mapping[str, State], costs: Mapping[str, Sequence[StageCost]], facts: Mapping[str, str]) -> str:
    done = sum(state.word == "complete" for state in states.values())
    failed = [domain for domain, state in states.items() if state.word == "failed"]
    words = [f"{done} of {len(states)} complete" + (f", failed: {', '.join(failed)}" if failed else "")]
    spent = sum(cost.cpu_s for stages in costs.values() for cost in stages)
    if spent:
        words.append(f"{number(spent / 60, 2)} CPU-minutes")
    return " · ".join([*words, *(f"{name} {value}" for name, value in facts.items())])


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:159]}…"
