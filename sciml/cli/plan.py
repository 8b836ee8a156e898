"""What the workflow asks before its first job: which domains, settings files, parts, methods and recipes.

Every setting is checked here, so that a typo stops a run before the graph of jobs exists.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sciml import registry
from sciml.core import layers
from sciml.core.errors import BadInput, Missing, ScimlError, SettingsError, raise_all
from sciml.core.recipe import MODELS, PACKAGE, Surroundings, recipes
from sciml.core.records import read_json
from sciml.core.run_settings import domain_layers, run_settings
from sciml.core.settings import DomainSettings
from sciml.core.suggest import did_you_mean
from sciml.core.weights import read_record


def open_plan(config: Mapping[str, Any]) -> Plan:
    """The plan of a run in the working folder; wrong settings end the process with one line each."""
    try:
        return Plan(config, Path(), os.environ)
    except ScimlError as error:
        print(error, file=sys.stderr)
        # the engine would wrap any exception in its own report; there is nothing to clean up before the first job
        sys.stdout.flush()
        os._exit(error.exit_code)


class Plan:
    """One run as its settings describe it; `root` is the folder that holds `config/`, `environ` fills `${NAME}`."""

    def __init__(self, config: Mapping[str, Any], root: Path, environ: Mapping[str, str]) -> None:
        chosen = run_settings(config, root)
        self.run, self.domains, self._overlay = chosen.run, chosen.domains, chosen.overlay
        self._root, self._code = root, chosen.rerun == "code"
        self._layers = {name: domain_layers(chosen, name) for name in self.domains}
        self._settings = _load_all(self._layers, environ)
        errors: list[ScimlError] = [
            SettingsError(_place(self._layers[name], name, key, environ), f"{key}: {problem}", remedy)
            for name, settings in self._settings.items()
            for key, problem, remedy in _unknown_methods(name, settings, root)
        ]
        raise_all(errors)
        self._recipes: dict[str, dict[str, str]] = {}

    def layers(self, domain: str) -> list[str]:
        """Settings files of a domain in the order in which they are laid over each other."""
        return [str(path) for path in self._layers[domain]]

    def parts(self, domain: str) -> list[str]:
        """Names of the parts that preparing and predicting are cut into: `1-of-2`, `2-of-2`."""
        count = self._settings[domain].prepare.parts
        return [f"{part}-of-{count}" for part in range(1, count + 1)]

    def methods(self, domain: str) -> tuple[str, ...]:
        """Models and baselines that answer the test cases."""
        return self._settings[domain].predict.methods

    def simulates(self, domain: str) -> bool:
        return getattr(self._settings[domain], "simulate", None) is not None

    def trains(self, domain: str) -> bool:
        return "trained" in self.methods(domain)

    def answers(self, domain: str) -> list[str]:
        """Folders of all predictions, below `predictions/`."""
        return [f"{method}/{part}" for method in self.methods(domain) for part in self.parts(domain)]

    def applied(self) -> list[str]:
        """Folders that the target `predictions` makes: what models that exist already answer.

        Where a domain names no such model, what the network of this run answers.
        """
        return [
            f"results/{self.run}/{domain}/answers/{method}"
            for domain in self.domains
            for method in [name for name in self.methods(domain) if name in ("shipped", "given")] or ["trained"]
        ]

    def recipe(self, domain: str, stage: str, method: str | None = None) -> str:
        """The key whose change reruns a stage; all keys of a domain are computed once."""
        if domain not in self._recipes:
            around = Surroundings(
                root=self._root,
                code=self._code,
                versions={name: _version(domain, name) for name in self.methods(domain) if name not in MODELS},
                shipped=_shipped_digest(domain),
            )
            self._recipes[domain] = recipes(domain, self._settings[domain].model_dump(mode="json"), around)
        return self._recipes[domain][f"{stage}:{method}" if method else stage]

    def recipe_of_run(self) -> str:
        """The key of the front page: one for each report on it."""
        return " ".join(self.recipe(domain, "index") for domain in self.domains)

    def front_page(self) -> str:
        """Options of `sciml stage index` for this run."""
        folder = f"results/{self.run}"
        return (
            f"--run {self.run} --results {folder} --domains {','.join(self.domains)}"
            f" --overlay {self._overlay} --out {folder}/index.html"
        )

    def announce(self) -> None:
        """Make the verdicts the last lines of the process."""
        # at exit, because the engine prints the time and the place of its log after its own hooks
        atexit.register(lambda: print("", *self.verdicts(), sep="\n", flush=True))

    def verdicts(self) -> Iterator[str]:
        """One sentence for each domain that has scores, with the place of its report."""
        folder = Path("results", self.run)
        for domain in self.domains:
            scores, page = folder / domain / "scores.json", folder / domain / "report.html"
            if (self._root / scores).is_file():
                verdict = read_json(self._root / scores)["verdict"].rstrip(".")
                report = f" The report is {page}" if (self._root / page).is_file() else ""
                yield f"{domain}: {verdict}.{report}"
        if len(self.domains) > 1:
            yield f"All reports side by side: {folder / 'index.html'}"


def _load_all(paths: Mapping[str, list[Path]], environ: Mapping[str, str]) -> dict[str, DomainSettings]:
    """Settings of every domain; the errors of all of them come together."""
    loaded: dict[str, DomainSettings] = {}
    errors: list[ScimlError] = []
    for domain, files in paths.items():
        try:
            loaded[domain] = layers.load(files, registry.settings_class(domain), environ)
        except SettingsError as error:
            errors.append(error)
    raise_all(errors)
    return loaded


def _unknown_methods(domain: str, settings: DomainSettings, root: Path) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of each method that nobody knows, and of a given model that is not there."""
    known = (*MODELS, *registry.room(domain, "baseline").METHODS)
    for method in settings.predict.methods:
        if method not in known:
            yield "predict.methods", f"there is no method {method!r}", did_you_mean(method, known)
    if "given" in settings.predict.methods:
        if settings.predict.model is None:
            yield "predict.methods", "'given' needs a model", "set predict.model to its folder"
        else:
            try:
                read_record(root / settings.predict.model, domain)
            except BadInput as error:
                yield "predict.model", f"{error.place} {error.problem}", error.remedy


def _place(files: Sequence[Path], domain: str, key: str, environ: Mapping[str, str]) -> str:
    """File and line that set this key, or the first file where it has its default."""
    origin = layers.origins(files, registry.settings_class(domain), environ).get(key, "default")
    return str(files[0]) if origin == "default" else origin


def _version(domain: str, method: str) -> str:
    """Version of the outside program behind a baseline, or that it is missing: installing it reruns the baseline."""
    try:
        version = registry.room(domain, "baseline").VERSIONS[method]()
    except Missing:
        return "not installed"
    return str(version)


@cache
def _shipped_digest(domain: str) -> str:
    """Digest over the records of the weights that come with the package for this domain."""
    digest = hashlib.sha256()
    for record in sorted((PACKAGE / "models").glob("*/model.json")):
        content = record.read_bytes()
        if json.loads(content).get("domain") == domain:
            digest.update(content)
    return digest.hexdigest()[:16]
