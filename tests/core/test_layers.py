"""Layered settings: the last layer wins, and every mistake is named with its place."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, model_validator

from sciml.core.errors import SettingsError
from sciml.core.layers import SettingsErrors, load, origins
from sciml.core.settings import Frozen


class Sample(Frozen):
    name: str
    depth: float = Field(30.0, ge=1)


class Inner(Frozen):
    rate: float = 0.1
    words: tuple[str, ...] = ()
    note: str | None = None


class Outer(Frozen):
    steps: int = Field(100, ge=1)
    inner: Inner = Inner()
    optional: Inner | None = Inner()
    samples: tuple[Sample, ...] = ()

    @model_validator(mode="after")
    def steps_are_even(self) -> Outer:
        if self.steps % 2:
            raise ValueError(f"steps must be even, not {self.steps}")
        return self


@pytest.fixture
def layer(tmp_path: Path):
    def write(text: str, name: str = "a.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def errors(*paths: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(paths, Outer, environ or {})
    return str(caught.value).splitlines()


def test_no_layer_gives_the_defaults() -> None:
    assert load([], Outer, {}) == Outer()


def test_an_empty_file_changes_nothing(layer) -> None:
    assert load([layer("# only a comment\n")], Outer, {}) == Outer()


def test_the_last_layer_wins_and_leaves_its_neighbours_alone(layer) -> None:
    low = layer("inner:\n  rate: 0.5\n  note: low\nsteps: 4\n", "low.yaml")
    high = layer("inner:\n  rate: 0.7\n", "high.yaml")
    settings = load([low, high], Outer, {})
    assert (settings.inner.rate, settings.inner.note, settings.steps) == (0.7, "low", 4)


def test_a_list_replaces_the_list_below(layer) -> None:
    low, high = layer("inner: {words: [a, b, c]}", "low.yaml"), layer("inner: {words: [d]}", "high.yaml")
    assert load([low, high], Outer, {}).inner.words == ("d",)


def test_null_switches_a_section_off_and_a_later_layer_switches_it_on(layer) -> None:
    off = layer("optional: null", "off.yaml")
    on = layer("optional: {rate: 0.3}", "on.yaml")
    assert load([off], Outer, {}).optional is None
    assert load([off, on], Outer, {}).optional == Inner(rate=0.3)


@given(st.dictionaries(st.sampled_from(["rate", "note"]), st.none() | st.integers(0, 9)))
def test_laying_a_file_over_itself_changes_nothing(tmp_path_factory: pytest.TempPathFactory, content: dict) -> None:
    path = tmp_path_factory.mktemp("layer") / "a.yaml"
    lines = "".join(f"  {key}: {'null' if value is None else value}\n" for key, value in content.items())
    path.write_text(f"inner:\n{lines}" if lines else "")

    def outcome(paths: list[Path]) -> str:
        try:
            return repr(load(paths, Outer, {}))
        except SettingsError as error:
            return str(error)

    assert outcome([path, path]) == outcome([path])


def test_scalars_are_read_as_yaml_1_2_reads_them(layer) -> None:
    path = layer("samples:\n  - {name: NO, depth: 2e1}\n  - {name: 20:10}\n  - {name: '007'}\n  - {name: 2024-01-01}\n")
    settings = load([path], Outer, {})
    assert [sample.name for sample in settings.samples] == ["NO", "20:10", "007", "2024-01-01"]
    assert settings.samples[0].depth == 20.0


def test_a_variable_of_the_environment_is_filled_in(layer) -> None:
    path = layer("inner: {words: ['${DATA}/a.bam', '${DATA}${DATA}'], note: '$DATA ${DATA}'}")
    settings = load([path], Outer, {"DATA": "/d"})
    assert settings.inner.words == ("/d/a.bam", "/d/d")
    assert settings.inner.note == "$DATA /d"


def test_what_a_variable_holds_is_not_expanded_again(layer) -> None:
    assert load([layer("inner: {note: '${A}'}")], Outer, {"A": "${B}"}).inner.note == "${B}"


def test_a_number_may_come_from_the_environment(layer) -> None:
    assert load([layer("steps: ${N}")], Outer, {"N": "8"}).steps == 8


def test_a_variable_that_is_not_set_is_named_with_its_line(layer) -> None:
    path = layer("steps: 2\ninner:\n  words:\n    - a\n    - ${GONE}/b\n")
    assert errors(path) == [
        f"{path}:5: inner.words.1: the environment variable GONE is not set; "
        "run `export GONE=...` first, or write the value in its place"
    ]


def test_a_mistyped_key_is_named_with_line_suggestion_and_allowed_keys(layer) -> None:
    path = layer("steps: 2\ninner:\n  raet: 0.1\n")
    assert errors(path) == [
        f"{path}:3: inner.raet: there is no such setting; did you mean 'rate'? (known: note, rate, words)"
    ]


def test_allowed_keys_are_found_inside_lists_and_optional_sections(layer) -> None:
    path = layer("optional: {rat: 1}\nsamples:\n  - {name: a, deph: 3}\n")
    first, second = errors(path)
    assert "did you mean 'rate'? (known: note, rate, words)" in first
    assert second.startswith(f"{path}:3: samples.0.deph:")
    assert "(known: depth, name)" in second


def test_the_line_is_that_of_the_layer_that_set_the_value(layer) -> None:
    low = layer("inner: {rate: 0.5}\n", "low.yaml")
    high = layer("steps: 2\n\ninner:\n  rate: fast\n", "high.yaml")
    (line,) = errors(low, high)
    assert line.startswith(f"{high}:4: inner.rate: input should be a valid number")
    assert line.endswith("not 'fast'")


def test_everything_that_is_wrong_is_said_at_once_in_order(layer) -> None:
    low = layer("stepz: 1\nsamples:\n  - depth: 0\n", "low.yaml")
    high = layer("inner:\n  rate: ${GONE}\n  words: 3\n", "high.yaml")
    found = errors(low, high)
    assert [line.split(" ")[1] for line in found] == [
        "inner.rate:",
        "stepz:",
        "samples.0.name:",
        "samples.0.depth:",
        "inner.words:",
    ]


def test_a_rule_over_several_settings_names_itself(layer) -> None:
    (line,) = errors(layer("steps: 3\n"))
    assert "steps must be even, not 3" in line


def test_a_key_without_a_value_is_told_from_null(layer) -> None:
    path = layer("steps: 2\noptional:\n")
    (line,) = errors(path)
    assert line.startswith(f"{path}:2: optional has no value; write its value, or null for none")


def test_null_for_a_section_that_must_be_there_is_explained(layer) -> None:
    (line,) = errors(layer("inner: null"))
    assert "inner: the section is empty" in line


def test_a_key_that_is_set_twice_is_refused_with_both_lines(layer) -> None:
    path = layer("steps: 2\ninner: {rate: 1}\nsteps: 4\n")
    assert errors(path) == [f"{path}:3: steps was already set on line 1; keep one of the two"]


def test_files_that_cannot_be_read_are_all_named(layer, tmp_path: Path) -> None:
    found = errors(tmp_path / "gone.yaml", layer("steps: 2"), tmp_path / "gone-too.yaml")
    assert [Path(line.split(":")[0]).name for line in found] == ["gone.yaml", "gone-too.yaml"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not YAML"),
        ("a: b: c", "is not YAML"),
        ("a:\n\t- 1", "is not YAML"),
        ("- 1", "holds no keys"),
        ("3", "holds no keys"),
        ("steps: 1\n---\nsteps: 2", "is not YAML (but found another document)"),
        ("steps: &a 2\nb: *a", "anchors and aliases are not allowed"),
        ("steps: *a", "anchors and aliases are not allowed"),
        ("steps: !!python/object/apply:os.getcwd []", "is not allowed"),
        ("steps: !!int 2", "is not allowed"),
        ("a: " + "[" * 1000 + "]" * 1000, "deeper than 30 levels"),
        ("a: " + "x" * 1_000_001, "is larger than 1,000,000 bytes"),
        ("a: \0", "is not YAML"),
        ("? [a]\n: 2", "a key is a list or a mapping"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_in_one_line(layer, text: str, problem: str) -> None:
    (line,) = errors(layer(text))
    assert problem in line


def test_a_file_that_is_not_text_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"steps: 2\ninner: {note: \xff}\n")
    assert errors(path) == [f"{path}:2: is not UTF-8 text; save the file as UTF-8"]


def test_origins_name_the_file_and_line_or_the_default(layer) -> None:
    low = layer("steps: 4\ninner:\n  rate: 0.5\n  words: [a]\n", "low.yaml")
    high = layer("inner:\n  rate: 0.7\nsamples:\n  - {name: a}\n", "high.yaml")
    assert origins([low, high], Outer, {}) == {
        "steps": f"{low}:1",
        "inner.rate": f"{high}:2",
        "inner.words": f"{low}:4",
        "inner.note": "default",
        "optional.rate": "default",
        "optional.words": "default",
        "optional.note": "default",
        "samples": f"{high}:3",
    }


def test_the_origin_of_a_section_switched_off_is_where_it_was_switched_off(layer) -> None:
    path = layer("optional: null\n")
    found = origins([path], Outer, {})
    assert found["optional"] == f"{path}:1"
    assert not any(key.startswith("optional.") for key in found)


def test_the_errors_survive_the_way_home_from_a_worker_process(layer) -> None:
    with pytest.raises(SettingsErrors) as caught:
        load([layer("stepz: 1\nrate: 2\n")], Outer, {})
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert str(again) == str(caught.value)
    assert again.exit_code == 2


@given(st.text(max_size=200))
def test_no_text_whatever_ends_in_anything_but_settings_or_a_settings_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("layer") / "a.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    said = ""
    try:
        load([path], Outer, {})
    except SettingsError as error:
        said = str(error)
    assert all(line.startswith(str(path)) for line in said.splitlines())
