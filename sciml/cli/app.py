"""The table of contents of the `sciml` command, for people."""

from __future__ import annotations

from typing import Annotated

import typer

from sciml.cli import config, data, doctor, lenses, models, nowcast, proteins, scans, variants

EPILOG = """\b
In every command: -v says what is being done, -vv also shows where an error came from.
Exit status: 0 done, 1 failed, 2 wrong usage or settings, 3 wrong input data, 4 something needed is missing,
5 a check did not hold, 130 interrupted, 143 terminated.
"""

app = typer.Typer(
    help="Scientific machine learning: from native files to evaluated models, each beside its classical rival.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(variants.app, name="variants", short_help="Small variants from aligned reads.")
app.add_typer(nowcast.app, name="nowcast", short_help="Rain of the next hours from weather radar.")
app.add_typer(lenses.app, name="lenses", short_help="Strong lenses in survey images.")
app.add_typer(scans.app, name="scans", short_help="Findings of fundus photographs and chest X-rays.")
app.add_typer(proteins.app, name="proteins", short_help="Contacts and the fold of a protein from an alignment.")
app.add_typer(config.app, name="config", short_help="Settings: check, schema, show.")
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.command("doctor", short_help="What works here, and what a gap disables.")(doctor.doctor)


@app.command("version")
def version() -> None:
    """Print the version of sciml.

    \b
    Examples:
      sciml version
    """
    from sciml import __version__

    print(__version__)


@app.command(
    "stage",
    short_help="One stage of the chain (for the workflow).",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def stage(context: typer.Context) -> None:
    """Run one stage of the chain (for the workflow; see `sciml stage --help`)."""
    from sciml.cli.stage import main

    main(context.args)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass
