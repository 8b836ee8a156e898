"""What the engine decides to run: with stages that take no time, so that many edits can be tried."""

from pathlib import Path

import pytest

from tests.workflow.projects import Project

pytestmark = pytest.mark.workflow

BEHIND_TRAINING = ["evaluate", "index", "predict:trained", "report", "train"]


def test_a_typo_stops_the_run_before_any_job_and_names_file_key_and_allowed_keys(project: Project) -> None:
    project.edit("config/tiny/variants.yaml", {"steps": "stepz", "genome_bp": "genome"})
    result = project.snakemake()
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if line.startswith("config/")]
    assert [line.split(": there is no")[0] for line in lines] == [
        "config/tiny/variants.yaml:2: simulate.genome",
        "config/tiny/variants.yaml:3: train.stepz",
    ]
    assert "did you mean 'steps'?" in lines[1]
    assert "Traceback" not in result.stderr
    assert project.stages_run() == []


def test_an_unknown_method_is_named_with_the_line_that_asks_for_it(project: Project) -> None:
    project.edit("config/tiny/variants.yaml", {"steps: 4}": "steps: 4}\npredict:\n  methods: [bcftool]"})
    result = project.snakemake()
    assert result.returncode == 2
    assert "config/tiny/variants.yaml:5: predict.methods: there is no method 'bcftool'" in result.stderr


def test_a_training_setting_reruns_training_and_what_follows_in_the_same_invocation(project: Project) -> None:
    first = project.snakemake()
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == (
        "variants: The network finds 3 of 4 variants, bcftools 2. The report is results/tiny/variants/report.html"
    )
    assert "variants: look at the data in results/tiny/variants/data.html" in first.stdout.splitlines()
    assert {"simulate", "predict:bcftools", "predict:shipped", *BEHIND_TRAINING} < {*project.stages_run()}

    for file in (project.folder / "config").rglob("*.yaml"):
        file.touch()
    assert project.snakemake().returncode == 0
    assert project.stages_run() == []

    project.edit("config/tiny/variants.yaml", {"steps: 4": "steps: 5"})
    assert project.snakemake().returncode == 0
    assert project.stages_run() == BEHIND_TRAINING


def test_two_sciences_run_side_by_side_and_a_setting_of_one_reruns_nothing_of_the_other(project: Project) -> None:
    project.chosen = ("domains=variants,nowcast", "rerun=settings")
    (project.folder / "config" / "tiny" / "nowcast.yaml").write_text("train: {steps: 4}\n")
    first = project.snakemake()
    assert first.returncode == 0, first.stderr
    assert [line.partition(":")[0] for line in first.stdout.splitlines()[-3:]] == [
        "variants", "nowcast", "All reports side by side",
    ]  # fmt: skip
    ran = {*project.stages_run("nowcast")}
    assert {"simulate", "predict:steps", "predict:persistence", *BEHIND_TRAINING} - {"index"} < ran

    project.edit("config/tiny/nowcast.yaml", {"steps: 4": "steps: 5"})
    assert project.snakemake().returncode == 0
    assert project.stages_run("nowcast") == [stage for stage in BEHIND_TRAINING if stage != "index"]
    project.edit("config/tiny/variants.yaml", {"steps: 4": "steps: 5"})
    assert project.snakemake().returncode == 0
    assert project.stages_run("nowcast") == []


def test_a_failed_retraining_is_said_on_the_front_page_and_taken_up_by_the_next_run(project: Project) -> None:
    project.snakemake()
    project.stages_run()
    project.edit("config/tiny/variants.yaml", {"steps: 4": "steps: 5"})
    failed = project.snakemake(fail="stage train")
    assert failed.returncode == 1
    assert "reads.bam: has no index; run samtools index reads.bam" in failed.stderr
    assert project.stages_run() == ["index", "train"]
    assert project.snakemake().returncode == 0
    assert project.stages_run() == BEHIND_TRAINING


@pytest.mark.slow
def test_a_failed_science_does_not_hold_up_what_does_not_stand_on_it(project: Project) -> None:
    failed = project.snakemake(fail="stage train")
    assert failed.returncode == 1
    ran = project.stages_run()
    assert {"predict:bcftools", "predict:shipped", "preview"} <= {*ran}
    assert not {"evaluate", "report", "predict:trained"} & {*ran}
    assert "front page: results/tiny/index.html" in failed.stdout


@pytest.mark.slow
def test_the_target_predictions_applies_a_model_without_training_or_truth(project: Project) -> None:
    result = project.snakemake("predictions")
    assert result.returncode == 0, result.stderr
    assert project.stages_run() == ["collect", "ingest", "predict:shipped", "simulate"]


@pytest.mark.slow
def test_a_run_that_trains_nothing_prepares_nothing(project: Project) -> None:
    project.edit("config/tiny/variants.yaml", {"steps: 4}": "steps: 4}\npredict: {methods: [shipped, bcftools]}"})
    result = project.snakemake()
    assert result.returncode == 0, result.stderr
    assert project.stages_run() == [
        *("evaluate", "index", "ingest", "predict:bcftools", "predict:shipped", "report", "simulate"),
    ]


@pytest.mark.slow
def test_a_new_input_file_reruns_what_stands_on_it(project: Project, tmp_path: Path) -> None:
    for name in ("a.bam", "a.fa"):
        (tmp_path / name).write_text("x")
    project.edit(
        "config/tiny/variants.yaml",
        {"train:": f"ingest: {{inputs: [{{reads: {tmp_path}/a.bam, reference: {tmp_path}/a.fa}}]}}\ntrain:"},
    )
    assert project.snakemake().returncode == 0
    project.stages_run()
    (tmp_path / "a.bam").write_text("other reads")
    assert project.snakemake().returncode == 0
    assert "ingest" in (ran := project.stages_run())
    assert "simulate" not in ran
