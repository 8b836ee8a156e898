"""The page of a search shows the best, says what it leaves out, and runs nothing that a name holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from gallery_sky import galaxy, search

from sciml.lenses.gallery import gallery_page
from sciml.lenses.gallery_view import Candidate, candidate_table, gallery_viewer, thumbnail
from sciml.lenses.stretch import colour

HOSTILE = '<script>alert("1")</script>'


def viewer_of(count: int, budget: int = 3_000_000):  # type: ignore[no-untyped-def]
    some = [Candidate(f"g{place}", "t", galaxy(seed=place), score=float(-place)) for place in range(count)]
    return gallery_viewer(some, (), 0.2, "caption", "sentence", False, budget=budget)


def test_the_best_stand_first_and_what_was_not_scored_is_counted() -> None:
    page = gallery_page("field-1", *search(30))
    assert "29 objects were scored. 1 could not be scored; that table says why." in page


def test_at_most_two_hundred_are_drawn_and_the_page_says_so() -> None:
    page = gallery_page("field-1", *search(230))
    assert "The best 200 are drawn here; the table of the search holds all." in page
    assert len(page.encode()) < 5_000_000


def test_a_search_that_hands_over_its_best_alone_is_believed_about_the_rest() -> None:
    cutouts, table = search(30)
    table.meta |= {"objects": 5000, "scored": 4990}
    page = gallery_page("field-1", cutouts, table)
    assert "4,990 objects were scored. The best 29 are drawn here" in page
    assert "10 could not be scored" in page


def test_cutouts_that_do_not_belong_to_the_rows_are_refused() -> None:
    cutouts, table = search(5)
    with pytest.raises(ValueError, match="5 cutouts do not belong to 4 rows"):
        gallery_page("field-1", cutouts, table[:4])


def test_a_search_without_a_score_is_a_page_that_says_so() -> None:
    cutouts, table = search(3)
    table["score"] = np.nan
    page = gallery_page("field-1", cutouts, table)
    assert "No object was scored" in page
    assert "data-viewer" not in page.replace("data-viewer]", "")


def test_names_are_text() -> None:
    cutouts, table = search(4, tile=HOSTILE)
    table["id"] = [HOSTILE] * 4
    page = gallery_page(HOSTILE, cutouts, table)
    assert HOSTILE not in page


def test_a_search_without_a_sky_shows_pixels() -> None:
    cutouts, table = search(4)
    table.remove_columns(["ra", "dec"])
    assert "x px" in gallery_page("stack", cutouts, table).replace('<span class="unit"> px</span>', " px")


def test_an_unknown_scale_is_no_reason_to_fail() -> None:
    cutouts, table = search(4)
    assert "data-viewer" in gallery_page("stack", cutouts.drop_attrs(), table)
    assert gallery_viewer([Candidate("g", "t", galaxy())], (), math.nan, "", "", False).header["scale"] is None


def test_the_same_search_makes_the_same_bytes() -> None:
    assert gallery_page("field-1", *search(5)) == gallery_page("field-1", *search(5))


def test_the_arrays_hold_the_pictures_with_the_first_row_below() -> None:
    viewer = viewer_of(3)
    assert viewer.arrays["colour"].shape == (3, 45, 45, 3)
    expected = colour(galaxy(seed=1)[:, ::-1])
    # four levels of brightness share one
    assert np.abs(viewer.arrays["colour"][1].astype(int) - expected).max() <= 3


def test_what_does_not_fit_the_budget_is_named() -> None:
    whole = viewer_of(6)
    small = viewer_of(6, budget=30_000)
    kept = len(small.header["objects"])
    assert 1 <= kept < len(whole.header["objects"]) == 6
    assert f"{6 - kept} more would make the page heavier" in small.left_out
    # the table holds all of them
    assert small.table is not None
    assert len(small.table.rows) == 6


def test_the_table_has_a_column_for_every_fact() -> None:
    one = Candidate("a", "t", galaxy(), facts=(("Rank", "1"),))
    two = Candidate("b", "t", galaxy(), facts=(("Note", "partial"),), ra=1.0, dec=2.0)
    table = candidate_table([one, two])
    assert [column.name for column in table.columns][-2:] == ["Rank", "Note"]
    assert table.rows[1][-2:] == ("", "partial")


def test_the_picture_of_the_front_page_is_the_best_lens_and_light() -> None:
    found = [Candidate("a", "t", galaxy(arc=True), "lens found", score=1.0), Candidate("b", "t", galaxy(), "other")]
    picture = thumbnail(found)
    assert picture is not None
    assert "A lens that was found" in picture.sentence
    assert len(picture.svg) <= 25_000
    assert thumbnail([]) is None
