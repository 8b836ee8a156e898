"""The stages of the chain, one function each: read what the stage before wrote, ask the domain, write whole.

The workflow and `sciml stage` call these; the science is in the rooms of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from sciml.core import splits
from sciml.core.contract import Baseline, Case, DomainRooms, Index, Learner, Split
from sciml.core.cost import Meter
from sciml.core.errors import Missing, ScimlError
from sciml.core.records import COST, INDEX, MISSING, find_answer, read_index, write_json
from sciml.core.settings import DomainSettings
from sciml.core.whole import whole_file, whole_folder

# inputs of a kind that a model's record names one by one
MOST_NAMED = 20


def simulate(rooms: DomainRooms, settings: Any, out: Path, threads: int) -> None:
    """Invent data with a known truth, in native files."""
    if settings.simulate is None:
        raise ScimlError(f"{rooms.name}.simulate", "is switched off", "give it settings, or name real inputs")
    rooms.simulate.simulate(settings, settings.simulate.seed, out, threads)


def ingest(rooms: DomainRooms, settings: Any, source: Path | None, out: Path) -> None:
    """Check the inputs and list them in `index.json`."""
    with whole_folder(out) as folder:
        write_json(folder / INDEX, rooms.ingest.ingest(settings, source, folder).to_json())


def prepare(rooms: DomainRooms, settings: Any, raw: Path, part: int, parts: int, out: Path) -> None:
    """Turn one part of the cases into a store of samples, each in its split."""
    from sciml.core.store import write_part

    index = read_index(raw)
    chosen = [(case, split) for case, split in _split_cases(rooms, settings, index) if case.has_truth]
    mine = chosen[part - 1 :: parts]
    samples: dict[Split, xr.Dataset] = {
        split: rooms.prepare.prepare_part(settings, [case for case, its in mine if its == split])
        for split in ("train", "validation", "test")
    }
    write_part(
        out,
        samples,
        rooms.prepare.LAYOUT,
        settings.prepare.samples_per_shard,
        np.random.default_rng([part, parts]),
        settings.prepare.max_part_gb,
        {"domain": rooms.name, "sources": sources(index)},
        settings.prepare.codec,
    )


def gather(rooms: DomainRooms, settings: Any, parts: Sequence[Path], out: Path) -> None:
    """Describe the parts as one data set."""
    from sciml.core.manifest import gather as gather_parts

    gather_parts(parts, out)


def train(rooms: DomainRooms, settings: Any, dataset: Path, out: Path, checkpoint: Path, threads: int) -> None:
    """Train the network and write its model folder."""
    import shutil

    from sciml.core.cards import card
    from sciml.core.fitting import train_model
    from sciml.core.weights import write_model

    trained = train_model(rooms, settings, dataset, checkpoint, threads)
    write_model(out, trained.record, trained.tensors, trained.curve, lambda record: card(record, trained.curve))
    shutil.rmtree(checkpoint, ignore_errors=True)


def predict(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    method: str,
    model: Path | None,
    part: int,
    parts: int,
    out: Path,
    threads: int,
) -> None:
    """Answer one part of the test cases by one method, in the field's own files."""
    index = read_index(raw)
    wanted = _answerable(rooms, settings, index)[part - 1 :: parts]
    meter = Meter()
    with whole_folder(out) as folder:
        try:
            answer = _answerer(rooms, settings, index, method, model, folder)
            for case in wanted:
                rooms.predict.export(answer(case), folder / f"{case.id}{rooms.predict.SUFFIX}")
        except Missing as missing:
            if method not in rooms.baseline.METHODS:
                raise
            write_json(folder / MISSING, {"note": str(missing)})
        write_json(folder / COST, {"cases": len(wanted), **meter.read()})


def collect(rooms: DomainRooms, settings: Any, raw: Path, predictions: Sequence[Path], out: Path) -> None:
    """Put one method's answers to all cases together: what a user takes away."""
    cases = _answerable(rooms, settings, read_index(raw))
    with whole_folder(out) as folder:
        rooms.predict.collect([(case, find_answer(rooms, case, predictions)) for case in cases], folder)


