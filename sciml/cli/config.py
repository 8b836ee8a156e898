"""`sciml config`: are the settings right, what may be set, what holds and why."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sciml.core.errors import ScimlError
    from sciml.core.run_settings import RunSettings

app = typer.Typer(
    help="Settings: check them, see what may be set, see what holds and where it was set.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Domain = Annotated[str, typer.Argument(help="The science.", metavar="DOMAIN", show_default=False)]
Overlay = Annotated[
    str | None, typer.Option(help="Overlay below config/ (default: that of config/config.yaml).", metavar="NAME")
]
Root = Annotated[Path, typer.Option(help="Folder that holds config/.", metavar="DIR")]
Files = Annotated[
    list[Path] | None,
    typer.Option("--config", help="Settings files instead of those of the run; may be repeated.", metavar="YAML"),
]


@app.command("check")
def check(overlay: Overlay = None, root: Root = Path()) -> None:
    """Check every settings file of a run; each error is one line with file, key and allowed keys.

    \b
    Examples:
      sciml config check
      sciml config check --overlay smoke
    """
    from sciml.core.errors import raise_all
    from sciml.core.layers import SettingsErrors, load
    from sciml.core.run_settings import domain_layers
    from sciml.registry import settings_class

    run = _run(overlay, root)
    errors: list[ScimlError] = []
    for domain in run.domains:
        try:
            load(domain_layers(run, domain), settings_class(domain), os.environ)
        except SettingsErrors as found:
            errors.extend(found.errors)
    raise_all(errors)
    for domain in run.domains:
        print(f"{domain}: {' + '.join(map(str, domain_layers(run, domain)))}: ok")


@app.command("schema")
def schema(domain: Domain) -> None:
    """Print the JSON schema of a science's settings, for editors and validators.

    \b
    Examples:
      sciml config schema variants
      sciml config schema variants > config/schema/variants.json
    """
    import json

    from sciml.registry import settings_class

    content = settings_class(domain).model_json_schema()
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"Settings of {domain}"}
    print(json.dumps({**content, **about}, indent=1, sort_keys=True))


@app.command("show")
def show(
    domain: Domain,
    overlay: Overlay = None,
    config: Files = None,
    origin: Annotated[bool, typer.Option("--origin", help="Also say where each value was set.")] = False,
    root: Root = Path(),
) -> None:
    """Print every setting that holds, one a line.

    \b
    Examples:
      sciml config show variants
      sciml config show variants --origin
      sciml config show variants --overlay smoke --origin
    """
    import json

    from pydantic_core import to_jsonable_python

    from sciml.core.errors import SettingsError
    from sciml.core.layers import leaves, load, origins
    from sciml.core.run_settings import domain_layers
    from sciml.core.yaml_lines import dotted
    from sciml.registry import settings_class

    run = None if config else _run(overlay, root)
    if run and domain not in run.domains:
        raise SettingsError(domain, "does not run with this overlay", f"it is for {', '.join(run.domains)}")
    paths = domain_layers(run, domain) if run else config or []
    cls = settings_class(domain)
    settings = load(paths, cls, os.environ)
    places = origins(paths, cls, os.environ) if origin else {}
    for key, value in leaves(settings).items():
        line = f"{dotted(key)}: {json.dumps(to_jsonable_python(value))}"
        print(f"{line:<60}  # {places[dotted(key)]}" if origin else line)


def _run(overlay: str | None, root: Path) -> RunSettings:
    from sciml.core.run_settings import RUN_FILE, run_settings
    from sciml.core.yaml_lines import read_lines

    config = read_lines(root / RUN_FILE).content
    return run_settings({**config, **({"overlay": overlay, "run": None} if overlay else {})}, root)
