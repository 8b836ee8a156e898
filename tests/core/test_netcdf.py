"""NetCDF answers: the same bytes again, everything back, and damage said in one line."""

import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from sciml.core.errors import BadInput, Missing
from sciml.core.netcdf import read_netcdf, write_netcdf


@pytest.fixture
def answer() -> xr.Dataset:
    """One of each kind: a large map, text with an umlaut, a truth value, missing numbers, a step that never was."""
    contact = np.tile(np.linspace(0, 1, 50, dtype=np.float32), (50, 1))
    contact[3, 4] = np.nan
    return xr.Dataset(
        {
            "contact": (("residue", "residue2"), contact, {"units": "1"}),
            "name": ("finding", np.array(["Zürich", ""])),
            "decision": ("finding", np.array([-1, 1], np.int8)),
            "gradable": ((), True),
            "depth": (("finding", "band"), np.zeros((2, 0), np.float16)),
        },
        attrs={"sequence": "ACD", "notes": ""},
    )


def test_what_is_written_comes_back_with_its_types(answer: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(answer, tmp_path / "a.nc")
    found = read_netcdf(tmp_path / "a.nc")
    xr.testing.assert_identical(found, answer)
    for name in ("contact", "decision", "gradable"):
        assert found[name].dtype == answer[name].dtype


def test_the_same_answer_has_the_same_bytes_a_second_later(answer: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(answer, tmp_path / "a.nc")
    time.sleep(1.1)  # HDF5 keeps times in whole seconds
    write_netcdf(answer, tmp_path / "b.nc")
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_only_large_arrays_are_compressed(answer: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(answer, tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        # 50 * 50 * 4 = 10000 bytes
        assert file["contact"].compression == "gzip"
        assert file["decision"].compression is None


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"a\.nc: is not there"):
        read_netcdf(tmp_path / "a.nc")


def test_a_file_cut_short_anywhere_is_said_to_be_damaged(answer: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(answer, tmp_path / "a.nc")
    content = (tmp_path / "a.nc").read_bytes()
    for kept in np.linspace(0, len(content) - 1, 40).astype(int):
        (tmp_path / "short.nc").write_bytes(content[:kept])
        with pytest.raises(BadInput, match=r"short\.nc: cannot be read as NetCDF .*make it again"):
            read_netcdf(tmp_path / "short.nc")


def test_altered_bytes_are_read_or_refused_but_never_a_traceback(answer: xr.Dataset, tmp_path: Path) -> None:
    write_netcdf(answer, tmp_path / "a.nc")
    content, rng = (tmp_path / "a.nc").read_bytes(), np.random.default_rng(0)
    refused = 0
    for place in rng.integers(0, len(content), 150):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        (tmp_path / "damaged.nc").write_bytes(damaged)
        try:
            read_netcdf(tmp_path / "damaged.nc")
        except BadInput:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize("content", [b"", b"not at all", b"\x89HDF\r\n\x1a\n"])
def test_another_kind_of_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(content)
    with pytest.raises(BadInput, match="cannot be read as NetCDF"):
        read_netcdf(tmp_path / "a.nc")


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_netcdf(xr.Dataset({"x": ((), 1)}, attrs={"odd": {"a": 1}}), tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []
