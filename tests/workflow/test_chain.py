"""The real chain on a very small genome: made once, then tried with edits, failures and kills."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.workflow.projects import Project, make_project

pytestmark = [pytest.mark.workflow, pytest.mark.slow, pytest.mark.timeout(1800)]

VERY_SMALL = """
simulate:
  genome_bp: 40000
  samples:
    - {name: a, role: train, depth: 15, regions: ["chr1s:1-16000"]}
    - {name: b, role: validation, depth: 15, regions: ["chr1s:16001-24000"]}
    - {name: c, role: test, depth: 15, regions: ["chr2s"]}
ingest: {case_bp: 8000}
model: {width: 4, blocks: 1}
train: {steps: 12, validate_every: 4, batch_size: 16, demonstration: true}
predict: {methods: [trained, bcftools]}
evaluate: {bootstrap: 100, examples: 4}
"""
SCORES = "results/tiny/variants/scores.json"
BEHIND_TRAINING = ["evaluate", "index", "predict:trained", "report", "train"]
KILLS = int(os.environ.get("SCIML_KILLS", "3"))


def new_project(folder: Path) -> Project:
    return make_project(folder, VERY_SMALL, str(Path(sys.executable).with_name("sciml")))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("chain") / "finished")
    result = project.snakemake()
    assert result.returncode == 0, result.stderr
    project.last_words = result.stdout.splitlines()
    project.stages_run()
    return project


@pytest.fixture
def copy(finished: Project, tmp_path: Path) -> Project:
    """The finished run in a folder of its own, with its times and the engine's records."""
    shutil.copytree(finished.folder, tmp_path / "copy")
    project = Project(tmp_path / "copy")
    project.stages_run()
    return project


def test_the_last_line_is_the_verdict_and_the_report(finished: Project) -> None:
    verdict = json.loads((finished.folder / SCORES).read_text())["verdict"]
    assert finished.last_words[-1].startswith(f"variants: {verdict.rstrip('.')}. The report is ")
    assert (finished.folder / finished.last_words[-1].rpartition(" ")[2]).is_file()


def test_the_demonstration_says_that_it_is_one(finished: Project) -> None:
    methods = json.loads((finished.folder / SCORES).read_text())["methods"]
    assert methods["trained"]["demonstration"]
    assert not methods["bcftools"]["demonstration"]


def test_a_second_run_does_nothing_in_five_seconds_of_processor_time(finished: Project) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert finished.snakemake().returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert finished.stages_run() == []
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5


def test_a_training_setting_reruns_training_and_what_follows(copy: Project) -> None:
    untouched = {
        path: path.stat().st_mtime_ns for path in copy.folder.glob("results/tiny/variants/predictions/bcftools/*/*")
    }
    copy.edit("config/tiny/variants.yaml", {"steps: 12": "steps: 13"})
    assert copy.snakemake().returncode == 0
    assert copy.stages_run() == BEHIND_TRAINING
    assert {path: path.stat().st_mtime_ns for path in untouched} == untouched


def test_a_failed_retraining_leaves_a_front_page_that_says_so_and_is_taken_up(copy: Project) -> None:
    copy.edit("config/tiny/variants.yaml", {"steps: 12": "steps: 13"})
    failed = copy.snakemake(fail="stage train")
    assert failed.returncode == 1
    page = (copy.folder / "results/tiny/index.html").read_text()
    assert "failed" in page
    assert "reads.bam: has no index; run samtools index reads.bam" in page
    assert "logs/tiny/variants/train.log" in page
    copy.stages_run()
    assert copy.snakemake().returncode == 0
    assert copy.stages_run() == BEHIND_TRAINING
    assert "reads.bam: has no index" not in (copy.folder / "results/tiny/index.html").read_text()


@pytest.mark.parametrize("seed", range(KILLS))
def test_killed_anywhere_and_started_again_it_ends_with_the_same_scores(
    finished: Project, tmp_path: Path, seed: int
) -> None:
    project = new_project(tmp_path / "killed")
    rng = random.Random(seed)
    for _ in range(2):
        kill_after(project, rng.uniform(2, 30))
        assert project.snakemake(options=["--unlock"]).returncode == 0
    result = project.snakemake()
    assert result.returncode == 0, result.stderr
    assert (project.folder / SCORES).read_bytes() == (finished.folder / SCORES).read_bytes()
    # an hour must pass before a temporary of a killed job counts as stale; nothing with a final name is half-written
    assert not [path for path in project.folder.rglob("*.tmp-*") if path.name.endswith(("json", "zarr", "html"))]


def kill_after(project: Project, seconds: float) -> None:
    """Start the workflow, and kill it with all its jobs as a power cut would."""
    with (project.folder / "output.txt").open("a") as output:
        running = subprocess.Popen(
            project.command(),
            cwd=project.folder,
            env=project.environ,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + seconds
    while running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
