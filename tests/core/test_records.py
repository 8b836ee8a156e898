"""The index finds what ingest converted, wherever its folder stands now."""

from __future__ import annotations

from pathlib import Path

import pytest

from sciml.core.contract import Index, Unit
from sciml.core.records import INDEX, read_index, write_json

CONVERTED = Unit("fmi", "fmi", "train", False, "CC BY 4.0", {}, {"frames": 12}, store="fmi.zarr")
AS_IT_IS = Unit("person", "NA1", None, True, "", {})


def test_a_store_is_named_relative_to_the_index_and_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # ingest writes into a folder with a temporary name, which gets its own name when it is whole
    write_json(tmp_path / "half" / INDEX, Index("nowcast", (CONVERTED, AS_IT_IS)).to_json())
    (tmp_path / "half").rename(tmp_path / "raw")
    assert '"store": "fmi.zarr"' in (tmp_path / "raw" / INDEX).read_text()
    monkeypatch.chdir(tmp_path)
    converted, as_it_is = read_index(Path("raw")).units
    assert converted.store == str(tmp_path / "raw" / "fmi.zarr")
    assert (as_it_is, converted.facts) == (AS_IT_IS, {"frames": 12})
