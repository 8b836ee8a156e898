"""`sciml nowcast`: the rain of the next ninety minutes, from radar frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from sciml.cli.output import check_output
from sciml.cli.progress import progress
from sciml.core.errors import SettingsError

if TYPE_CHECKING:
    import xarray as xr

app = typer.Typer(
    help="Rain of the next hours as an ensemble, from weather radar.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

FORECAST_SUFFIXES = (".nc", ".zarr")
# those of sciml.nowcast.forecasting, which is imported when it is needed; a test holds them together
Method: TypeAlias = Literal["sciml", "dgmr", "steps", "s-prog", "lk-extrapolation", "extrapolation", "persistence"]


@app.callback()
def nowcast() -> None:
    """Rain of the next hours as an ensemble, from weather radar."""


@app.command("forecast")
def forecast(
    frames: Annotated[
        list[Path],
        typer.Argument(
            help="Radar frames in any supported format and any order.", metavar="FRAMES", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="Forecast to write: .nc (NetCDF-4) or .zarr, both CF.", metavar="NC|ZARR")],
    leads: Annotated[int, typer.Option(help="Steps to forecast, as long as those of the frames.", min=1)] = 18,
    members: Annotated[int, typer.Option(help="Members of the ensemble.", min=1)] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same members.", min=0)] = 0,
    method: Annotated[
        Method,
        typer.Option(
            help="sciml or dgmr: a trained network; extrapolation, persistence; steps, s-prog, lk-extrapolation: those"
            " of pysteps, where it is installed.",
            metavar="METHOD",
        ),
    ] = "sciml",
    model: Annotated[
        str, typer.Option(help="Shipped weights by name, or a model folder.", metavar="NAME|DIR")
    ] = "nowcast-europe",
    min_quality: Annotated[
        float, typer.Option(help="Cells whose stated quality is below are not observed.", metavar="0-1", min=0, max=1)
    ] = 0.0,
    threads: Annotated[int, typer.Option(help="Cores to use.", metavar="N", min=1)] = 1,
    animation: Annotated[
        Path | None, typer.Option(help="Also write a page with the forecast in motion.", metavar="HTML")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Forecast the rain from the last four of some radar FRAMES and write it as CF NetCDF or Zarr.

    \b
    Examples:
      sciml nowcast forecast radar/*.h5 --out forecast.nc
      sciml nowcast forecast radar/*.pgm.gz --leads 12 --members 20 --out forecast.zarr --animation forecast.html
      sciml nowcast forecast radar/*.h5 --method steps --seed 7 --out steps.nc
    """
    check_forecast(out, frames)
    if animation is not None:
        check_output(animation, (".html",), frames)
    from sciml.nowcast.forecasting import forecast_file

    with progress("forecasting", "members", quiet=quiet) as advance:
        context = forecast_file(
            frames,
            out,
            leads=leads,
            members=members,
            method=method,
            seed=seed,
            model=model,
            threads=threads,
            min_quality=min_quality,
            progress=advance,
        )
    if animation is not None:
        _animate(context, out, animation)


def check_forecast(out: Path, frames: list[Path]) -> None:
    """Refuse an output that cannot be; a Zarr store is a folder, and may only take the place of its like."""
    if out.suffix != ".zarr" or not out.is_dir():
        check_output(out, FORECAST_SUFFIXES, frames)
        return
    if not (out / "zarr.json").is_file():
        raise SettingsError(out, "is a folder, and not a Zarr store", "choose another output")
    for frame in frames:
        if frame.resolve().is_relative_to(out.resolve()):
            raise SettingsError(out, f"holds the input {frame}", "choose another output")
    check_output(out.parent / "new.zarr", FORECAST_SUFFIXES, ())


def _animate(context: xr.Dataset, forecast: Path, out: Path) -> None:
    from sciml.core.whole import whole_file
    from sciml.nowcast.animation import animation_page
    from sciml.nowcast.answers import open_forecast

    with open_forecast(forecast) as dataset, whole_file(out) as temporary:
        temporary.write_text(animation_page(context, dataset), encoding="utf-8")
