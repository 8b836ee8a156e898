"""Which sciences there are, and how to reach their rooms without importing more than is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from sciml.core.errors import SettingsError
from sciml.core.suggest import did_you_mean

if TYPE_CHECKING:
    from types import ModuleType

    from sciml.core.contract import (
        BaselineRoom,
        EvaluateRoom,
        IngestRoom,
        ModelRoom,
        PredictRoom,
        PrepareRoom,
        SettingsRoom,
        SimulateRoom,
    )
    from sciml.core.settings import DomainSettings

DOMAINS: dict[str, str] = {
    "lenses": "sciml.lenses",
    "nowcast": "sciml.nowcast",
    "proteins": "sciml.proteins",
    "scans": "sciml.scans",
    "variants": "sciml.variants",
}

RoomName: TypeAlias = Literal["settings", "simulate", "ingest", "prepare", "model", "predict", "baseline", "evaluate"]
ROOMS: tuple[RoomName, ...] = get_args(RoomName)


def package(domain: str) -> str:
    """Name of the package of a domain."""
    if domain not in DOMAINS:
        raise SettingsError(domain, "is not a science that sciml has", did_you_mean(domain, DOMAINS))
    return DOMAINS[domain]


def room(domain: str, name: RoomName) -> ModuleType:
    """One room of one domain; nothing else is imported."""
    return import_module(f"{package(domain)}.{name}")


def settings_class(domain: str) -> type[DomainSettings]:
    """The class that a domain's layered settings files must fit."""
    return Rooms(domain).settings.Settings


class Rooms:
    """The rooms of one domain by name, each imported when it is first asked for."""

    def __init__(self, domain: str) -> None:
        package(domain)
        self._name = domain

    def __repr__(self) -> str:
        return f"Rooms({self._name!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def settings(self) -> SettingsRoom:
        return cast("SettingsRoom", room(self._name, "settings"))

    @property
    def simulate(self) -> SimulateRoom:
        return cast("SimulateRoom", room(self._name, "simulate"))

    @property
    def ingest(self) -> IngestRoom:
        return cast("IngestRoom", room(self._name, "ingest"))

    @property
    def prepare(self) -> PrepareRoom:
        return cast("PrepareRoom", room(self._name, "prepare"))

    @property
    def model(self) -> ModelRoom:
        return cast("ModelRoom", room(self._name, "model"))

    @property
    def predict(self) -> PredictRoom:
        return cast("PredictRoom", room(self._name, "predict"))

    @property
    def baseline(self) -> BaselineRoom:
        return cast("BaselineRoom", room(self._name, "baseline"))

    @property
    def evaluate(self) -> EvaluateRoom:
        return cast("EvaluateRoom", room(self._name, "evaluate"))
