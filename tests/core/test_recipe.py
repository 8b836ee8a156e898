"""What an edit reruns: every claim compares the keys of all stages before and after it."""

import ast
import itertools
import os
import time
from pathlib import Path
from typing import Any

import pytest

from sciml.core.closure import reached_code
from sciml.core.recipe import MODELS, PACKAGE, STAGES, Surroundings, recipes, roots_of
from sciml.core.settings import DomainSettings
from sciml.registry import DOMAINS, settings_class

METHODS = ("shipped", "trained", "bcftools", "freebayes")
SCORES = {"evaluate", "report", "index"}
BEHIND_TRAINING = {"train", "predict:trained", "collect:trained"} | SCORES


def keys(root: Path, edit: dict[str, Any] | None = None, **around: Any) -> dict[str, str]:
    settings = settings_class("variants")().model_dump(mode="json")
    settings["predict"]["methods"] = METHODS
    for key, value in (edit or {}).items():
        section, name = key.split(".")
        settings[section][name] = value
    return recipes("variants", settings, Surroundings(**{"root": root, "code": False, **around}))


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize("key", ["train.steps", "train.learning_rate", "model.width"])
def test_a_training_setting_reruns_training_and_what_follows_but_no_baseline(tmp_path: Path, key: str) -> None:
    assert changed(keys(tmp_path), keys(tmp_path, {key: 7})) == BEHIND_TRAINING


def test_a_setting_of_the_samples_reruns_training_but_not_the_shipped_model(tmp_path: Path) -> None:
    after = keys(tmp_path, {"prepare.samples_per_shard": 7})
    assert changed(keys(tmp_path), after) == BEHIND_TRAINING | {"prepare", "gather", "preview"}


def test_a_setting_of_what_a_sample_shows_reruns_the_baselines_too(tmp_path: Path) -> None:
    after = keys(tmp_path, {"prepare.reads": {"max_reads_per_kb": 7}})
    baselines = {f"{stage}:{name}" for stage in ("predict", "collect") for name in ("bcftools", "freebayes")}
    assert changed(keys(tmp_path), after) == BEHIND_TRAINING | baselines | {"prepare", "gather", "preview"}


def test_a_setting_of_the_simulation_reruns_everything(tmp_path: Path) -> None:
    before = keys(tmp_path)
    assert changed(before, keys(tmp_path, {"simulate.seed": 7})) == before.keys()


def test_a_setting_of_the_scores_reruns_the_scores(tmp_path: Path) -> None:
    assert changed(keys(tmp_path), keys(tmp_path, {"evaluate.bootstrap": 200})) == SCORES


def test_one_more_method_reruns_no_other_method(tmp_path: Path) -> None:
    after = keys(tmp_path, {"predict.methods": ("shipped", "trained", "bcftools")})
    assert changed(keys(tmp_path), after) == {"predict:freebayes", "collect:freebayes"} | SCORES


def test_the_order_of_the_methods_is_no_business_of_theirs(tmp_path: Path) -> None:
    after = keys(tmp_path, {"predict.methods": METHODS[::-1]})
    assert changed(keys(tmp_path), after) == SCORES


def test_another_version_of_a_program_reruns_its_baseline(tmp_path: Path) -> None:
    before = keys(tmp_path, versions={"bcftools": "1.22", "freebayes": "not installed"})
    after = keys(tmp_path, versions={"bcftools": "1.22", "freebayes": "1.3.6"})
    assert changed(before, after) == {"predict:freebayes", "collect:freebayes"} | SCORES


def test_other_shipped_weights_rerun_the_shipped_model_only(tmp_path: Path) -> None:
    before, after = keys(tmp_path, shipped="0123"), keys(tmp_path, shipped="4567")
    assert changed(before, after) == {"predict:shipped", "collect:shipped"} | SCORES


def test_a_run_that_trains_nothing_reports_without_its_samples(tmp_path: Path) -> None:
    methods = {"predict.methods": ("shipped", "bcftools")}
    before = keys(tmp_path, methods)
    after = keys(tmp_path, {**methods, "prepare.samples_per_shard": 7})
    # the page prints every setting, so it is written again; nothing else is
    assert changed(before, after) - {"prepare", "gather", "preview", "train"} == {"report", "index"}


