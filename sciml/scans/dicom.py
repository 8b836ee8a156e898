"""What grey levels does a DICOM image show, bright for what weakens the rays?

The order is that of the standard (PS3.3 C.11, PS3.4 N.2): stored values, Modality LUT or rescale, VOI LUT or window,
then the presentation: inverted once where the least value is white. pydicom leaves the last to the reader.
No text of the file leaves this module, and no message of pydicom, which quotes it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.errors import InvalidDicomError
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, get_decoder, pixel_array
from pydicom.uid import JPEGExtended12Bit, MediaStorageDirectoryStorage

from sciml.core.errors import BadInput, Missing
from sciml.scans.pictures import check_size

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR")
VIEWS = {"PA": "PA", "AP": "AP", "LL": "lateral", "RL": "lateral", "LATERAL": "lateral", "LAT": "lateral"}
KINDS = {"CR": "chest", "DX": "chest", "RG": "chest", "OP": "retina"}
DECODERS = "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"


def read_dicom(path: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """Pixels (y, x, channel) in 0..1, and facts that name nobody: see `header_facts`, and `grey`.

    `grey` says where black and white come from: `lut`, `window` (the first), or `range`: 8 bits as they are, of deeper
    ones the least and the greatest value.
    """
    with _reading(path):
        header = pydicom.dcmread(path)
        facts = header_facts(path, header)
        if header.get("PixelData") is None:
            raise BadInput(path, "holds no pixels", "name an image")
        _check_decoder(path, header)
        stored = pixel_array(header)
        if header.PhotometricInterpretation not in GREY:
            return _colour(stored, header), facts
        shown, facts["grey"] = _shown(stored, header)
    return np.asarray(shown, np.float32)[..., None], facts


def check_dicom(path: Path) -> dict[str, Any]:
    """The facts by the header alone; refuses what cannot be one whole image."""
    with _reading(path):
        header = pydicom.dcmread(path, stop_before_pixels=True)
        facts = header_facts(path, header)
        _check_decoder(path, header)
        samples = facts["height"] * facts["width"] * int(header.SamplesPerPixel)
        if not _syntax(header).is_compressed and samples * int(header.BitsAllocated) // 8 > path.stat().st_size:
            raise _cut_short(path)
    return facts


def header_facts(path: Path, header: pydicom.Dataset) -> dict[str, Any]:
    """`height`, `width`, `channels`, `view` (PA, AP, lateral or ""), `kind_hint`, `burned_in` (text in the pixels)."""
    if (
        header.file_meta.get("MediaStorageSOPClassUID") == MediaStorageDirectoryStorage
        or "DirectoryRecordSequence" in header
    ):
        raise BadInput(path, "is a DICOMDIR, a table of contents", "name the images that it lists")
    if "Rows" not in header or "PhotometricInterpretation" not in header:
        raise BadInput(path, "is a DICOM object without an image", "name an image")
    if (frames := int(header.get("NumberOfFrames") or 1)) > 1:
        raise BadInput(path, f"holds {frames} frames", "write each as an image of its own")
    if header.PhotometricInterpretation not in GREY + COLOUR:
        raise BadInput(path, "has an unknown photometric interpretation", f"known are {', '.join(GREY + COLOUR)}")
    height, width = int(header.Rows), int(header.Columns)
    check_size(path, height, width)
    grey = header.PhotometricInterpretation in GREY
    return {
        "height": height,
        "width": width,
        "channels": 1 if grey else 3,
        "view": VIEWS.get(str(header.get("ViewPosition", "")).upper(), ""),
        "kind_hint": KINDS.get(str(header.get("Modality", "")), "chest" if grey else "retina"),
        "burned_in": str(header.get("BurnedInAnnotation", "")).upper() == "YES",
    }


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever pydicom says, also to its log, becomes one line without its words."""
    log = logging.getLogger("pydicom")
    said, log.disabled = log.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (BadInput, Missing):
        raise
    except InvalidDicomError:
        raise BadInput(path, "is no DICOM file", "name a JPEG, PNG, TIFF or DICOM image") from None
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise BadInput(path, f"cannot be read ({error.strerror})", "check the path and its permissions") from None
    except MemoryError:
        raise BadInput(path, "needs more memory than there is", "write a smaller image") from None
    except Exception:
        # pydicom and the decoders below it raise whatever comes to hand, with the file's text in the message
        raise _cut_short(path) from None
    finally:
        log.disabled = said


