"""The registry finds sciences and imports no more of them than was asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sciml.core.errors import SettingsError
from sciml.registry import DOMAINS, ROOMS, Rooms, room, settings_class


def test_every_science_has_settings_that_have_defaults() -> None:
    for domain in DOMAINS:
        assert settings_class(domain)() == settings_class(domain)()


def test_a_mistyped_science_is_refused_with_a_suggestion() -> None:
    for call in (lambda: Rooms("varants"), lambda: room("varants", "settings"), lambda: settings_class("varants")):
        with pytest.raises(SettingsError, match="did you mean 'variants'"):
            call()


def test_every_room_can_be_reached_by_its_name() -> None:
    properties = {name for name, value in vars(Rooms).items() if isinstance(value, property)}
    assert properties == {"name", *ROOMS}


def test_the_name_of_the_rooms_is_that_of_the_science() -> None:
    assert Rooms("variants").name == "variants"
    assert repr(Rooms("variants")) == "Rooms('variants')"


def test_asking_for_the_rooms_imports_none_of_them() -> None:
    code = (
        "import sys, sciml.registry as r; r.Rooms('variants');"
        "print([m for m in sys.modules if m.startswith('sciml.variants')])"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "[]"
