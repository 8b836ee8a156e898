"""The run, its sciences and their layers, and no way out of config/."""

from __future__ import annotations

from pathlib import Path

import pytest

from sciml.core.errors import SettingsError
from sciml.core.run_settings import CHECKOUT, domain_layers, domains_with_settings, overlays, run_settings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "config.yaml",
        "nowcast.yaml",
        "variants.yaml",
        "demo/variants.yaml",
        "demo/nowcast.yaml",
        "smoke/variants.yaml",
        "real/variants-na12878.yaml",
        "real/moons-io.yaml",
        "schema/variants.json",
    ):
        path = tmp_path / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "secret.yaml").touch()
    return tmp_path


def names(paths: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root / "config")) for path in paths]


def test_without_a_word_it_is_the_demo_of_every_science(root: Path) -> None:
    run = run_settings({}, root)
    assert (run.run, run.domains, run.overlay) == ("demo", ("nowcast", "variants"), "demo")
    assert names(domain_layers(run, "variants"), root) == ["variants.yaml", "demo/variants.yaml"]


def test_an_overlay_folder_leaves_a_science_without_a_file_there_at_its_own(root: Path) -> None:
    run = run_settings({"overlay": "smoke"}, root)
    assert names(domain_layers(run, "nowcast"), root) == ["nowcast.yaml"]
    assert names(domain_layers(run, "variants"), root) == ["variants.yaml", "smoke/variants.yaml"]


def test_an_overlay_file_runs_only_the_science_its_name_begins_with(root: Path) -> None:
    run = run_settings({"overlay": "real/variants-na12878"}, root)
    assert (run.run, run.domains) == ("variants-na12878", ("variants",))
    assert names(domain_layers(run, "variants"), root) == ["variants.yaml", "real/variants-na12878.yaml"]


@pytest.mark.parametrize("nothing", [None, "", "none"])
def test_no_overlay_leaves_the_plain_settings(root: Path, nothing: str | None) -> None:
    run = run_settings({"overlay": nothing}, root)
    assert run.run == "default"
    assert names(domain_layers(run, "variants"), root) == ["variants.yaml"]


def test_a_run_may_have_a_name_of_its_own(root: Path) -> None:
    assert run_settings({"run": "try-1.b", "overlay": "smoke"}, root).run == "try-1.b"


def test_a_number_will_do_as_a_name(root: Path) -> None:
    # --config run=3 arrives as a number
    assert run_settings({"run": 3}, root).run == "3"


@pytest.mark.parametrize("named", ["variants", ["variants"], "variants,variants"])
def test_sciences_may_be_a_list_or_words_with_commas(root: Path, named: object) -> None:
    assert run_settings({"domains": named}, root).domains == ("variants",)


def test_the_order_of_the_sciences_is_the_users(root: Path) -> None:
    assert run_settings({"domains": "variants, nowcast"}, root).domains == ("variants", "nowcast")


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc", ".", "..", ".hidden", "a b", "a+b", "-x", "a\n", "x" * 101, True, ["a"]]
)
def test_a_name_that_is_no_plain_word_is_refused(root: Path, name: object) -> None:
    with pytest.raises(SettingsError, match=r"config\.yaml: run: cannot be"):
        run_settings({"run": name}, root)


@pytest.mark.parametrize(
    "overlay", ["../secret", "demo/../../secret", "/etc", "demo//x", "demo/", "./demo", "real/..", 3, ["demo"]]
)
def test_no_overlay_reaches_outside_the_config_folder(root: Path, overlay: object) -> None:
    with pytest.raises(SettingsError, match="overlay: cannot be"):
        run_settings({"overlay": overlay}, root)


@pytest.mark.parametrize("overlay", ["dmo", "variants", "config", "schema", "real/gone"])
def test_an_overlay_that_is_none_is_refused_with_those_there_are(root: Path, overlay: str) -> None:
    with pytest.raises(SettingsError, match="overlay: there is none named") as caught:
        run_settings({"overlay": overlay}, root)
    assert "demo, real/moons-io, real/variants-na12878, smoke" in str(caught.value)


def test_an_overlay_file_of_no_science_is_refused(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"real/moons-io\.yaml: its name begins with no science but with 'moons'"):
        run_settings({"overlay": "real/moons-io"}, root)


def test_an_overlay_file_and_another_science_exclude_each_other(root: Path) -> None:
    with pytest.raises(SettingsError, match="it is variants, for the overlay real/variants-na12878"):
        run_settings({"overlay": "real/variants-na12878", "domains": ["nowcast"]}, root)


@pytest.mark.parametrize("domains", ["varants", ["../secret"], ["variants", "config"]])
def test_a_science_without_settings_is_refused(root: Path, domains: object) -> None:
    with pytest.raises(SettingsError, match="known: nowcast, variants"):
        run_settings({"domains": domains}, root)


@pytest.mark.parametrize("domains", [[], 3, [3], {}])
def test_sciences_that_are_no_list_of_words_are_refused(root: Path, domains: object) -> None:
    with pytest.raises(SettingsError, match="domains: cannot be"):
        run_settings({"domains": domains}, root)


def test_a_mistyped_key_of_the_run_is_refused(root: Path) -> None:
    with pytest.raises(SettingsError, match=r"overlayy: there is no such setting; did you mean 'overlay'\?"):
        run_settings({"overlayy": "demo"}, root)


def test_code_counts_in_a_checkout_unless_said_otherwise(root: Path) -> None:
    assert CHECKOUT
    assert run_settings({}, root).rerun == "code"
    assert run_settings({"rerun": "settings"}, root).rerun == "settings"
    with pytest.raises(SettingsError, match="it is code or settings"):
        run_settings({"rerun": "never"}, root)


def test_what_there_is_can_be_listed(root: Path) -> None:
    assert domains_with_settings(root) == ["nowcast", "variants"]
    assert overlays(root) == ["demo", "real/moons-io", "real/variants-na12878", "smoke"]
