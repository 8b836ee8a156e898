"""`sciml lenses`: candidates for strong gravitational lenses, from survey images."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sciml.cli.output import check_output
from sciml.cli.progress import progress
from sciml.core.errors import SettingsError

if TYPE_CHECKING:
    from sciml.lenses.finding import Search

app = typer.Typer(
    help="Candidates for strong gravitational lenses, from survey images.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

# those of sciml.lenses.candidates, which is imported when it is needed; a test holds them together
TABLE_SUFFIXES = (".ecsv", ".parquet", ".fits")
# what somebody looks at in an hour
SHOWN = 200


@app.callback()
def lenses() -> None:
    """Candidates for strong gravitational lenses, from survey images."""


@app.command("find")
def find(
    image: Annotated[
        list[str],
        typer.Option(
            help="Image of one band, as g=tile_g.fits; file.fits[2] names an HDU. Once a band.", metavar="BAND=FITS"
        ),
    ],
    out: Annotated[Path, typer.Option(help="Table to write: .ecsv, .parquet or .fits.", metavar="TABLE")],
    catalog: Annotated[
        Path | None,
        typer.Option(
            help="Objects to look at: CSV, ECSV or FITS with id and ra, dec (deg) or x, y (pixels from 0). Without it"
            " they are detected.",
            metavar="TABLE",
            readable=False,  # whoever reads it says so, as of any wrong file
        ),
    ] = None,
    prevalence: Annotated[
        float, typer.Option(help="Share of lenses that you expect among the objects; moves no rank.", metavar="0-1")
    ] = 1e-3,
    model: Annotated[
        str, typer.Option(help="Shipped weights by name, or a model folder.", metavar="NAME|DIR")
    ] = "lenses-ground",
    gallery: Annotated[
        Path | None, typer.Option(help=f"Also write a page with the best {SHOWN} to look at.", metavar="HTML")
    ] = None,
    threads: Annotated[
        int, typer.Option(help="Cores to use; the table does not depend on it.", metavar="N", min=1)
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Rank the objects of a survey tile by how much they look like strong lenses.

    \b
    Examples:
      sciml lenses find --image g=tile_g.fits --image r=tile_r.fits --image i=tile_i.fits --out candidates.ecsv
      sciml lenses find --image g=g.fits --image i=i.fits --catalog objects.csv --prevalence 1e-4 --out found.parquet
      sciml lenses find --image g=g.fits --image r=r.fits --image i=i.fits --out found.fits --gallery found.html
    """
    images = images_by_band(image)
    from sciml.lenses.tile_files import split_spec

    inputs = [*(split_spec(path)[0] for path in images.values()), *([catalog] if catalog else [])]
    check_output(out, TABLE_SUFFIXES, inputs)
    if gallery is not None:
        check_output(gallery, (".html",), inputs)
    from sciml.core.whole import whole_file
    from sciml.lenses.candidates import write_candidates
    from sciml.lenses.finding import search

    with progress("finding", "objects", quiet=quiet) as advance:
        found = search(images, catalog, prevalence, model, threads, advance)
    with ExitStack() as both_or_none:
        if gallery is not None:
            both_or_none.enter_context(whole_file(gallery)).write_text(_page(found), encoding="utf-8")
        write_candidates(found.table, out)


def images_by_band(given: list[str]) -> dict[str, str]:
    """Files by band, in the order given."""
    images: dict[str, str] = {}
    for word in given:
        band, equals, path = word.partition("=")
        if not (equals and band and path):
            raise SettingsError("--image", f"{word!r} names no band and file", "write it as g=tile_g.fits")
        if band in images:
            raise SettingsError("--image", f"the band {band} is given twice", "give each band once")
        images[band] = path
    return images


def _page(found: Search) -> str:
    from sciml.lenses.gallery import gallery_page

    cutouts, table = found.best(SHOWN)
    page: str = gallery_page(found.name, cutouts, table)
    return page
