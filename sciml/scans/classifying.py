"""From image files to a table of findings: the public verb `classify`."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sciml.core.errors import BadInput, DataWarning, Missing, ScimlError, SettingsError, raise_all
from sciml.core.parallel import map_ordered
from sciml.core.weights import ModelRecord, find_model, read_record
from sciml.core.whole import whole_folder
from sciml.scans.findings_table import rows_of, rows_of_unreadable
from sciml.scans.formats import Scan, read_scan
from sciml.scans.overlays import LARGEST_SIDE, overlay, write_overlay
from sciml.scans.prepare import OVERSAMPLING
from sciml.scans.settings import FINDINGS
from sciml.scans.sight import seen

if TYPE_CHECKING:
    from sciml.scans.classifier import Classifier

WHY_DEMONSTRATION = "is a demonstration: it learnt from simulated images, briefly, and may be wrong on any real one"


def classify(
    images: str | Path | Sequence[str | Path],
    model: str | Path = "retina",
    heatmaps: str | Path | None = None,
    accept_demonstration: bool = False,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Findings of images, one row for each image and finding.

    Not a medical device: nothing that it says may decide about a person.

    Parameters
    ----------
    images
        JPEG, PNG, TIFF or DICOM files; or a single one.
    model
        `retina` or `chest` for the shipped weights of that kind, or a folder that training wrote.
    heatmaps
        A folder to write, whole: `<image stem>_<finding>.png`, where each score is sensitive.
    accept_demonstration
        Use a model that is marked as a demonstration.
    threads
        Images worked on at the same time; the findings do not depend on it.
    progress
        Called with (images done, images in all).

    Returns
    -------
    The columns of `sciml.scans.findings_table`: file (as given), finding, probability, decision (yes, no, not
    gradable), gradable (yes, no), reason, note. An image that cannot be read has no probability, and a DataWarning
    tells of it.

    Raises
    ------
    BadInput
        None of the images can be read.
    SettingsError
        The model is a demonstration and was not accepted, or the heatmaps would not all fit into their folder.
    Missing
        An image is not there, or there are no shipped weights of this name.
    """
    files = [str(images)] if isinstance(images, str | Path) else [str(image) for image in images]
    _check_files(files)
    folder = find_model(f"scans-{model}" if str(model) in FINDINGS else model)
    record = read_record(folder, domain="scans")
    _check_demonstration(str(model), record, accept_demonstration)
    if heatmaps is not None:
        check_heatmaps(Path(heatmaps), files)
    from sciml.scans.classifier import load_classifier

    classifier = load_classifier(folder)
    done: list[_Read | ScimlError] = []
    with _heatmap_folder(heatmaps) as drawn:
        for one in map_ordered(lambda file: _read(classifier, file, drawn), files, threads):
            done.append(one)
            if progress is not None:
                progress(len(done), len(files))
        _tell(files, done)
    return pd.concat([_rows(file, one, record) for file, one in zip(files, done, strict=True)], ignore_index=True)


def check_heatmaps(folder: Path, images: Sequence[str]) -> None:
    """Refuse a folder that cannot take the heatmaps of these images, or holds anything but earlier ones."""
    if folder.exists() and not folder.is_dir():
        raise SettingsError(folder, "is a file, and heatmaps go into a folder", "name a new folder")
    stems: dict[str, list[str]] = defaultdict(list)
    for image in dict.fromkeys(images):
        stems[Path(image).stem].append(image)
    for same in stems.values():
        if len(same) > 1:
            raise SettingsError(
                same[1], f"would have heatmaps of the same name as {same[0]}", "rename one, or run them one by one"
            )
    endings = tuple(f"_{finding}.png" for findings in FINDINGS.values() for finding in findings)
    inputs = {Path(image).resolve() for image in images}
    foreign = [path for path in _entries(folder) if path.resolve() in inputs or not path.name.endswith(endings)]
    if foreign:
        # the folder is replaced as a whole
        raise SettingsError(folder, f"holds other files, such as {foreign[0].name}", "name a new or an empty folder")


@dataclass(frozen=True)
class _Read:
    """The table of one image."""

    table: pd.DataFrame


def _read(classifier: Classifier, file: str, drawn: Path | None) -> _Read | ScimlError:
    """One image; what is wrong with it is told, not raised, as the others may be well."""
    try:
        scan = read_scan(file, at_least=OVERSAMPLING * classifier.side)
        answer = classifier.answer(seen(scan, classifier.side, classifier.kind))
    except (BadInput, Missing) as error:  # what a decoder misses, the other images may not need
        return error
    if drawn is not None:
        scan = _to_show(scan, file)
        for finding, heatmap in zip(classifier.record.classes, answer["heatmap"].values, strict=True):
            _draw(classifier, scan, finding, heatmap, drawn / f"{Path(file).stem}_{finding}.png")
    return _Read(rows_of(file, answer, classifier.record.demonstration))


def _to_show(scan: Scan, file: str) -> Scan:
    """The same image with as many pixels as are shown: what is enough for a network may be too few for an eye."""
    enough = min(LARGEST_SIDE, scan.facts["height"], scan.facts["width"])
    return scan if min(scan.pixels.shape[:2]) >= enough else read_scan(file, at_least=LARGEST_SIDE)


def _draw(classifier: Classifier, scan: Scan, finding: str, heatmap: np.ndarray, out: Path) -> None:
    note = " (demonstration)" if classifier.record.demonstration else ""
    write_overlay(overlay(scan, heatmap, classifier.kind, f"{finding}{note}"), out)


def _tell(files: Sequence[str], done: Sequence[_Read | ScimlError]) -> None:
    """Warn of each image that cannot be read; refuse where it is all of them."""
    errors = [one for one in done if isinstance(one, ScimlError)]
    if len(errors) == len(files):
        raise_all(errors)
    for error in errors:
        warnings.warn(DataWarning(f"{error.place}: {error.problem}; it has no findings"), stacklevel=3)


def _rows(file: str, one: _Read | ScimlError, record: ModelRecord) -> pd.DataFrame:
    if isinstance(one, _Read):
        return one.table
    return rows_of_unreadable(file, record.classes, one.problem, record.demonstration)


def _check_files(files: Sequence[str]) -> None:
    if not files:
        raise BadInput("images", "no file was given", "name the images")
    errors: list[ScimlError] = []
    for file in dict.fromkeys(files):
        if not Path(file).exists():
            errors.append(Missing(file, "there is no such file", "check the path"))
        elif Path(file).is_dir():
            errors.append(BadInput(file, "is a folder", "name the images in it"))
    raise_all(errors)


def _check_demonstration(model: str, record: ModelRecord, accepted: bool) -> None:
    if record.demonstration and not accepted:
        raise SettingsError(f"model {model}", WHY_DEMONSTRATION, "give --accept-demonstration to use it all the same")


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


@contextmanager
def _heatmap_folder(heatmaps: str | Path | None) -> Iterator[Path | None]:
    if heatmaps is None:
        yield None
    else:
        with whole_folder(Path(heatmaps)) as folder:
            yield folder
