"""`sciml scans`: findings of medical images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sciml.cli.output import check_output, check_place
from sciml.cli.progress import progress
from sciml.core.errors import SettingsError

app = typer.Typer(
    help="Findings of fundus photographs and chest X-rays. Not a medical device.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

# those of sciml.scans.findings_table, which is imported when it is needed; a test holds them together
TABLE_SUFFIXES = (".csv", ".parquet")


@app.callback()
def scans() -> None:
    """Findings of fundus photographs and chest X-rays. Not a medical device."""


@app.command("classify")
def classify(
    images: Annotated[
        list[str],
        typer.Argument(help="JPEG, PNG, TIFF or DICOM files.", metavar="IMAGES", show_default=False),
    ],
    out: Annotated[Path, typer.Option(help="Table to write: .csv or .parquet.", metavar="CSV|PARQUET")],
    model: Annotated[
        str,
        typer.Option(help="retina or chest: the shipped weights; or a model folder.", metavar="retina|chest|DIR"),
    ] = "retina",
    heatmaps: Annotated[
        Path | None,
        typer.Option(help="Also write IMAGE_FINDING.png: where each score is sensitive.", metavar="DIR"),
    ] = None,
    accept_demonstration: Annotated[
        bool,
        typer.Option("--accept-demonstration", help="Use a model that learnt from simulated images only."),
    ] = False,
    threads: Annotated[
        int, typer.Option(help="Cores to use; the findings do not depend on it.", metavar="N", min=1)
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Tell the findings of IMAGES with probabilities, a row for each image and finding.

    \b
    Examples:
      sciml scans classify left.jpg right.jpg --out findings.csv --accept-demonstration
      sciml scans classify chest/*.dcm --model chest --out findings.parquet --accept-demonstration
      sciml scans classify eyes/*.jpg --model results/run/scans/model --heatmaps maps --out findings.csv
    """
    check_output(out, TABLE_SUFFIXES, map(Path, images))
    if heatmaps is not None:
        check_place(heatmaps)
    if heatmaps is not None and out.resolve().is_relative_to(heatmaps.resolve()):
        raise SettingsError(out, "lies in the folder of the heatmaps, which is replaced whole", "choose another output")
    from sciml.scans import classify as classify_images
    from sciml.scans import write_findings

    with progress("classifying", "images", quiet=quiet) as advance:
        table = classify_images(
            images,
            model=model,
            heatmaps=heatmaps,
            accept_demonstration=accept_demonstration,
            threads=threads,
            progress=advance,
        )
    write_findings(table, out)
