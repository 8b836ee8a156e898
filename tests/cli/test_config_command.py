"""`sciml config`: what is wrong, what may be set, what holds and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sciml.registry import DOMAINS, settings_class

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config" / "demo").mkdir(parents=True)
    (tmp_path / "config" / "config.yaml").write_text("overlay: demo\n")
    (tmp_path / "config" / "variants.yaml").write_text("train:\n  steps: 7\n  batch_size: 8\n")
    (tmp_path / "config" / "demo" / "variants.yaml").write_text("train: {steps: 9}\n")
    return tmp_path


def test_good_settings_are_said_to_be_good(sciml, root: Path) -> None:
    ended = sciml("config", "check", "--root", str(root))
    config = root / "config"
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == f"variants: {config}/variants.yaml + {config}/demo/variants.yaml: ok\n"


def test_bad_settings_end_with_2_and_a_line_each(sciml, root: Path) -> None:
    (root / "config" / "demo" / "variants.yaml").write_text("train: {stepz: 9}\nmodel: {width: 1}\n")
    ended = sciml("config", "check", "--root", str(root))
    assert (ended.code, ended.out) == (2, "")
    first, second = ended.err.splitlines()
    assert "demo/variants.yaml:1: train.stepz: there is no such setting" in first
    assert "demo/variants.yaml:2: model.width: input should be greater than or equal to 4, not 1" in second


@pytest.mark.parametrize("overlay", ["demo", "smoke"])
def test_the_settings_that_come_with_sciml_are_good(sciml, overlay: str) -> None:
    assert sciml("config", "check", "--root", str(REPOSITORY), "--overlay", overlay).code == 0


def test_show_prints_what_holds_and_where_it_was_set(sciml, root: Path) -> None:
    ended = sciml("config", "show", "variants", "--origin", "--root", str(root))
    lines = dict(line.split(":", 1) for line in ended.out.splitlines())
    config = root / "config"
    assert lines["train.steps"].split() == ["9", "#", f"{config}/demo/variants.yaml:1"]
    assert lines["train.batch_size"].split() == ["8", "#", f"{config}/variants.yaml:3"]
    assert lines["train.seed"].split() == ["1", "#", "default"]


def test_show_without_origin_is_settings_that_can_be_read_again(sciml, root: Path) -> None:
    import yaml

    ended = sciml("config", "show", "variants", "--root", str(root))
    read = yaml.safe_load(ended.out)
    assert read["train.steps"] == 9
    assert read["prepare.pileup.rows"] == settings_class("variants")().prepare.pileup.rows


def test_show_takes_files_instead_of_a_run(sciml, root: Path, tmp_path: Path) -> None:
    ended = sciml("config", "show", "variants", "--config", str(root / "config" / "variants.yaml"))
    assert "train.steps: 7\n" in ended.out


def test_show_of_a_science_that_is_none_names_those_there_are(sciml, root: Path) -> None:
    ended = sciml("config", "schema", "varants")
    assert ended.code == 2
    assert (
        ended.error == "varants: is not a science that sciml has; did you mean 'variants'? "
        f"(known: {', '.join(sorted(DOMAINS))})"
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_schema_in_the_repository_is_that_of_the_code(sciml, domain: str) -> None:
    # when this fails: sciml config schema <domain> > config/schema/<domain>.json
    written = (REPOSITORY / "config" / "schema" / f"{domain}.json").read_text(encoding="utf-8")
    assert sciml("config", "schema", domain).out == written


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_schema_allows_what_the_code_allows(domain: str) -> None:
    written = json.loads((REPOSITORY / "config" / "schema" / f"{domain}.json").read_text(encoding="utf-8"))
    assert set(written["properties"]) == set(settings_class(domain).model_fields)
    assert written["additionalProperties"] is False


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_setting_of_the_schema_says_what_it_is(domain: str) -> None:
    written = json.loads((REPOSITORY / "config" / "schema" / f"{domain}.json").read_text(encoding="utf-8"))
    silent = [
        f"{section}.{name}"
        for section, content in written["$defs"].items()
        for name, setting in content["properties"].items()
        if "description" not in setting and "$ref" not in setting and name != "name"
    ]
    assert silent == []
