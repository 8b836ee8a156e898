"""From images of any size to squares of one size with what is known of each: what the network learns from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr

from sciml.core.contract import Case, Unit
from sciml.core.errors import BadInput, DataWarning
from sciml.core.layout import Array, Layout
from sciml.scans.field_of_view import square
from sciml.scans.formats import read_scan
from sciml.scans.ingest import labels_of
from sciml.scans.settings import FINDINGS, Kind, Settings

CHANNELS = {"retina": 3, "chest": 1}
# a JPEG is decoded at no fewer than so many pixels for each that is needed
OVERSAMPLING = 3

LAYOUT = Layout(
    arrays={
        "image": Array(("sample", "channel", "y", "x"), "uint8", "1", "grey levels of the field of view"),
        "labels": Array(("sample", "finding"), "int8", "1", "1 where a finding is there, 0 where not, -1 not known"),
        "site": Array(("sample",), "str", "", "camera or hospital"),
        "group": Array(("sample",), "str", "", "code of the patient, never in two splits"),
        "name": Array(("sample",), "str", "", "what the sheet calls the image"),
    }
)


def prepare_part(settings: Settings, cases: Sequence[Case]) -> xr.Dataset:
    """The squares of these images, as LAYOUT describes them; what cannot be decoded is left out."""
    kind, side = settings.ingest.kind, settings.prepare.side
    kept, squares = list[Case](), list[np.ndarray]()
    for case in cases:
        try:
            squares.append(square_of_unit(case.unit, side, kind))
            kept.append(case)
        except BadInput as error:
            warnings.warn(DataWarning(f"{error} (left out)"), stacklevel=2)
    arrays = {
        "image": np.array(squares, np.uint8).reshape(-1, CHANNELS[kind], side, side),
        "labels": np.array([labels_of(case.unit, kind) for case in kept], np.int8).reshape(-1, len(FINDINGS[kind])),
        "site": np.array([case.unit.facts["site"] for case in kept], np.str_),
        "group": np.array([case.group for case in kept], np.str_),
        "name": np.array([case.id for case in kept], np.str_),
    }
    return xr.Dataset({name: (array.dims, arrays[name]) for name, array in LAYOUT.arrays.items()})


def square_of_unit(unit: Unit, side: int, kind: Kind) -> np.ndarray:
    """What is seen of an image (channel, side, side) uint8; refuses a file that has changed since ingest."""
    file = unit.files["image"]
    scan = read_scan(file.path, at_least=OVERSAMPLING * side)
    if scan.digest != file.digest:
        raise BadInput(file.path, "has changed since it was listed", "run ingest again")
    return square(scan, side, kind)
