"""Which format is a radar file, by its content? And a series of them, opened as one Dataset."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import xarray as xr

from sciml.core.errors import BadInput, SettingsError
from sciml.nowcast import cf_netcdf, fmi, grib2, hdf5, knmi, mch, mrms, odim
from sciml.nowcast.file_bytes import Unreadable, checked, head, whole_or_unreadable
from sciml.nowcast.frames import Frame
from sciml.nowcast.series import missing_files, series

FORMATS = (odim.NAME, knmi.NAME, fmi.NAME, mch.NAME, cf_netcdf.NAME, mrms.NAME)
_BY_BEGINNING = ((fmi.MAGIC, fmi.frames), (mch.MAGIC, mch.frames), (grib2.MAGIC, mrms.frames))
_INSIDE_HDF5 = (
    (odim.recognises, odim.frames),
    (knmi.recognises, knmi.frames),
    (cf_netcdf.recognises, cf_netcdf.frames),
)
_KNOWN = f"read are {', '.join(FORMATS)}"
_HEAD_BYTES = 64


def open_radar(
    paths: Sequence[str | os.PathLike[str]] | str | os.PathLike[str],
    min_quality: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Open radar files of one series, in any order, as one lazy CF Dataset.

    The format is told by content; each file may be gzipped. Only metadata are read here: a frame is decoded when its
    rain is computed. See `docs/nowcast-formats.md` for what is taken from which field of which format.

    Parameters
    ----------
    paths
        The files; a series of more than one may have unreadable files, which are warned of and count as missing.
    min_quality
        Cells whose quality index (ODIM QIND) is known and lies below become NaN.
    progress
        Called with the number of files done and of all files.

    Returns
    -------
    xr.Dataset
        `rain_rate(time, y, x)` in mm h-1, float32, NaN where nothing was observed, 0 where it was dry; `quality` where
        the format has one. `time` is a regular axis in UTC; where a frame is missing, `frame_ok` is False. Further
        coordinates: `time_bnds`, `range_mask` (lazy), `crs`.

    Raises
    ------
    BadInput
        No radar files, or files that are not of one series; the text names the first such file.
    Missing
        A file that is not there.
    """
    if not 0 <= min_quality <= 1:
        raise SettingsError("min_quality", f"is {min_quality:g}", "give a quality index from 0 to 1")
    files = [Path(paths)] if isinstance(paths, (str, os.PathLike)) else [Path(path) for path in paths]
    if not files:
        raise BadInput("frames", "no file was given", "name the radar files")
    found, errors = [], []
    for done, path in enumerate(files, start=1):
        try:
            found += frames_of(path)
        except Unreadable as error:
            errors.append(error)
        if progress is not None:
            progress(done, len(files))
    if not found:
        raise _none(errors) if errors else BadInput(files[0], "holds no frame", "give files that do")
    missing_files(errors)
    return series(found, min_quality)


def frames_of(path: Path) -> list[Frame]:
    """The frames of one file, described but not decoded."""
    with whole_or_unreadable(path):
        begin = head(checked(path), _HEAD_BYTES)
        if begin.startswith(hdf5.MAGIC):
            return _inside_hdf5(path)
        for magic, frames in _BY_BEGINNING:
            if begin.startswith(magic):
                return frames(path)
    raise Unreadable(path, _guess(begin), _KNOWN)


def _inside_hdf5(path: Path) -> list[Frame]:
    with hdf5.hdf5_file(path) as file:
        for recognises, frames in _INSIDE_HDF5:
            if recognises(file):
                return frames(path, file)
        inside = ", ".join(list(file)[:6]) or "nothing"
    raise Unreadable(path, f"is HDF5 of an unknown kind with {inside} inside", _KNOWN)


def _guess(begin: bytes) -> str:
    """What a file is that is no radar file."""
    text = begin.lstrip().lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page, not a radar file: the download failed"
    if begin.startswith(b"CDF"):
        return "is NetCDF-3; convert it with nccopy -k nc4"
    return "is no radar file that is known"


def _none(errors: Sequence[Unreadable]) -> BadInput:
    if len(errors) == 1:
        return errors[0]
    first = errors[0]
    return BadInput(first.place, f"{first.problem}, and none of the other {len(errors) - 1} files can be read", _KNOWN)
