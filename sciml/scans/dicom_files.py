"""How is an invented chest X-ray written as DICOM? As two makers would, with an invented person in the tags.

The person is there so that tests can show that nothing of a person gets any further.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from sciml.core.whole import whole_file

BITS = 12
TOP = 2**BITS - 1
# the pictures use the middle of the detector's range, which the window spreads out again
LOW, HIGH = 400, 3700


@dataclass(frozen=True)
class Maker:
    """A maker's habits; MONOCHROME1 stores what is white as the least value."""

    site: str
    photometric: Literal["MONOCHROME1", "MONOCHROME2"]


MAKERS = (Maker("hospital-a", "MONOCHROME2"), Maker("hospital-b", "MONOCHROME1"))


def write_chest(path: Path, picture: np.ndarray, maker: Maker, person: str, view: Literal["PA", "AP"] = "PA") -> None:
    """Write a picture (y, x) of 0 to 1 uncompressed, 12 bits; all unique names follow from `person` and the file."""
    stored = np.rint(LOW + np.clip(picture, 0, 1) * (HIGH - LOW)).astype(np.uint16)
    # PS3.3 C.11.2.1.2.1: the window (c, w) runs from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2
    centre, width = (LOW + HIGH) / 2 + 0.5, HIGH - LOW + 1
    if maker.photometric == "MONOCHROME1":
        stored, centre = TOP - stored, TOP + 1 - centre
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[person, path.name, "image"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = generate_uid(entropy_srcs=["sciml"])
    image = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    _add_person(image, person)
    image.Modality, image.BodyPartExamined, image.ViewPosition = "CR", "CHEST", view
    image.BurnedInAnnotation = "NO"
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, maker.photometric
    image.Rows, image.Columns = stored.shape
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, BITS, BITS - 1, 0
    image.WindowCenter, image.WindowWidth = f"{centre:.1f}", str(width)
    image.PixelSpacing = [f"{350 / stored.shape[0]:.4f}"] * 2
    image.PixelData = np.ascontiguousarray(stored.astype("<u2")).tobytes()
    with whole_file(path) as temporary:
        image.save_as(temporary, enforce_file_format=True)


def _add_person(image: FileDataset, person: str) -> None:
    """Somebody who does not exist."""
    image.PatientName, image.PatientID = f"Nobody^{person}", person
    image.PatientBirthDate, image.PatientSex, image.PatientAge = "19000101", "O", "100Y"
    image.StudyDate, image.StudyTime, image.AccessionNumber = "20010203", "040506", f"ACC-{person}"[:16]
    image.StudyInstanceUID = generate_uid(entropy_srcs=[person, "study"])
    image.SeriesInstanceUID = generate_uid(entropy_srcs=[person, "series"])
    image.StudyID, image.SeriesNumber, image.InstanceNumber = "1", 1, 1
    image.InstitutionName, image.ReferringPhysicianName = "Invented Hospital", "Noone^Doctor"
    image.Manufacturer = "sciml"
    image.PatientComments = f"invented: {person} has never lived"
