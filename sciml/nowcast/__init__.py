"""What will the next ninety minutes of rain be? Ensembles from radar frames, in the spirit of DGMR.

    from sciml.nowcast import forecast, open_radar

    frames = open_radar(["radar/201609281545.h5", ...])
    ensemble = forecast(frames, leads=18, members=8)

Method: Ravuri et al. 2021, Nature 597, 672; almost-fair CRPS: Lang et al. 2024, arXiv 2412.15832.
"""

from typing import TYPE_CHECKING

from sciml.core.lazy import lazily

if TYPE_CHECKING:
    from sciml.nowcast.forecasting import forecast
    from sciml.nowcast.formats import open_radar

_HOMES = {"forecast": "forecasting", "open_radar": "formats"}

__all__ = ["forecast", "open_radar"]


__getattr__, __dir__ = lazily(__name__, _HOMES)
