"""A card says all that a user must know, or is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sciml.core.cards import card, learning_curve
from sciml.core.errors import ScimlError
from sciml.core.weights import ModelRecord

CURVE = "step,train_loss,validation_loss\n100,0.9,0.8\n200,,0.45\n300,0.4,0.5\n"
RECORD = ModelRecord(
    domain="variants",
    task="genotype of a candidate variant",
    channels=("base", "strand"),
    classes=("hom_ref", "het", "hom_alt"),
    settings={"model": {"width": 32}, "prepare": {"pileup": {"rows": 64}}},
    calibration={"temperature": 1.25},
    data={
        "sources": [{"id": "sim|1", "role": "train", "simulated": True, "licence": "CC0"}],
        "samples": {"train": 12_345, "validation": 100, "test": 0},
        "labels": {"0": {"train": 7_000, "validation": 50, "test": 0}},
    },
    figures={"validation_accuracy": 0.975},
    training={"seed": 1, "steps": 300},
    parameters=190_123,
    weights_sha256="ab" * 32,
)


def test_a_card_names_data_licence_settings_and_figures() -> None:
    text = card(RECORD, CURVE)
    for said in (
        "It answers: genotype of a candidate variant.",
        "| Parameters | 190,123 |",
        "| sim\\|1 | simulated, role train, licence: CC0 |",
        "| Samples, train | 12,345 |",
        "| model.width | 32 |",
        "| prepare.pileup.rows | 64 |",
        # the lowest of 0.8, 0.45 and 0.5
        "| Best validation loss | 0.45 at step 200 of 300 |",
        "| Validation accuracy | 0.975 |",
        "It learnt from simulated data",
        "seed 1",
    ):
        assert said in text, said
    assert "demonstration" not in text


def test_a_demonstration_says_so_before_anything_else() -> None:
    lines = card(replace(RECORD, demonstration=True), CURVE).splitlines()
    said = next(line for line in lines if line and not line.startswith("#"))
    assert said.startswith("**A demonstration: trained too briefly to be used.**")


def test_a_card_gives_the_models_own_scores_beside_the_best_baseline() -> None:
    row = {"stratum": "all", "metric": "f1", "n": 50}
    scores = {
        "simulated": "real",
        "methods": {"trained": {}, "shipped": {}, "bcftools": {}},
        "headline": {"metric": "f1", "stratum": "all", "model": "shipped", "baseline": "bcftools"},
        "metrics": {"f1": {"title": "F1"}},
        "table": [
            {**row, "method": "shipped", "value": 0.99, "low": 0.98, "high": 1.0},
            {**row, "method": "trained", "value": 0.7, "low": 0.6, "high": 0.8},
            {**row, "method": "bcftools", "value": 0.9, "low": None, "high": None},
        ],
    }
    text = card(RECORD, CURVE, scores)
    assert "| F1, all | 0.700 [0.600, 0.800], n = 50; bcftools 0.900, n = 50 |" in text
    assert "0.99" not in text


@pytest.mark.parametrize(
    ("change", "section"),
    [({"task": ""}, "What it is"), ({"data": {}}, "Training data and licences"),
     ({"settings": {}, "training": {}}, "Settings"), ({"training": {"steps": 3}}, "How to make it again")],
)  # fmt: skip
def test_a_card_with_an_empty_section_is_refused_by_name(change: dict[str, object], section: str) -> None:
    with pytest.raises(ScimlError, match=f"model card, {section}: has nothing to say"):
        card(replace(RECORD, **change), CURVE)  # type: ignore[arg-type]


def test_a_card_without_any_figure_is_refused() -> None:
    bare = replace(RECORD, calibration={}, figures={}, training={"seed": 1})
    with pytest.raises(ScimlError, match="model card, Figures"):
        card(bare, "step,train_loss,validation_loss\n")


def test_a_step_without_a_value_leaves_it_out() -> None:
    assert learning_curve(CURVE)[1] == {"step": 200.0, "validation_loss": 0.45}
