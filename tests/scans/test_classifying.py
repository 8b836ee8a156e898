"""The public verb: a table of findings, and pictures of where each score is sensitive."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from example_findings import SIDE, fundus, model_folder, written
from PIL import Image

from sciml.core.errors import BadInput, DataWarning, Missing, SettingsError
from sciml.scans import classify
from sciml.scans.classifier import load_classifier
from sciml.scans.formats import read_scan
from sciml.scans.sight import seen

FINDINGS = ["any_dr", "referable_dr"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "model")


@pytest.fixture
def eyes(tmp_path: Path) -> list[str]:
    return [str(written(fundus(number, 20), tmp_path / f"eye{number}.png")) for number in range(3)]


def test_a_row_for_each_image_and_finding_with_the_models_own_probability(model: Path, eyes: list[str]) -> None:
    table = classify(eyes, model=model, accept_demonstration=True)
    assert table["file"].tolist() == [eye for eye in eyes for _ in FINDINGS]
    assert table["finding"].tolist() == FINDINGS * 3
    assert set(table["note"]) == {"demonstration"}
    assert set(table["gradable"]) == {"yes"}
    answer = load_classifier(model).answer(seen(read_scan(eyes[1]), SIDE, "retina"))
    np.testing.assert_allclose(table["probability"][2:4], answer["probability"], atol=1e-4)
    for row in table.itertuples():
        assert row.decision == ("yes" if row.probability >= 0.5 else "no")


def test_the_signature_is_the_promised_one() -> None:
    offered = inspect.signature(classify).parameters
    promised = {"model": "retina", "heatmaps": None, "accept_demonstration": False}
    assert {name: offered[name].default for name in promised} == promised
    assert next(iter(offered)) == "images"


def test_a_single_image_needs_no_list(model: Path, eyes: list[str]) -> None:
    listed = classify(eyes[:1], model=model, accept_demonstration=True)
    for one in (eyes[0], Path(eyes[0])):
        pd.testing.assert_frame_equal(classify(one, model=model, accept_demonstration=True), listed)


def test_threads_change_nothing(model: Path, eyes: list[str]) -> None:
    one, two = (classify(eyes, model=model, accept_demonstration=True, threads=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_a_demonstration_must_be_accepted(model: Path, eyes: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"is a demonstration.*--accept-demonstration"):
        classify(eyes, model=model)


def test_a_trained_model_needs_no_word_and_leaves_no_note(tmp_path: Path, eyes: list[str]) -> None:
    table = classify(eyes, model=model_folder(tmp_path / "real", demonstration=False))
    assert set(table["note"]) == {""}


def test_one_unreadable_image_is_told_and_the_others_are_answered(model: Path, eyes: list[str], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jpg"
    damaged.write_text("this is no picture")
    with pytest.warns(DataWarning, match=r"damaged\.jpg: is neither a JPEG"):
        table = classify([eyes[0], damaged, eyes[1]], model=model, accept_demonstration=True)
    of_it = table[table["file"] == str(damaged)]
    assert of_it["finding"].tolist() == FINDINGS
    assert of_it["probability"].isna().all()
    assert set(of_it["gradable"]) == {"no"}
    assert set(of_it["decision"]) == {"not gradable"}
    assert of_it["reason"].str.startswith("is neither").all()
    assert len(table) == 6
    assert table["probability"].notna().sum() == 4


def test_where_none_can_be_read_each_is_named(model: Path, tmp_path: Path) -> None:
    damaged = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for path in damaged:
        path.write_text("this is no picture")
    with pytest.raises(Exception, match=r"a\.jpg: is neither.*\n.*b\.jpg: is neither") as raised:
        classify(damaged, model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert raised.value.exit_code == BadInput.exit_code
    assert not (tmp_path / "maps").exists()


def test_an_image_that_is_not_there_is_no_odd_one_but_a_mistake(model: Path, eyes: list[str]) -> None:
    with pytest.raises(Missing, match=r"gone\.jpg: there is no such file"):
        classify([*eyes, "gone.jpg"], model=model, accept_demonstration=True)


def test_every_image_and_finding_has_its_picture(model: Path, eyes: list[str], tmp_path: Path) -> None:
    classify(eyes[:2], model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    names = sorted(path.name for path in (tmp_path / "maps").iterdir())
    assert names == [f"eye{number}_{finding}.png" for number in range(2) for finding in FINDINGS]
    with Image.open(tmp_path / "maps" / names[0]) as picture:
        assert picture.width == 192
    # and once more, in the place of the earlier ones
    classify(eyes[1:], model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert {path.name[:4] for path in (tmp_path / "maps").iterdir()} == {"eye1", "eye2"}


def test_a_large_photograph_is_shown_larger_than_the_network_needs_it(model: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    Image.fromarray(fundus(1, size=1600)).save(large, quality=80)
    classify([large], model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    with Image.open(tmp_path / "maps" / "large_any_dr.png") as picture:
        assert picture.width == 1024


def test_pictures_of_one_name_are_refused(model: Path, eyes: list[str], tmp_path: Path) -> None:
    other = written(fundus(9), tmp_path / "other" / "eye1.png")
    with pytest.raises(SettingsError, match="would have heatmaps of the same name as"):
        classify([*eyes, other], model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert len(classify([*eyes, other], model=model, accept_demonstration=True)) == 8


@pytest.mark.parametrize("other", ["diary.txt", "eye0.png"])
def test_a_folder_with_other_things_in_it_is_not_replaced(
    other: str, model: Path, eyes: list[str], tmp_path: Path
) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / other).write_text("dear")
    with pytest.raises(SettingsError, match=f"holds other files, such as {other}"):
        classify(eyes, model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert (tmp_path / "maps" / other).read_text() == "dear"


def test_an_input_that_looks_like_a_heatmap_is_kept(model: Path, tmp_path: Path) -> None:
    image = written(fundus(1), tmp_path / "maps" / "eye_any_dr.png")
    with pytest.raises(SettingsError, match="holds other files"):
        classify([image], model=model, accept_demonstration=True, heatmaps=tmp_path / "maps")
    assert image.exists()


def test_the_work_is_told_image_by_image(model: Path, eyes: list[str]) -> None:
    told: list[tuple[int, int]] = []
    classify(eyes, model=model, accept_demonstration=True, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
