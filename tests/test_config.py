"""The settings files in config/ say what the code says."""

from pathlib import Path

import pytest
import yaml

from sciml.core.layers import load
from sciml.core.run_settings import domain_layers, overlays, run_settings
from sciml.registry import DOMAINS, settings_class

ROOT = Path(__file__).parents[1]
ENVIRON = {"SCIML_DATA": "/data"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_full_settings_file_shows_every_setting_at_its_default(domain: str) -> None:
    shown = yaml.safe_load((ROOT / "config" / f"{domain}.yaml").read_text())
    defaults = settings_class(domain)().model_dump(mode="json")
    assert shown == defaults


@pytest.mark.parametrize("overlay", overlays(ROOT))
def test_every_overlay_is_valid(overlay: str) -> None:
    run = run_settings({"overlay": overlay}, ROOT)
    for domain in run.domains:
        settings = load(domain_layers(run, domain), settings_class(domain), ENVIRON)
        assert settings.predict.methods


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("overlay", ["demo", "smoke"])
def test_a_network_trained_for_a_minute_says_that_it_is_a_demonstration(domain: str, overlay: str) -> None:
    run = run_settings({"overlay": overlay}, ROOT)
    assert load(domain_layers(run, domain), settings_class(domain), ENVIRON).train.demonstration
