"""What will the next ninety minutes of rain be? Ensembles from radar frames, in the spirit of DGMR.

    from sciml.nowcast import forecast, open_radar

    frames = open_radar(["radar/201609281545.h5", ...])
    ensemble = forecast(frames, leads=18, members=8)

Method: Ravuri et al. 2021, Nature 597, 672; almost-fair CRPS: Lang et al. 2024, arXiv 2412.15832.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sciml.nowcast.forecasting import forecast
    from sciml.nowcast.formats import open_radar

_HOMES = {"forecast": "forecasting", "open_radar": "formats"}

__all__ = ["forecast", "open_radar"]


def __getattr__(name: str) -> Any:
    # verbs are imported when they are asked for: `import sciml` stays light (PEP 562)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
