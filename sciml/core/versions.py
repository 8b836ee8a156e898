"""Which versions of Python and of the libraries stand behind a number."""

from __future__ import annotations

import platform
from importlib import metadata

LIBRARIES = (
    "sciml",
    "numpy",
    "xarray",
    "zarr",
    "zarrs",
    "dask",
    "pandas",
    "scipy",
    "numba",
    "torch",
    "pytorch-lightning",
    "safetensors",
    "pydantic",
    "pysam",
    "pybwa",
    "pooch",
    "h5py",
    "h5netcdf",
    "pillow",
    "pyproj",
    "astropy",
    "photutils",
    "biopython",
    "gemmi",
    "pydicom",
    "scikit-learn",
    "snakemake",
)
# what some methods need and all else can do without
OPTIONAL = ("pysteps",)


def versions() -> dict[str, str]:
    """Version by name, read from the installed metadata: nothing is imported."""
    found = {"python": platform.python_version()}
    for name in (*LIBRARIES, *OPTIONAL):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
