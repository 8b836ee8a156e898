"""`sciml models`: the trained weights that come with sciml, or any model folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(help="Trained models: list, show, verify.", no_args_is_help=True, rich_markup_mode=None)

Model = Annotated[
    str, typer.Argument(help="Shipped weights by name, or a model folder.", metavar="NAME|DIR", show_default=False)
]


@app.command("list")
def list_models(
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """List the weights that come with sciml; nothing is loaded.

    \b
    Examples:
      sciml models list
      sciml models list --json
    """
    from sciml.core.weights import read_record

    records = {folder.name: read_record(folder) for folder in shipped()}
    if json:
        from sciml.cli.lines import print_json

        keys = ("domain", "task", "parameters", "channels", "classes", "demonstration", "weights_sha256")
        models = {name: {key: getattr(record, key) for key in keys} for name, record in records.items()}
        print_json("models-list", {"models": models})
        return
    for name, record in records.items():
        print(f"{name:<20} {record.domain:<10} {record.parameters:>12,} parameters  {record.task}")


@app.command("show")
def show(model: Model) -> None:
    """Print the card of a model: what it learnt from, how good it is, what it is not for. No weights are loaded.

    \b
    Examples:
      sciml models show variants-wgs
      sciml models show results/demo/variants/model
    """
    from sciml.core.errors import BadInput
    from sciml.core.weights import CARD, find_model, read_record

    folder = find_model(model)
    read_record(folder)
    try:
        print((folder / CARD).read_text(encoding="utf-8").rstrip())
    except FileNotFoundError:
        raise BadInput(folder, f"has no card ({CARD})", "copy the whole model folder again") from None


@app.command("verify")
def verify_models(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Names or folders; none: all that come with sciml.", metavar="NAME|DIR..."),
    ] = None,
) -> None:
    """Hold the weights against the digest in their record; ends with status 3 at the first that differs.

    \b
    Examples:
      sciml models verify
      sciml models verify results/demo/variants/model
    """
    from sciml.core.weights import find_model, verify

    for folder in [find_model(model) for model in models] if models else list(shipped()):
        record = verify(folder)
        print(f"ok         {folder}: sha256 {record.weights_sha256}")


def shipped() -> Iterator[Path]:
    """Folders of the weights that come with the package, in the order of their names."""
    for record in sorted((Path(str(files("sciml"))) / "models").glob("*/model.json")):
        yield record.parent
