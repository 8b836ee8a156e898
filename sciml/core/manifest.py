"""Many part stores as one data set: dataset.json says what they hold together, and copies nothing."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sciml.core.contract import Split
from sciml.core.errors import BadInput, SettingsError
from sciml.core.moments import Moments, merged
from sciml.core.parts import FORMAT, read_record
from sciml.core.records import write_json
from sciml.core.splits import SPLITS

# digits kept of a mean or deviation: the same bytes whatever the processor's way of adding up
DIGITS = 10
NAMED = 5


def gather(parts: Sequence[Path], out: Path) -> dict[str, Any]:
    """Write dataset.json, with part paths relative to it, and return its content.

    Raises BadInput where parts do not belong together or a group is in two splits, and SettingsError where nothing
    is left to train or to validate on.
    """
    records = [(part, read_record(part)) for part in parts]
    if not records:
        raise SettingsError(out, "there are no parts to gather", "name the stores that prepare wrote")
    first = _common(records)
    owners = _owners(records)
    members = {split: sorted(group for group, owner in owners.items() if owner == split) for split in SPLITS}
    samples = {split: sum(record["samples"][split] for _, record in records) for split in SPLITS}
    _check_filled(out, samples, members)
    attrs = {key: value for key, value in first["attrs"].items() if key != "domain"}
    content = {
        "format": FORMAT,
        "domain": first["attrs"].get("domain", ""),
        "layout": first["layout"],
        "samples_per_shard": first["samples_per_shard"],
        "sizes": _sizes(records),
        "parts": [_entry(part, record, out) for part, record in records],
        "samples": samples,
        "rows": _rows([record for _, record in records]),
        "groups": {split: len(members[split]) for split in SPLITS},
        "labels": _labels([record for _, record in records]),
        "moments": _moments([record for _, record in records]),
        "attrs": attrs,
    }
    write_json(out, content)
    return content


def _entry(part: Path, record: Mapping[str, Any], out: Path) -> dict[str, Any]:
    path = Path(os.path.relpath(part.resolve(), out.parent.resolve())).as_posix()
    return {"path": path, "digest": record["digest"], "samples": record["samples"], "groups": record["groups"]}


def _common(records: Sequence[tuple[Path, Mapping[str, Any]]]) -> Mapping[str, Any]:
    """The first record, after making sure that the others say the same about layout and sources."""
    named, first = records[0]
    for part, record in records[1:]:
        for key, what in (("layout", "layout"), ("samples_per_shard", "shard size"), ("attrs", "sources")):
            if record[key] != first[key]:
                raise BadInput(part, f"has another {what} than {named}", "make the older part again: run prepare")
    return first


def _sizes(records: Sequence[tuple[Path, Mapping[str, Any]]]) -> dict[str, int]:
    """Lengths of all dimensions but the sample's; a part without samples knows none."""
    sizes: dict[str, tuple[int, Path]] = {}
    for part, record in records:
        for dim, size in record["sizes"].items():
            known, named = sizes.setdefault(dim, (size, part))
            if size != known:
                raise BadInput(part, f"has {size} along {dim}, {named} has {known}", "make both again: run prepare")
    return {dim: size for dim, (size, _) in sizes.items()}


def _rows(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Rows along each dimension that counts, by split."""
    dims = sorted(records[0]["layout"]["counts"])
    return {split: {dim: sum(record["rows"][split][dim] for record in records) for dim in dims} for split in SPLITS}


def _owners(records: Sequence[tuple[Path, Mapping[str, Any]]]) -> dict[str, Split]:
    """The one split of each group."""
    owners: dict[str, tuple[Split, Path]] = {}
    for part, record in records:
        for split in SPLITS:
            for group in record["groups"][split]:
                owner, named = owners.setdefault(group, (split, part))
                if owner != split:
                    raise BadInput(
                        part,
                        f"group {group} is in {split} here and in {owner} in {named}",
                        "give all inputs that share a group the same role",
                    )
    return {group: owner for group, (owner, _) in owners.items()}


def _check_filled(out: Path, samples: Mapping[Split, int], members: Mapping[Split, Sequence[str]]) -> None:
    for split, remedy in (
        ("train", "add inputs, or lower split.validation and split.test"),
        ("validation", "add inputs, raise split.validation, or give an input the role validation"),
    ):
        if not samples[split]:  # type: ignore[index]
            held = "; ".join(f"{name}: {_few(members[name])}" for name in SPLITS if members[name])
            raise SettingsError(out, f"the split {split} has no sample ({held or 'no split has any'})", remedy)


def _few(groups: Sequence[str]) -> str:
    more = f" and {len(groups) - NAMED} more" if len(groups) > NAMED else ""
    return f"{len(groups)} group{'s' if len(groups) != 1 else ''}, {', '.join(groups[:NAMED])}{more}"


def _labels(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How often each label occurs, by label and then by split."""
    values = {value for record in records for split in SPLITS for value in record["labels"][split]}
    return {
        value: {split: sum(record["labels"][split].get(value, 0) for record in records) for split in SPLITS}
        for value in sorted(values)
    }


def _moments(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[float | None]]]:
    """Mean and standard deviation per channel of each array, over the samples that train."""
    names = sorted({name for record in records for name in record["moments"]})
    found = {
        name: merged([Moments.from_json(record["moments"][name]) for record in records if name in record["moments"]])
        for name in names
    }
    return {
        name: {"mean": _rounded(total.mean.tolist()), "std": _rounded(total.std.tolist())}
        for name, total in found.items()
    }


def _rounded(values: Sequence[float]) -> list[float | None]:
    """None where a channel has no value at all."""
    return [None if math.isnan(value) else float(f"{value:.{DIGITS}g}") for value in values]
