"""The `sciml` command: `sciml stage` for the workflow, everything else for people."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the command; every way out of it is in `sciml.cli.exits`."""
    from sciml.cli.exits import run

    sys.exit(run(_command, sys.argv[1:]))


def _command(argv: list[str]) -> int | None:
    # every job of the workflow pays for the start, so `stage` goes round typer
    if argv[:1] == ["stage"]:
        from sciml.cli.stage import main as stage

        return stage(argv[1:])
    from sciml.cli.app import app

    code: int | None = app(argv, prog_name="sciml", standalone_mode=False)
    return code
