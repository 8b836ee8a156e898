"""What a search hands over: one row an object, the best first, as ECSV, Parquet or FITS.

`score` is a log-odds in float64 that never saturates, so that the best hundred keep their order; `probability` is for
the prevalence that the metadata name. An object that could not be scored has rank 0 and a reason, and stands last.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import xarray as xr
from astropy.io import fits
from astropy.table import QTable, vstack

from sciml.core.errors import BadInput, SettingsError
from sciml.core.whole import whole_file

SUFFIXES = (".ecsv", ".parquet", ".fits")
FORMATS = {".ecsv": "ascii.ecsv", ".parquet": "parquet", ".fits": "fits"}
UNITS = {"ra": u.deg, "dec": u.deg, "x": u.pix, "y": u.pix}
# digits kept: 0.4 milliarcseconds, a thousandth of a pixel, a millionth of a log-odds
DECIMALS = {"ra": 7, "dec": 7, "x": 3, "y": 3, "score": 6}
COLUMNS = ("id", "ra", "dec", "x", "y", "tile", "score", "probability", "rank", "flags", "reason")
DESCRIPTIONS = {
    "x": "centre of the object, 0-based pixels",
    "y": "centre of the object, 0-based pixels",
    "score": "log-odds, higher is more like a lens",
    "probability": "of being a lens, at the prevalence of the metadata",
    "rank": "1 is the best; 0 was not scored",
    "flags": "sum of 1 partial, 2 missing band, 4 outside, 8 all bad, 16 saturated",
}
# keywords of a FITS header have eight letters
CARDS = {"method": "METHOD", "model": "MODEL", "prevalence": "PREVAL", "version": "SCIMLVER", "demonstration": "DEMO"}


def ranks(score: np.ndarray) -> np.ndarray:
    """Rank of each score, 1 the highest, 0 for NaN; equals go in the order of the catalogue."""
    order = np.argsort(-score, kind="stable")[: np.isfinite(score).sum()]
    places = np.zeros(len(score), np.int32)
    places[order] = np.arange(1, len(order) + 1)
    return places


def at_prevalence(score: np.ndarray, share: float, prevalence: float) -> np.ndarray:
    """Probabilities from log-odds that were learnt where `share` of the objects were lenses.

    Bayes' rule moves every log-odds by the same amount (Saerens et al. 2002, Neural Computation 14, 21, equation 2.4),
    so that no rank changes.
    """
    moved = score + _log_odds(prevalence) - _log_odds(share)
    return np.asarray(1 / (1 + np.exp(-np.clip(moved, -700, 700))))


def candidate_table(answer: xr.Dataset) -> QTable:
    """An answer, dimension (object), as a table: sorted by rank, the objects that were not scored at the end."""
    rank = answer["rank"].to_numpy()
    order = np.argsort(np.where(rank > 0, rank, np.iinfo(np.int32).max), kind="stable")
    table = QTable(meta={name: answer.attrs[name] for name in CARDS if name in answer.attrs})
    for name in COLUMNS:
        values = answer[name].to_numpy()[order]
        if name in DECIMALS:
            values = np.round(values.astype(np.float64), DECIMALS[name])
        elif name == "probability":
            values = _significant(values, 6)
        elif values.dtype.kind in "OU":
            values = values.astype(np.str_)
        table[name] = values * UNITS[name] if name in UNITS else values
        table[name].info.description = DESCRIPTIONS.get(name)
    return table


def answer_of(table: QTable) -> xr.Dataset:
    """A table as an answer, dimension (object)."""
    columns = {name: np.asarray(getattr(table[name], "value", table[name])) for name in COLUMNS}
    return xr.Dataset({name: ("object", values) for name, values in columns.items()}, attrs=dict(table.meta))


def write_candidates(table: QTable, out: str | Path) -> None:
    """Write a table in the format of its suffix, whole or not at all."""
    out = Path(out)
    suffix = out.suffix
    if suffix not in FORMATS:
        raise SettingsError(out, "the output has another suffix", f"end its name in {' or '.join(SUFFIXES)}")
    if suffix == ".fits":
        _write_fits(table, out)
        return
    with whole_file(out) as temporary:
        # astropy goes by the format that it is told, so that the temporary name does not matter
        table.write(temporary, format=FORMATS[suffix], overwrite=True)


def read_candidates(path: str | Path) -> QTable:
    """Read a table that `write_candidates` wrote."""
    path = Path(path)
    if path.suffix not in FORMATS:
        raise BadInput(path, "is no table of candidates", f"its name ends in {' or '.join(SUFFIXES)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = QTable.read(path, format=FORMATS[path.suffix])
    except (OSError, ValueError, TypeError, KeyError, LookupError, Warning) as error:
        raise BadInput(path, f"cannot be read as candidates ({error})", "make the table again") from error
    missing = [name for name in COLUMNS if name not in table.colnames]
    if missing:
        raise BadInput(path, f"has no column {missing[0]}", "it is no table of candidates")
    if path.suffix == ".fits":
        known = {card: name for name, card in CARDS.items()}
        table.meta = {known[card]: value for card, value in table.meta.items() if card in known}
        for name in ("id", "tile", "reason"):
            table[name] = np.asarray(table[name]).astype(np.str_)
    return table


def joined(tables: list[QTable]) -> QTable:
    """The candidates of several tiles in one list, ranked anew by their scores."""
    with warnings.catch_warnings():
        # the tiles of one search share their metadata
        warnings.simplefilter("ignore")
        answer = answer_of(vstack(tables, metadata_conflicts="silent"))
    answer["rank"] = ("object", ranks(answer["score"].to_numpy().astype(np.float64)))
    return candidate_table(answer)


def _write_fits(table: QTable, out: Path) -> None:
    plain = table.copy()
    meta: Mapping[str, Any] = dict(plain.meta)
    plain.meta = {}
    try:
        hdu = fits.table_to_hdu(plain)
    except UnicodeEncodeError as error:
        raise SettingsError(out, f"FITS has no letter {error.object[error.start]!r}", "write .ecsv instead") from error
    for name, card in CARDS.items():
        if name in meta:
            hdu.header[card] = (meta[name], name)
    with whole_file(out) as temporary:
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(temporary)


def _significant(values: np.ndarray, digits: int) -> np.ndarray:
    """Rounded to so many digits, however small: a probability of 1e-9 is still told from 0."""
    return np.array([float(f"{value:.{digits}g}") for value in values], np.float64)


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))
