"""`sciml proteins`: contacts and the fold of a protein, from an alignment of its family."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sciml.cli.output import check_output
from sciml.cli.progress import progress
from sciml.core.errors import SettingsError

if TYPE_CHECKING:
    import xarray as xr

app = typer.Typer(
    help="Contacts and the fold of a protein, from an alignment of its family.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def proteins() -> None:
    """Contacts and the fold of a protein, from an alignment of its family."""


@app.command("fold")
def fold(
    query: Annotated[
        Path,
        typer.Argument(
            help="Alignment whose first row is the query: A3M, Stockholm, FASTA or .aln, also gzipped.",
            metavar="QUERY",
            show_default=False,
            readable=False,  # whoever reads it says so, as of any wrong file
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Model to write: mmCIF of chain A, confidence (0-100) in the B-factor.", metavar="CIF")
    ],
    pdb: Annotated[Path | None, typer.Option(help="Also write the model as PDB.", metavar="PDB")] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(
            help="Also list the contacts (C-beta atoms within 8 A): i, j, probability, the likeliest first; pairs at"
            " least 6 residues apart with a probability of 0.01 or more.",
            metavar="TSV",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same coordinates.", min=0)] = 0,
    model: Annotated[
        str, typer.Option(help="Shipped weights by name, or a model folder.", metavar="NAME|DIR")
    ] = "proteins-potts",
    threads: Annotated[int, typer.Option(help="Cores to use.", metavar="N", min=1)] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no summary.")] = False,
) -> None:
    """Fold the QUERY of an alignment and write its C-alpha trace as mmCIF.

    \b
    Examples:
      sciml proteins fold family.a3m --out model.cif
      sciml proteins fold family.sto.gz --out model.cif --pdb model.pdb --contacts contacts.tsv
      sciml proteins fold family.a3m --seed 7 --model results/demo/proteins/model --out model.cif
    """
    check_outputs(query, out, pdb, contacts)
    from sciml.proteins.folds import fold_files

    with progress("folding", "steps", quiet=quiet) as advance:
        answer = fold_files(query, out, pdb, contacts, seed=seed, model=model, threads=threads, progress=advance)
    if not quiet:
        print(summary(out, answer))


def check_outputs(query: Path, out: Path, pdb: Path | None, contacts: Path | None) -> None:
    """Refuse outputs that cannot be, or that are one file."""
    outputs = [out]
    check_output(out, (".cif",), [query])
    for path, suffix in ((pdb, ".pdb"), (contacts, ".tsv")):
        if path is not None:
            check_output(path, (suffix,), [query])
            outputs.append(path)
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise SettingsError(out, "is named for two outputs", "give each a name of its own")


def summary(out: Path, answer: xr.Dataset) -> str:
    """One line: how long, how sure, on how much."""
    import numpy as np

    likely = int((answer["contact"].values[np.triu_indices(answer.sizes["residue"], 6)] > 0.5).sum())
    confidence, neff = float(answer["confidence"].mean()), float(answer.attrs["neff"])
    return (
        f"{out}: {answer.sizes['residue']} residues, mean confidence {confidence:.0f} of 100,"
        f" {likely} contact{'' if likely == 1 else 's'} likelier than 0.5; {neff:,.0f} effective sequences"
    )
