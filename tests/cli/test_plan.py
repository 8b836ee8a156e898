"""What the workflow is told about a run, and what stops it before its first job."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from sciml.cli.plan import Plan
from sciml.core.errors import ScimlError

TINY = """
simulate: null
prepare: {parts: 3}
predict: {methods: [shipped, trained, bcftools]}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config" / "tiny").mkdir(parents=True)
    (tmp_path / "config" / "config.yaml").write_text("domains: [variants]\n")
    (tmp_path / "config" / "variants.yaml").write_text("train: {steps: 5}\n")
    (tmp_path / "config" / "tiny" / "variants.yaml").write_text(TINY)
    return tmp_path


def plan(root: Path, text: str = TINY, environ: Mapping[str, str] | None = None) -> Plan:
    (root / "config" / "tiny" / "variants.yaml").write_text(text)
    return Plan({"domains": ["variants"], "overlay": "tiny"}, root, environ or {})


def test_a_run_has_the_parts_methods_and_layers_of_its_settings(root: Path) -> None:
    run = plan(root)
    assert run.run == "tiny"
    assert run.parts("variants") == ["1-of-3", "2-of-3", "3-of-3"]
    assert run.answers("variants")[:4] == ["shipped/1-of-3", "shipped/2-of-3", "shipped/3-of-3", "trained/1-of-3"]
    assert run.layers("variants") == [str(root / "config" / f) for f in ("variants.yaml", "tiny/variants.yaml")]
    assert not run.simulates("variants")
    assert run.trains("variants")


@pytest.mark.parametrize(
    ("methods", "applied"),
    [("[shipped, trained, bcftools]", ["shipped"]), ("[bcftools, trained]", ["trained"]), ("[shipped]", ["shipped"])],
)
def test_predictions_asks_the_models_that_exist_already(root: Path, methods: str, applied: list[str]) -> None:
    run = plan(root, f"predict: {{methods: {methods}}}")
    assert run.applied() == [f"results/tiny/variants/answers/{name}" for name in applied]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("train:\n  step: 3", "tiny/variants.yaml:2: train.step: there is no such setting; did you mean 'steps'?"),
        ("predict:\n  methods: [bcftool]", "tiny/variants.yaml:2: predict.methods: there is no method 'bcftool'"),
        ("predict:\n  methods: [given]", "tiny/variants.yaml:2: predict.methods: 'given' needs a model"),
        (
            "predict:\n  methods: [given]\n  model: nowhere",
            "tiny/variants.yaml:3: predict.model: ",
        ),
        (
            "simulate:\n  reference: ${NOT_SET}/ref.fa",
            "tiny/variants.yaml:2: simulate.reference: the environment variable NOT_SET is",
        ),
    ],
)
def test_a_wrong_setting_is_told_by_file_line_and_key(root: Path, text: str, problem: str) -> None:
    with pytest.raises(ScimlError) as error:
        plan(root, text)
    assert problem in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_the_errors_of_a_run_come_together(root: Path) -> None:
    with pytest.raises(ScimlError) as error:
        plan(root, "predict:\n  methods: [bcftool, given]")
    assert [line.split("; ")[0].rpartition(": ")[2] for line in str(error.value).splitlines()] == [
        "there is no method 'bcftool'",
        "'given' needs a model",
    ]


def test_the_last_words_are_the_verdict_and_the_place_of_the_report(root: Path) -> None:
    run = plan(root)
    assert list(run.verdicts()) == []
    folder = root / "results" / "tiny" / "variants"
    folder.mkdir(parents=True)
    (folder / "scores.json").write_text(json.dumps({"verdict": "The network finds 3 of 4."}))
    assert list(run.verdicts()) == ["variants: The network finds 3 of 4."]
    (folder / "report.html").touch()
    assert list(run.verdicts()) == [
        "variants: The network finds 3 of 4. The report is results/tiny/variants/report.html"
    ]


def test_two_runs_of_the_same_settings_have_the_same_recipes(root: Path) -> None:
    first, second = plan(root), plan(root)
    assert first.recipe("variants", "train") == second.recipe("variants", "train")
    assert first.recipe("variants", "predict", "bcftools") == second.recipe("variants", "predict", "bcftools")
    assert first.recipe("variants", "predict", "bcftools") != first.recipe("variants", "predict", "shipped")
