"""Image files that the tests write: pictures, and DICOM objects of any kind."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian


def ramp(height: int = 64, width: int = 96, top: int = 255) -> np.ndarray:
    """Grey levels (y, x) that rise from 0 at the left to `top` at the right."""
    row = np.rint(np.linspace(0, top, width))
    return np.repeat(row[None, :], height, axis=0).astype(np.uint16 if top > 255 else np.uint8)


def fundus_like(height: int = 200, width: int = 240, radius: float = 90.0) -> np.ndarray:
    """A textured red disc on black, (y, x, channel) uint8."""
    rows, columns = np.mgrid[:height, :width]
    inside = np.hypot(rows - (height - 1) / 2, columns - (width - 1) / 2) < radius
    texture = np.random.default_rng(1).normal(0, 12, (height, width))
    texture += 25 * np.sin(rows / 9.0) * np.sin(columns / 7.0)
    colours = np.array([170, 80, 40]) + texture[..., None]
    return np.asarray(np.clip(colours * inside[..., None], 0, 255), np.uint8)


def png_header(path: Path, width: int, height: int) -> Path:
    """A PNG file that says how large it is (1 bit grey), and holds no more."""
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    with path.open("ab") as file:
        for kind, body in ((b"IHDR", header), (b"IDAT", b""), (b"IEND", b"")):
            file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return path


def dicom(path: Path, stored: np.ndarray, syntax: str = ExplicitVRLittleEndian, **tags: Any) -> Path:
    """A DICOM file of these stored values (y, x) or (y, x, channel), 8 or 16 bits; `tags` by keyword, None: none."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = syntax
    image = FileDataset(
        str(path), {}, file_meta=meta, preamble=b"\0" * 128, is_little_endian=syntax != ExplicitVRBigEndian
    )
    bits = 8 * stored.dtype.itemsize
    colour = stored.ndim == 3
    whole = {
        "SOPClassUID": ComputedRadiographyImageStorage,
        "SOPInstanceUID": "1.2.3.4",
        "Modality": "CR",
        "Rows": stored.shape[0],
        "Columns": stored.shape[1],
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(stored.dtype.kind == "i"),
        **({"PlanarConfiguration": 0} if colour else {}),
        "PixelData": np.ascontiguousarray(stored).tobytes(),
        **tags,
    }
    if "BitsStored" in tags and "HighBit" not in tags:
        whole["HighBit"] = tags["BitsStored"] - 1
    for name, value in whole.items():
        if value is not None:
            setattr(image, name, value)
    image.save_as(path, enforce_file_format=True)
    return path
