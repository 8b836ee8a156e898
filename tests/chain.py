"""The chain of one science on its smoke settings, and the promises that every science keeps about what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sciml.core import stages
from sciml.core.records import COST, read_index, read_json
from sciml.core.store import open_split
from sciml.core.weights import RECORD, verify
from sciml.registry import Rooms

RUN, PARTS = "contract", 2


@dataclass(frozen=True)
class Chain:
    """What one run of every stage left in `folder`, which is results/<run>/<science>."""

    rooms: Rooms
    settings: Any
    folder: Path

    @property
    def answers(self) -> list[Path]:
        return sorted((self.folder / "predictions").glob(f"*/*-of-{PARTS}"))


def run_chain(rooms: Rooms, settings: Any, top: Path) -> Chain:
    """Every stage once, as the workflow would call it; pages apart."""
    folder = top / "results" / RUN / rooms.name
    raw, dataset, model = folder / "raw", folder / "dataset.json", folder / "model"
    stages.simulate(rooms, settings, folder / "source", threads=2)
    stages.ingest(rooms, settings, folder / "source", raw)
    parts = [folder / f"parts/{part}-of-{PARTS}.zarr" for part in range(1, PARTS + 1)]
    for number, part in enumerate(parts, start=1):
        stages.prepare(rooms, settings, raw, number, PARTS, part)
    stages.gather(rooms, settings, parts, dataset)
    stages.train(rooms, settings, dataset, model, folder / "checkpoint", threads=1)
    chain = Chain(rooms, settings, folder)
    for method in ("trained", *rooms.baseline.METHODS):
        for number in range(1, PARTS + 1):
            out = folder / f"predictions/{method}/{number}-of-{PARTS}"
            stages.predict(rooms, settings, raw, method, model, number, PARTS, out, threads=1)
    stages.evaluate(rooms, settings, raw, chain.answers, folder / "scores.json", folder / "cost.json")
    return chain


def samples_are_as_the_layout_says(chain: Chain) -> None:
    layout = chain.rooms.prepare.LAYOUT
    samples = open_split(chain.folder / "dataset.json", "train")
    assert samples.sizes["sample"] > 0
    for name, array in layout.arrays.items():
        assert samples[name].dims == array.dims
        assert array.dtype == "str" or samples[name].dtype == array.dtype


def no_group_is_in_two_splits(chain: Chain) -> None:
    train, validation, test = (_groups(chain, split) for split in ("train", "validation", "test"))
    assert train
    assert validation
    assert test
    assert not train & validation
    assert not (train | validation) & test


def the_model_folder_is_whole_and_says_that_it_is_a_demonstration(chain: Chain) -> None:
    record = verify(chain.folder / "model")
    assert record.domain == chain.rooms.name
    assert record.demonstration
    assert record.data["sources"]


def every_case_has_an_answer_of_every_installed_method(chain: Chain) -> None:
    index, suffix = read_index(chain.folder / "raw"), chain.rooms.predict.SUFFIX
    known = {case.id for case in chain.rooms.ingest.cases(chain.settings, index)}
    asked = set[str]()
    for method in ("trained", *chain.rooms.baseline.METHODS):
        folder = chain.folder / "predictions" / method
        if list(folder.glob("*/missing.json")):
            assert method != "trained"
            continue
        files = {path.name for path in folder.glob(f"*/*{suffix}")} - {COST, RECORD}
        answered = {name.removesuffix(suffix) for name in files}
        assert answered
        assert answered <= known
        asked = asked or answered
        assert answered == asked, method


def each_score_stands_beside_a_baseline_with_a_count_and_where_units_suffice_an_interval(chain: Chain) -> None:
    scores = read_json(chain.folder / "scores.json")
    done = {name: method["kind"] for name, method in scores["methods"].items() if method["status"] == "done"}
    assert {"model", "baseline"} <= set(done.values())
    headline = chain.rooms.evaluate.HEADLINE
    rows = {
        row["method"]: row
        for row in scores["table"]
        if (row["stratum"], row["metric"]) == (headline.stratum, headline.metric)
    }
    assert rows.keys() == done.keys()
    # a unit lies inside one group, so that as many groups are at least as many units
    enough = len(_groups(chain, "test")) >= chain.settings.evaluate.min_units
    for row in rows.values():
        assert row["n"] > 0
        assert (row["low"] is None) == (row["high"] is None)
        if row["value"] is not None and row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"]
        assert row["low"] is not None or row["value"] is None or not enough
    assert scores["verdict"].endswith(".")


def the_scores_are_the_same_bytes_when_judged_again(chain: Chain) -> None:
    again = chain.folder / "again"
    stages.evaluate(
        chain.rooms, chain.settings, chain.folder / "raw", chain.answers, again / "scores.json", again / "cost.json"
    )
    assert (again / "scores.json").read_bytes() == (chain.folder / "scores.json").read_bytes()


def what_a_user_takes_away_is_put_together_for_every_method(chain: Chain) -> None:
    found = {}
    for method in ("trained", *chain.rooms.baseline.METHODS):
        parts = [path for path in chain.answers if path.parent.name == method]
        if not any((part / "missing.json").exists() for part in parts):
            out = chain.folder / "answers" / method
            stages.collect(chain.rooms, chain.settings, chain.folder / "raw", parts, out)
            found[method] = sorted(path.name for path in out.iterdir())
    assert found["trained"]
    # a baseline may answer a part of the question only, such as contacts without a fold
    assert all(names and set(names) <= set(found["trained"]) for names in found.values())


def its_pages_say_what_was_found(chain: Chain) -> None:
    folder, subject = chain.folder, chain.rooms.evaluate.SUBJECT
    raw, dataset, model = folder / "raw", folder / "dataset.json", folder / "model"
    scores, cost = folder / "scores.json", folder / "cost.json"
    about: tuple[str, dict[str, str], str] = (RUN, {}, "smoke")
    stages.preview(chain.rooms, chain.settings, raw, dataset, folder / "data.html", *about)
    stages.report(chain.rooms, chain.settings, raw, dataset, model, scores, cost, folder / "report.html", *about)
    stages.index(RUN, folder.parent, [chain.rooms.name], folder.parent / "index.html", "smoke")
    for page in (folder / "data.html", folder / "report.html", folder.parent / "index.html"):
        assert subject.title in page.read_text(encoding="utf-8"), page.name


def reading_a_unit_is_lazy_and_described(chain: Chain) -> None:
    unit = read_index(chain.folder / "raw").units[0]
    opened = chain.rooms.ingest.read(unit)
    for variable in opened.data_vars.values():
        if variable.ndim:  # a scalar such as a grid mapping holds nothing to be read late
            assert variable.chunks is not None, "not lazy"
            assert variable.attrs["units"]
    assert json.dumps(opened.attrs)


PROMISES: tuple[Callable[[Chain], None], ...] = (
    samples_are_as_the_layout_says,
    no_group_is_in_two_splits,
    the_model_folder_is_whole_and_says_that_it_is_a_demonstration,
    every_case_has_an_answer_of_every_installed_method,
    each_score_stands_beside_a_baseline_with_a_count_and_where_units_suffice_an_interval,
    the_scores_are_the_same_bytes_when_judged_again,
    what_a_user_takes_away_is_put_together_for_every_method,
    its_pages_say_what_was_found,
    reading_a_unit_is_lazy_and_described,
)


def _groups(chain: Chain, split: Any) -> set[str]:
    return set(open_split(chain.folder / "dataset.json", split)["group"].values.tolist())
