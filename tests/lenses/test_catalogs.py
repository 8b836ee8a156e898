"""A catalogue of any format says which objects are meant, and what is wrong with it is told by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.table import MaskedColumn, Table
from survey_files import DEC, RA, noise, write_catalog, write_image, write_tile

from sciml.core.errors import BadInput, DataWarning, Missing
from sciml.lenses.catalogs import Objects, objects_of, pixels_of, read_catalog
from sciml.lenses.tiles import Tile, open_tile


@pytest.fixture
def tile(tmp_path: Path) -> Tile:
    return open_tile(write_tile(tmp_path))


@pytest.fixture
def stack(tmp_path: Path) -> Tile:
    return open_tile({"g": write_image(tmp_path / "s.fits", noise((4, 21, 25)))}, "lrgs")


def of_text(tile: Tile, path: Path, rows: list[str], columns: str) -> Objects:
    return objects_of(tile, read_catalog(write_catalog(path, rows, columns)))


def test_positions_on_the_sky_become_pixels(tile: Tile, tmp_path: Path) -> None:
    # the middle of 120 pixels is at 59.5; 2 arcsec to the east are 10 pixels to the left, to the north 10 up
    east, north = RA + 2 / 3600 / np.cos(np.radians(DEC)), DEC + 2 / 3600
    found = of_text(tile, tmp_path / "a.csv", [f"007,{RA},{DEC}", f"b,{east},{DEC}", f"c,{RA},{north}"], "ID,RA,Dec")
    np.testing.assert_allclose(found.x, (59.5, 49.5, 59.5), atol=1e-3)
    np.testing.assert_allclose(found.y, (59.5, 59.5, 69.5), atol=1e-3)
    assert list(found.id) == ["007", "b", "c"]
    assert list(found.lens) == [-1, -1, -1]


def test_every_format_gives_the_same_objects(tile: Tile, tmp_path: Path) -> None:
    table = Table(
        {"id": ["a", "b"], "ra": [RA, RA + 1e-3], "dec": [DEC, DEC], "lens": [1, 0], "kind": ["lens", "ring"]}
    )
    table["theta_e"] = MaskedColumn([1.25, 0.0], mask=[False, True], unit=units.arcsec)
    for name, kind in (("a.csv", "ascii.csv"), ("a.tsv", "ascii.tab"), ("a.ecsv", "ascii.ecsv"), ("a.fits", "fits")):
        table.write(tmp_path / name, format=kind)
        found = objects_of(tile, read_catalog(tmp_path / name))
        assert list(found.id) == ["a", "b"]
        np.testing.assert_allclose(found.ra, table["ra"])
        assert (list(found.lens), list(found.kind)) == ([1, 0], ["lens", "ring"])
        np.testing.assert_array_equal(found.theta_e, [1.25, np.nan])


def test_the_unit_of_a_column_counts(tile: Tile, tmp_path: Path) -> None:
    table = Table({"ra": [RA / 15] * units.hourangle, "dec": [DEC * 60] * units.arcmin})
    table.write(tmp_path / "a.ecsv")
    found = objects_of(tile, read_catalog(tmp_path / "a.ecsv"))
    assert (found.ra[0], found.dec[0]) == pytest.approx((RA, DEC))


def test_names_of_columns_as_surveys_spell_them(tile: Tile, tmp_path: Path) -> None:
    found = of_text(tile, tmp_path / "a.csv", [f"J1,{RA},{DEC}"], "name,RA [deg],DEC [deg]")
    assert (found.id[0], round(float(found.x[0]), 3)) == ("J1", 59.5)


def test_pixels_count_where_there_is_no_sky(tile: Tile, tmp_path: Path) -> None:
    found = of_text(tile, tmp_path / "a.csv", ["59.5,59.5"], "x,y")
    assert (found.ra[0], found.dec[0]) == pytest.approx((RA, DEC))
    bare = Tile("bare", tile.fluxes, tile.skies, None, 0.2, specs=tile.specs)
    assert of_text(bare, tmp_path / "b.csv", ["5,6"], "x,y").x[0] == 5
    with pytest.raises(BadInput, match=r"tile_g\.fits: has no sky WCS; give its catalogue columns x and y"):
        of_text(bare, tmp_path / "c.csv", [f"{RA},{DEC}"], "ra,dec")
    with pytest.raises(BadInput, match="has no sky WCS"):
        objects_of(bare, None)


def test_rows_without_a_place_or_met_before_are_left_out(tile: Tile, tmp_path: Path) -> None:
    rows = [f"a,{RA},{DEC}", f"b,nan,{DEC}", "c,,", f"a,{RA},{DEC + 0.001}", f"d,{RA},95", f"e,{RA},{DEC}"]
    with pytest.warns(DataWarning) as told:
        found = of_text(tile, tmp_path / "a.csv", rows, "id,ra,dec")
    assert list(found.id) == ["a", "e"]
    assert found.dec[0] == DEC
    texts = " | ".join(str(each.message) for each in told)
    assert "2 objects have no position (b, c)" in texts
    assert "1 objects are listed twice; the first row counts (a)" in texts
    assert "1 objects have a dec beyond 90 degrees (d)" in texts


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("id,ra,dec\n", "lists no object"),
        ("id,ra\na,1\n", "has a column ra and none of dec"),
        ("id,mag\na,1\n", "has no columns ra and dec, x and y, or index; it has id, mag"),
        ("id,ra,dec\na,14:22:09,52.7\n", "ra is '14:22:09' in row 1; give degrees"),
        ("id,ra,dec\na,1,2\nb,1\n", "row 2 has 2 cells, the header 3"),
        ("id,ra,dec\na,50,150\nb,60,160\n", "every dec is beyond 90 degrees"),
        ("id,ra,dec\na,,\n", "no row has a position"),
        ("id,ra,dec,lens\na,1,2,7\n", "lens is 7 for a; it is 1 or 0"),
    ],
)
@pytest.mark.filterwarnings("ignore::sciml.core.errors.DataWarning")
def test_a_catalogue_that_says_nothing_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_catalog(tmp_path / "a.csv")
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.fits").write_bytes(b"SIMPLE")
    (tmp_path / "a.ecsv").write_text("ra,dec\n1,2\n", encoding="utf-8")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    for name in ("a.fits", "a.ecsv", "a.csv"):
        with pytest.raises(BadInput, match="cannot be read as a table"):
            read_catalog(tmp_path / name)
    with pytest.raises(Missing, match="there is no such file"):
        read_catalog(tmp_path / "b.csv")
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(BadInput, match=r"ending '\.jpg'"):
        read_catalog(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("row", "reason"), [(f"{DEC},{RA - 100}", ""), (f"{DEC},{RA}", "swapped"), (f"{RA / 15},{DEC}", "hours")]
)
def test_a_catalogue_that_misses_the_tile_is_told_with_the_likely_reason(
    tile: Tile, tmp_path: Path, row: str, reason: str
) -> None:
    if reason == "swapped":
        # a dec of 150 is refused when the file is read; a table from elsewhere may have it
        with pytest.warns(DataWarning, match="ra and dec are swapped"):
            objects_of(tile, Table({"id": ["a"], "ra": [DEC], "dec": [RA]}))
    else:
        with pytest.warns(DataWarning, match="no object of the catalogue lies in the tile.*" + reason):
            of_text(tile, tmp_path / "a.csv", [row], "ra,dec")


def test_the_other_side_of_the_sky_is_not_in_the_tile(tile: Tile) -> None:
    x, y = pixels_of(tile, np.array([RA + 180, RA]), np.array([-DEC, DEC]))
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert x[1] == pytest.approx(59.5)


def test_slices_of_a_stack_are_objects_of_their_own(stack: Tile, tmp_path: Path) -> None:
    found = objects_of(stack, None)
    assert list(found.id) == ["lrgs-0", "lrgs-1", "lrgs-2", "lrgs-3"]
    assert (list(found.index), found.x[0], found.y[0]) == ([0, 1, 2, 3], 12, 10)
    with pytest.warns(DataWarning, match=r"no slice of 0 to 3 \(far\)"):
        chosen = of_text(stack, tmp_path / "a.csv", ["b,2,1", "far,9,0", "a,0,0"], "id,index,lens")
    assert (list(chosen.id), list(chosen.index), list(chosen.lens)) == (["b", "a"], [2, 0], [1, 0])
    with pytest.raises(BadInput, match="has no column index"):
        of_text(stack, tmp_path / "b.csv", [f"{RA},{DEC}"], "ra,dec")


def test_a_row_for_each_slice_of_a_stack_needs_no_index(stack: Tile, tmp_path: Path) -> None:
    rows = [f"a,{RA},{DEC}", "lost,,", f"a,{RA + 1},{DEC}", f"d,{RA + 2},{DEC}"]
    with pytest.warns(DataWarning) as said:
        found = of_text(stack, tmp_path / "a.csv", rows, "id,ra,dec")
    assert len(said) == 2  # no position; listed twice
    assert (list(found.id), list(found.index)) == (["a", "d"], [0, 3])
    assert (list(found.ra), found.x[1]) == ([RA, RA + 2], 12)


def test_some_of_the_objects_are_objects(stack: Tile) -> None:
    found = objects_of(stack, None)
    assert list(found[1:3].id) == ["lrgs-1", "lrgs-2"]
    assert list(found[found.index > 1].index) == [2, 3]
    assert len(found[np.array([3])]) == 1
