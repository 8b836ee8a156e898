"""A small run of the structure predictor with everything that a page may show, made from files that this file writes.

Ten families of helical bundles, each its own fold, in alignments of random rows. The model's probabilities follow the
true distances and get worse from family to family, and so does its fold; the baseline's scores are blurred more. The
first family has two residues that its structure does not resolve.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import xarray as xr
from chains import bundle, family, write_a3m

from sciml.core.contract import Case
from sciml.core.netcdf import write_netcdf
from sciml.core.report.panels import RunView
from sciml.core.scores import score
from sciml.core.weights import ModelRecord
from sciml.proteins.evaluate import HEADLINE, METRICS, evaluate
from sciml.proteins.ingest import cases as cases_of
from sciml.proteins.ingest import ingest, structure_of
from sciml.proteins.settings import Settings
from sciml.proteins.similarity import distances
from sciml.proteins.structures import Structure

FAMILIES = 10
UNRESOLVED = (4, 5)
METHODS = {"trained": "model", "ridge-dca": "baseline", "mutual-information": "baseline"}
BENCHMARK = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def example_run(
    folder: Path,
    run: str = "example",
    families: int = FAMILIES,
    methods: tuple[str, ...] = tuple(METHODS),
    licence: str = "CC0",
) -> RunView:
    """Write alignments, structures, answers and time tables below `folder`, score them: the view of the report."""
    results = folder / "results" / run / "proteins"
    raw, predictions, model = results / "raw", results / "predictions", results / "model"
    for made in (raw, model):
        made.mkdir(parents=True)
    settings = example_settings(folder, families, licence)
    index = ingest(settings, None, raw)
    found: dict[str, list[Any]] = {method: [] for method in methods}
    for place, case in enumerate(cases_of(settings, index)):
        paths = {method: predictions / method / "1-of-1" / f"{case.id}.nc" for method in methods}
        for method, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_netcdf(example_answer(case, method, place), path)
        for method, evaluation in evaluate(settings, case, paths).items():
            found[method].append(evaluation)
    described = {
        method: {
            "kind": METHODS[method],
            "status": "done",
            "note": "",
            "demonstration": METHODS[method] == "model",
            "cases": families,
        }
        for method in methods
    }
    scores = {
        **score(_added(found), METRICS, HEADLINE, settings.evaluate, methods=described),
        "simulated": "simulated",
        "examples": {method: [dict(e) for each in some for e in each.examples] for method, some in found.items()},
    }
    (model / "training.csv").write_text("step,train_loss,validation_loss\n100,2.7,2.6\n200,2.2,2.3\n300,2.0,2.25\n")
    benchmarks = folder / "benchmarks" / run / "proteins"
    benchmarks.mkdir(parents=True)
    (benchmarks / "train.tsv").write_text(f"{BENCHMARK}60\t0:01\t500.0\t0\t0\t0\t0\t0\t0\t210\n")
    return RunView(
        run=run,
        domain="proteins",
        settings=settings,
        index=index,
        raw=raw,
        # as the stages read it: from JSON
        scores=json.loads(json.dumps(scores)),
        cost={"methods": {m: {"cpu_s": 2.0, "wall_s": 3.0, "peak_mb": 300.0, "cases": families} for m in methods}},
        record=_record(settings),
        model=model,
        predictions=predictions,
        benchmarks=benchmarks,
        versions={"sciml": "0.1.0"},
        commands=(f"snakemake --cores 2 --config run={run}",),
    )


def example_settings(folder: Path, families: int, licence: str = "CC0") -> Settings:
    rows = []
    for place in range(families):
        native = native_of(place)
        letters = family(len(native), rows=12 + 20 * place, seed=place)
        known = f"fam-{place:02d}"
        structure = write_structure(folder / f"{known}.pdb", letters[0], native, UNRESOLVED if place == 0 else ())
        rows.append(
            {
                "name": known,
                "alignment": str(write_a3m(folder / f"{known}.a3m", letters)),
                "structure": str(structure),
                "role": "test",
                "licence": licence,
            }
        )
    return Settings.model_validate({"simulate": None, "ingest": {"inputs": rows}, "evaluate": {"bootstrap": 100}})


@cache
def native_of(place: int) -> np.ndarray:
    """The C-alpha atoms of a family: three helices of 14 to 17 residues."""
    chain = _bundle(14 + place % 4)
    chain.flags.writeable = False
    return chain


@cache
def _bundle(residues: int) -> np.ndarray:
    return bundle(3, residues)


def write_structure(path: Path, sequence: str, ca: np.ndarray, unresolved: tuple[int, ...] = ()) -> Path:
    """A PDB file of C-alpha and C-beta atoms; C-beta lies 1.5 angstrom nearer to the axis of the bundle."""
    out = ca[:, :2] - ca[:, :2].mean(0)
    beta = ca - 1.5 * np.column_stack([out / np.linalg.norm(out, axis=1, keepdims=True), np.zeros(len(ca))])
    chain = gemmi.Chain("A")
    names = gemmi.expand_one_letter_sequence(sequence, gemmi.ResidueKind.AA)
    for place, residue_name in enumerate(names):
        if place in unresolved:
            continue
        residue = gemmi.Residue()
        residue.name, residue.seqid = residue_name, gemmi.SeqId(place + 1, " ")
        for atom_name, position in (("CA", ca[place]), ("CB", beta[place])):
            atom = gemmi.Atom()
            atom.name, atom.element, atom.pos = atom_name, gemmi.Element("C"), gemmi.Position(*position.tolist())
            residue.add_atom(atom)
        chain.add_residue(residue)
    structure, model = gemmi.Structure(), gemmi.Model(1)
    model.add_chain(chain)
    structure.add_model(model)
    structure.setup_entities()
    for entity in structure.entities:
        entity.full_sequence = names
    structure.write_pdb(str(path))
    return path


def example_answer(case: Case, method: str, place: int) -> xr.Dataset:
    """A map that follows the truth, blurred; from the model also a fold that is off by `place` / 4 angstrom an atom."""
    native = native_of(place)
    rng = np.random.default_rng([place, len(method)])
    apart = distances(native)
    blur = rng.standard_normal(apart.shape)
    noisy = apart + {"trained": 0.6 * place, "ridge-dca": 5.0}.get(method, 9.0) * (blur + blur.T)
    probable = method == "trained"
    contact = 1 / (1 + np.exp((noisy - 8) / 1.5)) if probable else (10 - noisy) / 30
    np.fill_diagonal(contact, 0)
    attrs = {"units": "1", "quantity": "probability" if probable else "score"}
    pairs = ("residue", "residue2")
    variables: dict[str, Any] = {"contact": (pairs, contact.astype(np.float32), attrs)}
    if probable:
        ca = native + place / 4 * rng.standard_normal(native.shape)
        confidence = np.clip(95 - 5 * place - 3 * np.arange(len(native)) % 31, 0, 100)
        variables |= {
            "distance": (pairs, distances(ca).astype(np.float32), {"units": "angstrom"}),
            "ca": (("residue", "xyz"), ca.astype(np.float32), {"units": "angstrom"}),
            "confidence": ("residue", confidence.astype(np.float32), {"units": "1"}),
        }
    rows = int(case.unit.facts["rows"])
    about = {"name": case.id, "sequence": str(case.unit.facts["query"]), "rows": rows, "neff": 0.8 * rows}
    return xr.Dataset(variables, attrs=about)


def truth(view: RunView, family_name: str) -> Structure:
    """The native structure of a family."""
    return structure_of(next(unit for unit in view.index.units if unit.id == family_name))


def _added(found: dict[str, list[Any]]) -> dict[str, xr.Dataset]:
    strata = list(dict.fromkeys(str(s) for some in found.values() for e in some for s in e.statistics.stratum.values))
    return {
        method: xr.concat(
            [each.statistics.reindex(stratum=strata, fill_value=0) for each in some], dim="unit", join="exact"
        )
        for method, some in found.items()
    }


def _record(settings: Settings) -> ModelRecord:
    return ModelRecord(
        domain="proteins",
        task="distances between residues",
        channels=("sequence", "profile", "maps"),
        classes=("near", "far"),
        settings={"prepare": settings.prepare.model_dump(mode="json")},
        calibration={},
        data={
            "samples": {"train": 40, "validation": 6, "test": 0},
            "sources": [{"id": "fam-00", "role": "train", "simulated": True, "licence": "CC0"}],
        },
        training={"seed": 1, "steps": 300},
        demonstration=True,
        parameters=99_999,
        weights_sha256="ab" * 32,
    )
