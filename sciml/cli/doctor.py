"""`sciml doctor`: what works on this machine, and what a gap disables."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer


def doctor(json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False) -> None:
    """Say what works here: libraries, GPU, cores, memory, disk, programs, shipped models.

    One line each: ok, missing (what that disables, how to get it) or broken. Ends with status 4 if something is
    not there that sciml cannot do without.

    \b
    Examples:
      sciml doctor
      sciml doctor --json
    """
    from sciml.cli.checkup import checkup
    from sciml.cli.exits import MISSING

    checks = checkup()
    if json:
        from sciml.cli.lines import print_json

        print_json("doctor", {"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            remedy = f"; {check.remedy}" if check.remedy else ""
            print(f"{check.state:<8} {check.name:<18} {check.detail}{remedy}")
    if any(check.required and check.state != "ok" for check in checks):
        raise typer.Exit(MISSING)
