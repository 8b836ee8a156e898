"""Which run this is: its name, its sciences, and the settings files of each, in order.

The rules are few. `config/<domain>.yaml` always comes first. An overlay that is a folder adds
`config/<overlay>/<domain>.yaml` for each science that has one there. An overlay that is a file,
`config/real/variants-na12878.yaml`, adds itself to the science its name begins with, and only that one runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from sciml.core.errors import SettingsError
from sciml.core.suggest import did_you_mean

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KEYS = ("run", "domains", "overlay", "rerun")
RUN_FILE = Path("config", "config.yaml")
CHECKOUT = Path(__file__).parents[2].joinpath("pyproject.toml").is_file()
# folders below config/ that hold no overlays of a whole run
NOT_OVERLAYS = ("schema",)


@dataclass(frozen=True)
class RunSettings:
    """A run as `config/config.yaml` and the command line describe it, with everything resolved.

    `rerun` says what makes a finished job run again: changed code or settings, or changed settings only. When it is
    left out, code counts in a checkout and not in an installed package, so that an upgrade does not retrain for days.
    """

    run: str
    domains: tuple[str, ...]
    overlay: str
    rerun: Literal["code", "settings"]
    layers: Mapping[str, tuple[Path, ...]]


def run_settings(config: Mapping[str, Any], root: Path) -> RunSettings:
    """Resolve the run's own keys; `root` is the folder that holds `config/`."""
    for key in config:
        if key not in KEYS:
            raise SettingsError(root / RUN_FILE, f"{key}: there is no such setting", did_you_mean(key, KEYS))
    overlay = _overlay(config.get("overlay", "demo"), root)
    run = config.get("run") or (overlay.rsplit("/", 1)[-1] if overlay else "default")
    if isinstance(run, bool) or not (isinstance(run, str | int) and NAME.fullmatch(str(run))):
        raise _refused(root, "run", run, "a word of letters, digits, '.', '_' and '-', for it names a folder")
    rerun = config.get("rerun") or ("code" if CHECKOUT else "settings")
    if rerun not in ("code", "settings"):
        raise _refused(root, "rerun", rerun, "code or settings")
    domains = _domains(config.get("domains"), overlay, root)
    return RunSettings(
        run=str(run),
        domains=domains,
        overlay=overlay,
        rerun=cast('Literal["code", "settings"]', rerun),
        layers={domain: _layers(domain, overlay, root) for domain in domains},
    )


def domain_layers(run: RunSettings, domain: str) -> list[Path]:
    """Settings files of one science of the run, the last one winning."""
    return list(run.layers[domain])


def domains_with_settings(root: Path) -> list[str]:
    """Every science that has a settings file of its own."""
    return sorted(path.stem for path in (root / "config").glob("*.yaml") if path.name != RUN_FILE.name)


def overlays(root: Path) -> list[str]:
    """Every overlay there is: folders below `config/`, and the single files in them that name a science first."""
    config, domains = root / "config", domains_with_settings(root)
    found = []
    for folder in config.glob("*/"):
        if folder.is_dir() and folder.name not in NOT_OVERLAYS:
            names = [path.stem for path in folder.glob("*.yaml")]
            found += [folder.name] if set(names) & set(domains) else []
            found += [f"{folder.name}/{name}" for name in names if name not in domains]
    found += [path.stem for path in config.glob("*-*.yaml")]
    return sorted(found)


def _overlay(value: Any, root: Path) -> str:
    if value in (None, "", "none"):
        return ""
    # each step of the path is a plain name, so that nothing outside config/ can be reached
    if not (isinstance(value, str) and all(NAME.fullmatch(step) for step in value.split("/"))):
        raise _refused(root, "overlay", value, "a folder or file below config/, such as demo")
    folder, file = root / "config" / value, root / "config" / f"{value}.yaml"
    if file.is_file() and value not in (*domains_with_settings(root), RUN_FILE.stem):
        return value
    if folder.is_dir() and value not in NOT_OVERLAYS:
        return value
    raise SettingsError(root / RUN_FILE, f"overlay: there is none named {value!r}", did_you_mean(value, overlays(root)))


def _domains(value: Any, overlay: str, root: Path) -> tuple[str, ...]:
    known = domains_with_settings(root)
    named = value.split(",") if isinstance(value, str) else value
    if named is None:
        named = known
    if not (isinstance(named, list | tuple) and named and all(isinstance(name, str) for name in named)):
        raise _refused(root, "domains", value, f"a list of sciences (known: {', '.join(known)})")
    chosen = tuple(dict.fromkeys(name.strip() for name in named))
    for name in chosen:
        if name not in known:
            raise SettingsError(
                root / RUN_FILE, f"domains: {name!r} has no config/{name}.yaml", did_you_mean(name, known)
            )
    if (root / "config" / f"{overlay}.yaml").is_file() and overlay:
        only = _domain_of_file(overlay, root)
        if only not in chosen:
            raise _refused(
                root, "domains", value, f"{only}, for the overlay {overlay} has settings for no other science"
            )
        return (only,)
    return chosen


def _domain_of_file(overlay: str, root: Path) -> str:
    name = overlay.rsplit("/", 1)[-1].split("-", 1)[0]
    known = domains_with_settings(root)
    if name not in known:
        place = root / "config" / f"{overlay}.yaml"
        raise SettingsError(place, f"its name begins with no science but with {name!r}", did_you_mean(name, known))
    return name


def _layers(domain: str, overlay: str, root: Path) -> tuple[Path, ...]:
    config = root / "config"
    above = [config / f"{overlay}.yaml", config / overlay / f"{domain}.yaml"] if overlay else []
    return (config / f"{domain}.yaml", *(path for path in above if path.is_file()))


def _refused(root: Path, key: str, value: Any, wanted: str) -> SettingsError:
    return SettingsError(root / RUN_FILE, f"{key}: cannot be {value!r}", f"it is {wanted}")
