"""Which scans are there to work on? Check the sheet and the header of every image, and list them.

Nobody is named: a patient becomes a short code, and of what an image file says in words nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import xarray as xr
from dask.delayed import delayed

from sciml.core.contract import Case, Index, Unit
from sciml.core.digests import file_record
from sciml.core.errors import BadInput, ScimlError, raise_all
from sciml.core.inputs import repeated, rows_of, those_sound
from sciml.core.sheets import read_sheet
from sciml.scans.formats import check_scan, read_scan
from sciml.scans.settings import FINDINGS, InputScan, Kind, Settings

UNKNOWN = -1
# fixed, so that a patient has the same code, and falls into the same split, wherever and whenever the data are read
CODE_KEY = b"sciml.scans"


def ingest(settings: Settings, source: Path | None, out: Path) -> Index:
    """List every image; one that cannot be read is left out, unless none remains."""
    rows = rows_of(settings.ingest, source, _sheet)
    _check_rows([row for row, _ in rows])
    units = those_sound(rows, _unit)
    _check_copies(units)
    return Index("scans", tuple(units))


def cases(settings: Settings, index: Index) -> list[Case]:
    """The images of `ingest.kind`, in the order of the index; the group is the patient."""
    return [
        Case(unit.id, unit, group=unit.sample, has_truth=bool(unit.facts["findings"]))
        for unit in index.units
        if unit.facts["kind"] == settings.ingest.kind
    ]


def read(unit: Unit) -> xr.Dataset:
    """The image lazily: pixels(y, x, channel) in 0..1."""
    lazy_array: Any = dask.array  # has no types of its own
    shape = tuple(unit.facts[size] for size in ("height", "width", "channels"))
    pixels = lazy_array.from_delayed(delayed(_pixels)(unit), shape=shape, dtype=np.float32)
    return xr.Dataset({"pixels": (("y", "x", "channel"), pixels, {"units": "1"})}, attrs={"kind": unit.facts["kind"]})


def labels_of(unit: Unit, kind: Kind) -> np.ndarray:
    """What is known of an image (finding), int8: 1 there, 0 not there, -1 not known."""
    return np.array([unit.facts["findings"].get(name, UNKNOWN) for name in FINDINGS[kind]], np.int8)


def patient_code(patient: str) -> str:
    """`p-` and 8 hexadecimal digits that stand for a patient.

    A pseudonym, not anonymity: whoever has the list of the patients can find out which code is whose.
    """
    return f"p-{blake2b(patient.strip().encode(), key=CODE_KEY, digest_size=4).hexdigest()}"


def _sheet(path: Path) -> list[InputScan]:
    return read_sheet(path, InputScan, paths=("image",), lists=("findings",))


def _check_rows(rows: Sequence[InputScan]) -> None:
    """All that is wrong with names, findings and roles, told at once; no patient is named."""
    errors, roles = repeated("image", [row.name for row in rows]), dict[str, InputScan]()
    for row in rows:
        try:
            _findings(row)
        except ScimlError as error:
            errors.append(error)
        first = roles.setdefault(_patient(row), row)
        if first.role != row.role:
            problem = f"is of the same patient as image {first.name}, but has another role"
            errors.append(BadInput(f"image {row.name}", problem, "give all images of a patient one role"))
    raise_all(errors)


def _check_copies(units: Sequence[Unit]) -> None:
    """One picture under two patients would train and test; under two findings it would teach both."""
    errors, first_of = list[ScimlError](), dict[str, Unit]()
    for unit in units:
        first = first_of.setdefault(unit.files["image"].digest, unit)
        differs = {
            "patient": unit.sample != first.sample,
            "findings": unit.facts["findings"] != first.facts["findings"],
        }
        for what in (name for name, is_so in differs.items() if is_so):
            problem = f"is the same file as image {first.id}, with another {what}".replace("another f", "other f")
            errors.append(BadInput(f"image {unit.id}", problem, "leave one out, or correct the sheet"))
    raise_all(errors)


def _unit(row: InputScan, simulated: bool, _: Sequence[Unit]) -> Unit:
    facts = check_scan(row.image)
    if row.kind == "chest" and facts.get("view") == "lateral":
        raise BadInput(row.image, "is a lateral view", "name frontal X-rays")
    return Unit(
        id=row.name,
        sample=_patient(row),
        role=row.role,
        simulated=simulated,
        licence=row.licence,
        files={"image": file_record(Path(row.image))},
        facts={"kind": row.kind, "site": row.site or "not stated", "findings": _findings(row), **facts},
    )


def _patient(row: InputScan) -> str:
    return patient_code(row.patient or row.name)


def _findings(row: InputScan) -> Mapping[str, int]:
    found = dict[str, int]()
    for finding in row.findings:
        name, _, value = finding.partition("=")
        if name not in FINDINGS[row.kind]:
            known = ", ".join(FINDINGS[row.kind])
            raise BadInput(f"image {row.name}", f"{name} is no finding of a {row.kind}", f"known are {known}")
        if found.setdefault(name, int(value)) != int(value):
            raise BadInput(f"image {row.name}", f"{name} is both 0 and 1", "correct the sheet")
    return found


def _pixels(unit: Unit) -> np.ndarray:
    return read_scan(unit.files["image"].path).pixels