def _check_decoder(path: Path, header: pydicom.Dataset) -> None:
    syntax = _syntax(header)
    try:
        known = not syntax.is_compressed or get_decoder(syntax).is_available
    except NotImplementedError:
        known = False
    if syntax == JPEGExtended12Bit and int(header.BitsStored) > 8:  # Pillow decodes no more
        known = False
    if not known:
        name = syntax.name if not syntax.is_private and syntax.name != syntax else "a private method"
        raise Missing(path, f"no decoder is installed for its compression, {name}", DECODERS)


def _syntax(header: pydicom.Dataset) -> Any:
    return header.file_meta.TransferSyntaxUID


def _colour(stored: np.ndarray, header: pydicom.Dataset) -> np.ndarray:
    """pydicom has turned YBR into RGB, and planes into triples."""
    if header.PhotometricInterpretation == "PALETTE COLOR":
        stored = apply_color_lut(stored, header)
        top = 2 ** (8 * stored.dtype.itemsize) - 1
    else:
        top = 2 ** int(header.BitsStored) - 1
    return np.asarray(stored, np.float32) / np.float32(top)


def _shown(stored: np.ndarray, header: pydicom.Dataset) -> tuple[np.ndarray, str]:
    padding = _padding(stored, header)
    values = apply_modality_lut(stored, header)
    window = _window(header)
    if header.get("VOILUTSequence"):
        looked_up = apply_voi(values, header)
        # the brightest entry is white: some writers declare more bits than their entries use
        shown, grey = looked_up / max(1, int(np.max(_entries(header.VOILUTSequence[0])))), "lut"
    elif window is not None:
        shown, grey = _windowed(values, window), "window"
    else:
        shown, grey = _stretched(values, header, ~padding), "range"
    if header.PhotometricInterpretation == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE":
        shown = 1 - shown
    return np.where(padding, 0, np.clip(shown, 0, 1)), grey


def _padding(stored: np.ndarray, header: pydicom.Dataset) -> np.ndarray:
    """Where nothing was recorded (PS3.3 C.7.5.1.1.2); by the stored value, before any table."""
    value = header.get("PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, bool)
    limit = header.get("PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    return np.asarray((stored >= low) & (stored <= high))


def _entries(table: Any) -> np.ndarray:
    data = table.LUTData
    return np.frombuffer(data, "<u2") if isinstance(data, bytes) else np.asarray(data)


def _window(header: pydicom.Dataset) -> tuple[float, float, str] | None:
    """Centre, width and function of the first window, unless it is impossible."""
    centre, width = (_first(header.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if centre is None or width is None or not (np.isfinite(centre) and np.isfinite(width)):
        return None
    function = str(header.get("VOILUTFunction") or "LINEAR").upper()
    least = 1.0 if function == "LINEAR" else np.finfo(float).tiny
    return (centre, width, function) if width >= least else None


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    values = value if isinstance(value, (list, tuple, pydicom.multival.MultiValue)) else [value]
    return float(values[0]) if len(values) else None


def _windowed(values: np.ndarray, window: tuple[float, float, str]) -> np.ndarray:
    """PS3.3 C.11.2.1.2.1 (LINEAR) and C.11.2.1.3 (SIGMOID, LINEAR_EXACT), from 0 to 1."""
    centre, width, function = window
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -60, 60))))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
        if width == 0:
            return np.asarray(values > centre, np.float64)
    return np.clip((values - centre) / width + 0.5, 0, 1)


def _stretched(values: np.ndarray, header: Mapping[str, Any], recorded: np.ndarray) -> np.ndarray:
    plain = "ModalityLUTSequence" not in header and "RescaleSlope" not in header
    if plain and int(header["BitsStored"].value) == 8 and not int(header["PixelRepresentation"].value):
        return values / 255
    seen = values[recorded] if recorded.any() else values
    low, high = float(seen.min()), float(seen.max())
    return (values - low) / max(high - low, 1.0)


def _cut_short(path: Path) -> BadInput:
    return BadInput(path, "cannot be decoded: it is cut short or damaged", "export the image again")
