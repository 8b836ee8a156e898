"""MeteoSwiss' GIF: indices and not colours, the time of the product, the Swiss grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from radar_files import SWISS, mch

from sciml.core.errors import BadInput
from sciml.nowcast import open_radar


def test_an_index_is_rain_whatever_its_colour(tmp_path: Path) -> None:
    indices = np.zeros(SWISS, int)
    indices[0] = np.arange(710) % 256
    found = open_radar(mch(tmp_path / "a", indices))["rain_rate"].values[0]
    amount = (10 ** ((np.arange(2, 251) - 71.5) / 20) / 316) ** (1 / 1.5)  # mm in 5 minutes
    np.testing.assert_allclose(found[0, 2:251], amount * 12, rtol=1e-6)
    assert found[0, [0, 1, 251, 252, 253, 254]].tolist() == [0] * 6
    assert np.isnan(found[0, 255])
    assert (found[1:] == 0).all()


def test_time_is_in_the_comment_or_in_the_name_and_is_the_end(tmp_path: Path) -> None:
    dry = np.zeros(SWISS)
    found = open_radar(mch(tmp_path / "AQC151351545F_00005.801.gif", dry))
    assert found["time"].values == [np.datetime64("2020-07-01T12:00")]  # day 183 of a leap year
    assert found["time_bnds"].values[0, 0] == np.datetime64("2020-07-01T11:55")
    bare = mch(tmp_path / "AQC151351545F_00005.801.gif", dry, product=None)
    assert open_radar(bare)["time"].values == [np.datetime64("2015-05-15T15:45")]
    with pytest.raises(BadInput, match="does not say when"):
        open_radar(mch(tmp_path / "picture.gif", dry, product=None))


def test_the_length_of_the_accumulation_is_in_the_comment(tmp_path: Path) -> None:
    hour = open_radar(mch(tmp_path / "a", np.full(SWISS, 100), "CPC201831200", minutes=60))
    amount = (10 ** ((100 - 71.5) / 20) / 316) ** (1 / 1.5)
    np.testing.assert_allclose(hour["rain_rate"].values, amount, rtol=1e-6)
    assert hour.attrs["accumulation_minutes"] == 60


def test_the_swiss_grid_is_known(tmp_path: Path) -> None:
    found = open_radar(mch(tmp_path / "a", np.zeros(SWISS)))
    assert found["x"].values[[0, -1]].tolist() == [255_500.0, 964_500.0]
    assert found["y"].values[[0, -1]].tolist() == [479_500.0, -159_500.0]
    assert "CH1903 / LV03" in found["crs"].attrs["crs_wkt"]


def test_other_pictures_are_refused(tmp_path: Path) -> None:
    Image.new("P", (100, 100)).save(tmp_path / "AQC201831200.gif")
    with pytest.raises(BadInput, match="GIF of 100 x 100"):
        open_radar(tmp_path / "AQC201831200.gif")
    with pytest.raises(BadInput, match="holds RZC, not AQC or CPC"):
        open_radar(mch(tmp_path / "a", np.zeros(SWISS), "RZC201831200"))
    with pytest.raises(BadInput, match="impossible time"):
        open_radar(mch(tmp_path / "b", np.zeros(SWISS), "AQC203991200"))
