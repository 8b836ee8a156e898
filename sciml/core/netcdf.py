"""One answer in one NetCDF-4 file: written whole, the same bytes for the same content, and read back checked."""

from __future__ import annotations

from pathlib import Path

import h5py
import xarray as xr

from sciml.core.errors import BadInput, Missing
from sciml.core.whole import whole_file

# a smaller array is not worth a chunk of its own
COMPRESSED_BYTES = 4096
GZIP_LEVEL = 4


SUFFIX = ".nc"


def write_netcdf(dataset: xr.Dataset, out: Path) -> None:
    """Write a Dataset; numbers of more than 4 kB are compressed without loss, and carry a checksum."""
    packed = {"zlib": True, "complevel": GZIP_LEVEL, "shuffle": True, "fletcher32": True}
    encoding = {
        name: packed
        for name, variable in dataset.variables.items()
        if variable.ndim and variable.nbytes > COMPRESSED_BYTES and variable.dtype.kind in "uifb"
    }
    with whole_file(out) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=encoding)


def read_netcdf(path: Path) -> xr.Dataset:
    """The Dataset that `write_netcdf` wrote, in memory."""
    if not path.exists():
        raise Missing(path, "is not there", "check the path")
    try:
        with h5py.File(path, "r") as file:
            dict(file.attrs)  # h5netcdf leaves an error behind in its destructor where these are damaged
        return xr.load_dataset(path, engine="h5netcdf", decode_times=False)
    # what h5py and xarray raise for a file that is cut short, altered or of another kind
    except (OSError, ValueError, TypeError, RuntimeError, LookupError, AttributeError) as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise BadInput(path, f"cannot be read as NetCDF ({said})", "make it again") from error
