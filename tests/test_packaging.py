"""The files that say which software sciml needs agree with each other."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIRED = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [Requirement(text) for group in PROJECT["optional-dependencies"].values() for text in group]

# what conda calls a package that pip calls otherwise
CONDA_NAMES = {"torch": "pytorch", "snakemake": "snakemake-minimal", "dask": "dask-core"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonical(name): number for name, number in pairs}


def conda() -> dict[str, str]:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    names = [line.partition("=") for line in listed if isinstance(line, str)]
    from_pip = [line.partition("==") for line in listed[-1]["pip"]]
    return {canonical(name): number for name, _, number in [*names, *from_pip]}


@pytest.mark.parametrize("requirement", [*REQUIRED, *EXTRAS], ids=lambda requirement: requirement.name)
def test_every_requirement_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    assert requirement.specifier.contains(pins()[canonical(requirement.name)])


@pytest.mark.parametrize("requirement", REQUIRED, ids=lambda requirement: requirement.name)
def test_conda_gets_the_pinned_version(requirement: Requirement) -> None:
    name = canonical(requirement.name)
    assert conda()[CONDA_NAMES.get(name, name)] == pins()[name]


@pytest.mark.parametrize("requirement", REQUIRED, ids=lambda requirement: requirement.name)
def test_what_is_installed_here_is_within_the_bounds(requirement: Requirement) -> None:
    assert requirement.specifier.contains(version(requirement.name).partition("+")[0])


def test_a_pin_names_no_build_of_one_machine() -> None:
    assert [number for number in pins().values() if not re.fullmatch(r"[0-9][0-9a-z.]*", number)] == []


def test_one_version_is_told_everywhere() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changes = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert {PROJECT["version"], citation["version"], changes[0], conda()["sciml"]} == {PROJECT["version"]}


def test_the_workflow_travels_with_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    carried = wheel["force-include"]
    assert {"Snakefile", "workflow", "profiles", "config", "environment.yml"} == carried.keys()
    assert all((ROOT / path).exists() for path in carried)
    # the rules name environment.yml relative to themselves, so the places must stay as they are here
    assert {target.removeprefix("sciml/_workflow/") for target in carried.values()} == carried.keys()