def test_a_changed_input_file_is_ingested_again(tmp_path: Path) -> None:
    (tmp_path / "reads.bam").write_bytes(b"reads")
    inputs = {"ingest.inputs": [{"reads": "reads.bam", "reference": "absent.fa"}]}
    before = keys(tmp_path, inputs)
    (tmp_path / "reads.bam").write_bytes(b"other reads")
    after = keys(tmp_path, inputs)
    assert changed(before, after) == before.keys() - {"simulate"}


def test_the_files_of_a_sample_sheet_count_from_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "a.bam").write_bytes(b"reads")
    (tmp_path / "cohort" / "samples.tsv").write_text("name\treads\na\ta.bam\n")
    inputs = {"ingest.sheet": "cohort/samples.tsv"}
    before = keys(tmp_path, inputs)
    os.utime(tmp_path / "cohort" / "a.bam", ns=(0, 0))
    assert "ingest" in changed(before, keys(tmp_path, inputs))


def test_a_given_model_counts_by_its_record(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    given = {"predict.methods": ("given", "bcftools"), "predict.model": "."}
    before = keys(tmp_path, given)
    os.utime(tmp_path / "model.json", ns=(0, 0))
    assert keys(tmp_path, given) == before  # the same model, copied
    (tmp_path / "model.json").write_text('{"classes": 3}')
    assert changed(before, keys(tmp_path, given)) == {"predict:given", "collect:given"} | SCORES


def test_a_key_costs_less_than_three_milliseconds_once_the_code_is_read(tmp_path: Path) -> None:
    keys(tmp_path, code=True)
    started = time.process_time()
    for _ in range(5):
        made = keys(tmp_path, code=True)
    assert (time.process_time() - started) / 5 / len(made) < 0.003


def edited_stages(tmp_path: Path, module: str) -> set[str]:
    """Stages whose key changes with a line of code in this module of a copy of the package."""
    copy = tmp_path / "sciml"
    for source in PACKAGE.rglob("*.py"):
        target = copy / source.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    before = keys(tmp_path, code=True, package=copy)
    path = copy / f"{module}.py"
    path.write_text(f"{path.read_text()}\nEDITED = True\n")
    return changed(before, keys(tmp_path, code=True, package=copy))


def test_an_edit_of_the_training_loop_reruns_training_and_what_follows(tmp_path: Path) -> None:
    assert edited_stages(tmp_path, "core/training") == BEHIND_TRAINING


def test_an_edit_of_a_page_reruns_the_pages_only(tmp_path: Path) -> None:
    assert edited_stages(tmp_path, "variants/panels") == {"preview", "report", "index"}


def test_an_edit_of_the_pileup_reruns_what_draws_pileups_and_no_baseline(tmp_path: Path) -> None:
    touched = edited_stages(tmp_path, "variants/pileup")
    assert {"prepare", "train", "predict:trained", "predict:shipped"} <= touched
    assert not touched & {"simulate", "ingest", "predict:bcftools", "predict:freebayes"}


def test_an_edit_of_the_command_line_reruns_nothing(tmp_path: Path) -> None:
    assert edited_stages(tmp_path, "cli/stage") == set()


@pytest.mark.parametrize(("domain", "stage"), list(itertools.product(DOMAINS, STAGES)))
def test_the_code_of_a_stage_reads_no_settings_that_its_key_leaves_out(domain: str, stage: str) -> None:
    sections = {*DomainSettings.model_fields, *settings_class(domain).model_fields}
    promised = {section.partition(".")[0] for section in _reads(stage)}
    if stage == "report":
        promised |= sections
    if stage == "preview":  # one table holds the panels of both pages; those of the report know how scores were made
        promised.add("evaluate")
    read = {
        (module, node.attr)
        for module, nodes in reached_code(roots_of(STAGES[stage], domain), PACKAGE).items()
        for node in itertools.chain.from_iterable(ast.walk(tree) for tree in nodes)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "settings"
    }
    assert {(module, section) for module, section in read if section in sections - promised} == set()


def _reads(stage: str) -> set[str]:
    own = STAGES[stage]
    below = {*own.stands_on, *({"gather", "predict:baseline"} if stage in ("collect", "evaluate") else ())}
    return {*own.reads}.union(*(_reads(other) for other in below))


def test_every_stage_names_code_that_exists() -> None:
    for domain, stage in itertools.product(DOMAINS, STAGES.values()):
        for root in roots_of(stage, domain):
            assert root in reached_code([root], PACKAGE)


def test_models_are_told_from_baselines_by_name() -> None:
    assert {f"predict:{name}" for name in (*MODELS, "baseline")} == {s for s in STAGES if s.startswith("predict:")}
