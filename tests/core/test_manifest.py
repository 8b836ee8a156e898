"""dataset.json: what many parts hold together."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sciml.core.errors import BadInput, SettingsError
from sciml.core.manifest import gather
from tests.core.samples import part, samples


@pytest.fixture
def stores(tmp_path: Path) -> list[Path]:
    """Two parts: 20 and 15 samples train, 5 validate, 10 test."""
    folder = tmp_path / "parts"
    return [
        part(folder / "1.zarr", {"train": samples(range(20)), "validation": samples(range(50, 55))}),
        part(folder / "2.zarr", {"train": samples(range(20, 35)), "test": samples(range(60, 70))}),
    ]


def test_counts_groups_and_labels_add_up(stores: list[Path], tmp_path: Path) -> None:
    content = gather(stores, tmp_path / "dataset.json")
    assert content == json.loads((tmp_path / "dataset.json").read_text())
    assert content["domain"] == "toy"
    assert content["attrs"] == {"sources": ["a"]}
    assert content["samples"] == {"train": 35, "validation": 5, "test": 10}
    # ten samples a group: 0-9, 10-19, 20-29, 30-34
    assert content["groups"] == {"train": 4, "validation": 1, "test": 1}
    # the label is the number modulo 3: of 0..34 twelve leave 0, of 50..54 only 51 and 54, of 60..69 four
    assert content["labels"]["0"] == {"train": 12, "validation": 2, "test": 4}
    assert [entry["path"] for entry in content["parts"]] == ["parts/1.zarr", "parts/2.zarr"]
    assert content["parts"][1]["groups"] == {"train": ["g2", "g3"], "validation": [], "test": ["g6"]}
    assert content["layout"]["arrays"]["image"]["dims"] == ["sample", "channel", "row", "column"]
    assert content["sizes"] == {"channel": 3, "row": 32, "column": 16}


def test_moments_are_those_of_the_training_images_alone(stores: list[Path], tmp_path: Path) -> None:
    found = gather(stores, tmp_path / "dataset.json")["moments"]
    images = samples(range(35)).image.values.astype(np.float64)
    assert sorted(found) == ["image"]
    np.testing.assert_allclose(found["image"]["mean"], images.mean((0, 2, 3)), rtol=1e-9)
    np.testing.assert_allclose(found["image"]["std"], images.std((0, 2, 3)), rtol=1e-9)


def test_the_same_parts_give_the_same_bytes_wherever_they_lie(stores: list[Path], tmp_path: Path) -> None:
    gather(stores, tmp_path / "dataset.json")
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "parts", other / "parts")
    gather([other / "parts" / store.name for store in stores], other / "dataset.json")
    assert (other / "dataset.json").read_bytes() == (tmp_path / "dataset.json").read_bytes()


def test_a_group_in_two_splits_is_refused_by_name(stores: list[Path], tmp_path: Path) -> None:
    stray = part(tmp_path / "parts/3.zarr", {"test": samples([999], ["g1"])})
    with pytest.raises(BadInput, match=r"3\.zarr: group g1 is in test here and in train in .*1\.zarr"):
        gather([*stores, stray], tmp_path / "dataset.json")
    within = part(tmp_path / "parts/4.zarr", {"train": samples([1], ["x"]), "test": samples([2], ["x"])})
    with pytest.raises(BadInput, match="group x"):
        gather([within], tmp_path / "dataset.json")
    assert not (tmp_path / "dataset.json").exists()


def test_an_empty_split_names_the_groups_and_the_remedy(stores: list[Path], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"validation has no sample .*train: 2 groups, g2, g3.*split\.validation"):
        gather(stores[1:], tmp_path / "dataset.json")
    lonely = part(tmp_path / "v.zarr", {"validation": samples(range(80))})
    with pytest.raises(SettingsError, match=r"train has no sample \(validation: 8 groups, g0, .*g4 and 3 more\)"):
        gather([lonely], tmp_path / "dataset.json")
    with pytest.raises(SettingsError, match="no split has any"):
        gather([part(tmp_path / "nothing.zarr", {})], tmp_path / "dataset.json")
    with pytest.raises(SettingsError, match="no parts"):
        gather([], tmp_path / "dataset.json")


def test_a_data_set_may_do_without_test_samples(stores: list[Path], tmp_path: Path) -> None:
    assert gather(stores[:1], tmp_path / "dataset.json")["samples"]["test"] == 0


def test_a_part_without_samples_does_not_disturb_the_others(stores: list[Path], tmp_path: Path) -> None:
    empty = part(tmp_path / "parts/3.zarr", {"train": samples([]), "test": samples([])})
    with_it, without = (gather(chosen, tmp_path / "d.json") for chosen in ([empty, *stores], stores))
    assert with_it["moments"] == without["moments"]
    assert with_it["sizes"] == without["sizes"]


def test_parts_that_do_not_belong_together_are_refused(stores: list[Path], tmp_path: Path) -> None:
    other = part(tmp_path / "o.zarr", {"train": samples([90])}, attrs={"domain": "toy", "sources": ["b"]})
    wide = part(tmp_path / "w.zarr", {"train": samples([90], shape=(3, 32, 20))})
    sharded = part(tmp_path / "s.zarr", {"train": samples([90])}, samples_per_shard=8)
    for stray, said in ((other, "another sources"), (wide, "has 20 along column"), (sharded, "another shard size")):
        with pytest.raises(BadInput, match=said):
            gather([*stores, stray], tmp_path / "dataset.json")