def evaluate(rooms: DomainRooms, settings: Any, raw: Path, predictions: Sequence[Path], out: Path, cost: Path) -> None:
    """Score every method on the same test cases, and add up what each has cost."""
    from sciml.core.judging import judge

    index = read_index(raw)
    tested = [case for case in _answerable(rooms, settings, index) if case.has_truth]
    if not tested:
        raise ScimlError(f"{rooms.name}.evaluate", "no test case has a truth", "name a truth, or ask for `predictions`")
    scores, costs = judge(rooms, settings, tested, predictions)
    write_json(cost, costs)
    write_json(out, scores)


def preview(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    dataset: Path,
    out: Path,
    run: str,
    origins: Mapping[str, str],
    overlay: str,
) -> None:
    """Show what the data look like, before anything has been learnt from them."""
    from sciml.core import pages

    _write_page(out, pages.preview(rooms, settings, raw, dataset, out, run, origins, overlay))


def report(
    rooms: DomainRooms,
    settings: Any,
    raw: Path,
    dataset: Path | None,
    model: Path | None,
    scores: Path,
    cost: Path,
    out: Path,
    run: str,
    origins: Mapping[str, str],
    overlay: str,
) -> None:
    """Write the page of one science; `origins` says where each changed setting was written."""
    from sciml.core import pages

    _write_page(out, pages.report(rooms, settings, raw, dataset, model, scores, cost, out, run, origins, overlay))


def index(run: str, results: Path, domains: Sequence[str], out: Path, overlay: str) -> None:
    """Write the front page of a run from whatever there is."""
    from sciml.core import pages

    _write_page(out, pages.index(run, results, domains, overlay))


def _write_page(out: Path, page: str) -> None:
    with whole_file(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _split_cases(rooms: DomainRooms, settings: DomainSettings, index: Index) -> list[tuple[Case, Split]]:
    cases = rooms.ingest.cases(settings, index)
    assigned = splits.assign(
        [case.group for case in cases],
        [case.unit.role for case in cases],
        settings.split,
        facts=[case.unit.facts for case in cases],
        has_validation_role=any(unit.role == "validation" for unit in index.units),
    )
    return list(zip(cases, assigned, strict=True))


def _answerable(rooms: DomainRooms, settings: DomainSettings, index: Index) -> list[Case]:
    """Test cases, and everything without a truth: that can be asked about, but not learnt from."""
    return [case for case, split in _split_cases(rooms, settings, index) if split == "test" or not case.has_truth]


def sources(index: Index) -> list[dict[str, Any]]:
    """What a data set was made of; many inputs of one role, origin and licence are one entry."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for unit in index.units:
        alike.setdefault((unit.role, unit.simulated, unit.licence), []).append(unit.id)
    return [
        {"id": name, "role": role, "simulated": simulated, "licence": licence}
        for (role, simulated, licence), ids in alike.items()
        for name in (ids if len(ids) <= MOST_NAMED else [f"{ids[0]} to {ids[-1]} ({len(ids):,} inputs)"])
    ]


def _answerer(
    rooms: DomainRooms, settings: Any, index: Index, method: str, model: Path | None, out: Path
) -> Callable[[Case], xr.Dataset]:
    if method in rooms.baseline.METHODS:
        known = rooms.baseline.METHODS[method]
        baseline = _fitted(rooms, settings, index, method, known) if isinstance(known, Learner) else known
        return lambda case: baseline(settings, case)
    from sciml.core.weights import RECORD, read_record, shipped_folder

    folder = shipped_folder(rooms.predict.SHIPPED) if method == "shipped" else model
    if folder is None:
        raise ScimlError(f"method {method}", "has no model folder", "give --model")
    loaded = rooms.predict.load(folder)
    # what answered is kept beside its answers, so that the scores can say so
    write_json(out / RECORD, read_record(folder).to_json())
    return lambda case: rooms.predict.predict(settings, loaded, case)


def _fitted(rooms: DomainRooms, settings: Any, index: Index, method: str, learner: Learner) -> Baseline:
    pairs = _split_cases(rooms, settings, index)
    known = [case for case, split in pairs if split == "train" and case.has_truth]
    if not known:
        raise Missing(f"method {method}", "has no case that trains and has a truth to learn from", "add such inputs")
    return learner.fit(settings, known)
