"""Scientific machine learning in one shape: from native files to evaluated models, each beside its classical rival.

A science is a module here (`sciml.variants`), loaded when it is first used; importing `sciml` itself loads nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from sciml import lenses as lenses
    from sciml import nowcast as nowcast
    from sciml import proteins as proteins
    from sciml import scans as scans
    from sciml import variants as variants

__version__ = "0.1.0"
__all__ = ["__version__", "lenses", "nowcast", "proteins", "scans", "show_versions", "variants"]

# a library is silent until its user asks; the command line does
logging.getLogger(__name__).addHandler(logging.NullHandler())


def show_versions() -> None:
    """Print the versions of sciml, Python and every library that numbers may depend on."""
    from sciml.core.versions import versions

    for name, version in versions().items():
        print(f"{name:<20} {version}")


def __getattr__(name: str) -> ModuleType:
    from importlib import import_module

    # by name, not by an import statement: whoever asks this package for its version must not depend on every science
    domains: dict[str, str] = import_module(f"{__name__}.registry").DOMAINS
    if name in domains:
        return import_module(domains[name])
    raise AttributeError(f"module 'sciml' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
