"""`sciml data`: real, public data sets, with their licences."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sciml.core.sources import DataSet

app = typer.Typer(
    help="Real, public data sets: list, fetch, verify.",
    epilog="""\b
Files lie in <folder>/<science>/<set>/. The folder is --to, else the variable SCIML_DATA, else the user's cache.
SCIML_MIRROR names a folder or an address laid out in the same way, to be used instead of the publishers.
""",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path | None, typer.Option("--to", help="Data folder (default: SCIML_DATA, or the user's cache).", metavar="DIR")
]
Names = Annotated[list[str], typer.Argument(help="Data sets by name; see `sciml data list`.", metavar="SET...")]


@app.command("list")
def list_sets(
    to: Folder = None,
    domain: Annotated[str | None, typer.Option(help="Only the sets of one science.", metavar="NAME")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """List the data sets that sciml knows: size, licence, and how many of their files are here.

    \b
    Examples:
      sciml data list
      sciml data list --domain variants --json
    """
    from sciml.core.fetch import here
    from sciml.core.sources import known_sets

    folder = _folder(to)
    sets = [known for known in known_sets() if domain in (None, known.domain)]
    if json:
        from sciml.cli.lines import print_json

        rows = [{**known.model_dump(mode="json"), "here": here(known, folder)} for known in sets]
        print_json("data-list", {"folder": str(folder), "sets": rows})
        return
    for known in sets:
        print(f"{known.name:<26} {_size(known):>12}  {here(known, folder)} of {len(known.files)} files here")
        print(f"    {known.about}")
        print(f"    licence: {known.licence}")


@app.command("fetch")
def fetch_sets(
    names: Names,
    to: Folder = None,
    accept_licence: Annotated[
        list[str] | None,
        typer.Option(help="Accept the licence of this set without being asked; may be repeated.", metavar="SET"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and from where.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Fetch data sets; what is here already is not fetched again, and a broken download goes on where it stopped.

    \b
    Examples:
      sciml data fetch giab-hg002-v4.2.1 --dry-run
      sciml data fetch giab-hg002-v4.2.1 grch38-no-alt --to /data/sciml
      SCIML_MIRROR=/mnt/mirror sciml data fetch hg002-novaseq-35x-chr20
    """
    from sciml.cli.progress import progress
    from sciml.core.fetch import address, fetch
    from sciml.core.sources import find_set, known_sets

    folder, mirror = _folder(to), os.environ.get("SCIML_MIRROR") or None
    wanted = [find_set(name, known_sets()) for name in names]
    for one in wanted:
        _show_licence(one)
    if dry_run:
        for one in wanted:
            for file in one.files:
                size = f"{file.size:,} bytes" if file.size else "size not stated"
                print(f"{address(one, file, mirror)} -> {one.folder(folder) / file.name} ({size})")
        return
    _accept_licences(wanted, accept_licence or [])
    for one in wanted:
        for file in one.files:
            with progress(file.name, "bytes", quiet=quiet) as advance:
                state = fetch(one, file, folder, mirror, advance)
            print(f"{state.state:<10} {state.path}: {state.detail}")


@app.command("verify")
def verify_sets(
    names: Annotated[
        list[str] | None, typer.Argument(help="Data sets by name; none: every set with a file here.", metavar="SET...")
    ] = None,
    to: Folder = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Read files that are here and compare their digests; ends with status 3 if one is wrong or missing.

    \b
    Examples:
      sciml data verify
      sciml data verify giab-hg002-v4.2.1 --to /data/sciml
    """
    from sciml.cli.progress import progress
    from sciml.core.errors import BadInput
    from sciml.core.fetch import here, verify
    from sciml.core.sources import find_set, known_sets

    folder = _folder(to)
    sets = known_sets()
    wanted = [find_set(name, sets) for name in names] if names else [one for one in sets if here(one, folder)]
    if not wanted:
        print(f"no data set has a file in {folder}", file=sys.stderr)
    bad = 0
    for one in wanted:
        for file in one.files:
            with progress(file.name, "bytes", quiet=quiet) as advance:
                state = verify(one, file, folder, advance)
            bad += state.state in ("wrong", "missing")
            print(f"{state.state:<10} {state.path}: {state.detail}")
    if bad:
        raise BadInput(folder, f"{bad} file{'s are' if bad > 1 else ' is'} wrong or missing", "fetch the set again")


def _folder(to: Path | None) -> Path:
    if to is not None:
        return to
    if named := os.environ.get("SCIML_DATA"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sciml"


def _size(known: DataSet) -> str:
    sizes = [file.size for file in known.files]
    return f"{sum(size or 0 for size in sizes) / 1e6:,.0f} MB" if all(sizes) else "not stated"


def _show_licence(one: DataSet) -> None:
    print(f"{one.name}: {one.licence} ({one.licence_page}); cite {one.cite}", file=sys.stderr)


def _accept_licences(wanted: Sequence[DataSet], accepted: Sequence[str]) -> None:
    from sciml.core.errors import SettingsError

    for one in wanted:
        if not one.restrictive or one.name in accepted:
            continue
        if not (sys.stdin.isatty() and typer.confirm(f"Do you accept the licence of {one.name}?", err=True)):
            raise SettingsError(one.name, "its licence was not accepted", f"add --accept-licence {one.name}")
