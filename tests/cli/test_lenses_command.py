"""`sciml lenses find`: whatever the images are, a ranked table or one clear line; nothing half-written."""

from __future__ import annotations

import errno
import inspect
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from small_sky import write_catalog, write_finder, write_images

from sciml.cli import lenses as command
from sciml.lenses import candidates, finding
from sciml.lenses.candidates import read_candidates

SAID = pytest.mark.filterwarnings("always::sciml.core.errors.DataWarning")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images, a catalogue and a model, made once."""
    folder = tmp_path_factory.mktemp("kept")
    write_images(folder / "sky")
    write_catalog(folder / "objects.csv")
    write_finder(folder / "finder")
    return folder


@pytest.fixture
def sky(kept: Path, tmp_path: Path) -> Path:
    """Images that a test may spoil."""
    shutil.copytree(kept / "sky", tmp_path / "sky")
    return tmp_path / "sky"


@pytest.fixture
def found(sciml: Callable[..., Any], kept: Path, sky: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run the verb; a word replaces the image of its band, the table goes to out/a.ecsv unless told otherwise."""

    def run(*words: str, bands: str = "gri", catalog: bool = True, out: str = "a.ecsv") -> Any:
        images = [word for band in bands for word in ("--image", f"{band}={sky / f'patch_{band}.fits'}")]
        listed = ["--catalog", str(kept / "objects.csv")] if catalog else []
        where = ["--out", str(tmp_path / "out" / out), "--model", str(kept / "finder"), "-q"]
        return sciml("lenses", "find", *images, *listed, *where, *words)

    return run


def refused(ended: Any, tmp_path: Path, code: int) -> str:
    """The one line of a command that ended with this status and left nothing."""
    assert ended.code == code, ended.err
    assert list((tmp_path / "out").rglob("*")) == []
    return str(ended.error)


# --- what the words do -----------------------------------------------------------------------------------------------


def test_every_word_reaches_the_search(sciml, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    signature = inspect.signature(finding.search)

    def stand_in(*words: Any, **named: Any) -> None:
        given.update(signature.bind(*words, **named).arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(finding, "search", stand_in)
    words = (
        "lenses find --image g=a.fits --image r=b.fits[2] --catalog c.csv --prevalence 1e-4 --model folder --threads 3"
        f" --quiet --out {tmp_path / 'a.fits'}"
    )
    assert sciml(*words.split()).code == 130
    del given["progress"]
    assert given == {
        "images": {"g": "a.fits", "r": "b.fits[2]"},
        "catalog": Path("c.csv"),
        "prevalence": 1e-4,
        "model": "folder",
        "threads": 3,
    }


def test_the_defaults_and_suffixes_are_the_librarys_own() -> None:
    own = inspect.signature(finding.find).parameters
    offered = inspect.signature(command.find).parameters
    for name in ("catalog", "prevalence", "model", "threads"):
        assert offered[name].default == own[name].default, name
    assert command.TABLE_SUFFIXES == candidates.SUFFIXES


@pytest.mark.parametrize("suffix", candidates.SUFFIXES)
def test_a_search_writes_a_table_in_each_format_and_says_nothing(found, tmp_path: Path, suffix: str) -> None:
    ended = found(out=f"a{suffix}")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    table = read_candidates(tmp_path / "out" / f"a{suffix}")
    assert list(table["rank"]) == [1, 2, 3, 4, 0]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"a{suffix}"]


def test_the_same_search_writes_the_same_bytes(found, tmp_path: Path) -> None:
    tables = []
    for threads in ("1", "2"):
        assert found("--threads", threads).code == 0
        tables.append((tmp_path / "out" / "a.ecsv").read_bytes())
    assert tables[0] == tables[1]


def test_without_a_catalogue_sources_are_detected(found, tmp_path: Path) -> None:
    assert found(catalog=False).code == 0
    assert len(read_candidates(tmp_path / "out" / "a.ecsv")) >= 4


def test_a_missing_band_of_the_model_is_flagged(found, tmp_path: Path) -> None:
    assert found(bands="gi").code == 0
    assert all(flags & 2 for flags in read_candidates(tmp_path / "out" / "a.ecsv")["flags"])


def test_a_gallery_comes_beside_the_table(found, tmp_path: Path) -> None:
    assert found("--gallery", str(tmp_path / "out" / "g.html")).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.ecsv", "g.html"]
    page = (tmp_path / "out" / "g.html").read_text(encoding="utf-8")
    assert "galaxy-0" in page
    assert "4 objects were scored. 1 could not be scored" in page


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["tile.fits", "=tile.fits", "g=", ""])
def test_an_image_without_band_or_file_is_refused(found, tmp_path: Path, word: str) -> None:
    assert "names no band and file; write it as g=tile_g.fits" in refused(found("--image", word), tmp_path, 2)


def test_a_band_given_twice_is_refused(found, sky: Path, tmp_path: Path) -> None:
    ended = found("--image", f"g={sky / 'patch_r.fits'}")
    assert "the band g is given twice" in refused(ended, tmp_path, 2)


def test_a_band_that_the_model_does_not_know_is_refused(found, sky: Path, tmp_path: Path) -> None:
    line = refused(found("--image", f"z={sky / 'patch_g.fits'}"), tmp_path, 2)
    assert "does not know the band z; it knows g, r, i" in line


def test_no_image_is_a_usage_error(sciml, tmp_path: Path) -> None:
    ended = sciml("lenses", "find", "--out", str(tmp_path / "out" / "a.ecsv"))
    assert "image" in refused(ended, tmp_path, 2)


@pytest.mark.parametrize("prevalence", ["0", "1", "-0.5", "nan", "1e9"])
def test_a_prevalence_outside_0_to_1_is_refused(found, tmp_path: Path, prevalence: str) -> None:
    assert "is not a share; give a number between 0 and 1" in refused(found("--prevalence", prevalence), tmp_path, 2)


@pytest.mark.parametrize("out", ["a.csv", "a.fits.gz", "a", ".ecsv"])
def test_another_suffix_is_refused_before_any_work(found, sky: Path, tmp_path: Path, out: str) -> None:
    shutil.rmtree(sky)
    assert "end its name in .ecsv or .parquet or .fits" in refused(found(out=out), tmp_path, 2)


def test_an_output_that_is_an_input_is_refused(found, sky: Path, tmp_path: Path) -> None:
    before = (sky / "patch_g.fits").read_bytes()
    ended = found("--out", str(sky / "patch_g.fits"))
    assert "is also an input and would be overwritten" in refused(ended, tmp_path, 2)
    assert (sky / "patch_g.fits").read_bytes() == before


def test_an_output_that_is_the_file_of_a_named_hdu_is_refused(sciml, kept: Path, sky: Path, tmp_path: Path) -> None:
    image = sky / "patch_g.fits"
    ended = sciml("lenses", "find", "--image", f"g={image}[0]", "--out", str(image), "--model", str(kept / "finder"))
    assert "is also an input" in refused(ended, tmp_path, 2)


def test_a_gallery_with_another_suffix_is_refused(found, tmp_path: Path) -> None:
    ended = found("--gallery", str(tmp_path / "out" / "g.png"))
    assert "end its name in .html" in refused(ended, tmp_path, 2)


def test_a_model_that_is_not_there_is_missing(found, tmp_path: Path) -> None:
    assert "no weights of this name" in refused(found("--model", "no-such"), tmp_path, 4)


# --- images and catalogues that are not what they should be ----------------------------------------------------------


def absent(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20_000])


def text(path: Path) -> None:
    path.write_text("dear reader\n" * 500, encoding="utf-8")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def table(path: Path) -> None:
    rows = fits.BinTableHDU.from_columns([fits.Column("ra", "D", array=np.zeros(3))])
    rows.writeto(path, overwrite=True)


def other_shape(path: Path) -> None:
    with fits.open(path) as hdus:
        fits.PrimaryHDU(hdus[0].data[:-7], hdus[0].header).writeto(path, overwrite=True)


@SAID
@pytest.mark.parametrize("spoil", [absent, empty, cut_off, text, folder, table, other_shape])
def test_a_spoilt_image_is_named_in_one_line(found, sky: Path, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(sky / "patch_r.fits")
    assert "patch_r.fits" in refused(found(), tmp_path, 4 if spoil is absent else 3)


@SAID
def test_all_spoilt_images_are_told_at_once(found, sky: Path) -> None:
    absent(sky / "patch_g.fits")
    text(sky / "patch_i.fits")
    ended = found()
    assert ended.code == 4
    assert len(ended.err.splitlines()) == 2


@SAID
def test_a_blank_band_counts_as_missing(found, sky: Path, tmp_path: Path) -> None:
    with fits.open(sky / "patch_r.fits", mode="update") as hdus:
        hdus[0].data[:] = np.nan
    ended = found()
    assert ended.code == 0
    assert "blank; it counts as missing" in ended.err
    assert all(flags & 2 for flags in read_candidates(tmp_path / "out" / "a.ecsv")["flags"])


@SAID
def test_images_that_are_all_blank_are_refused(found, sky: Path, tmp_path: Path) -> None:
    for band in "gri":
        with fits.open(sky / f"patch_{band}.fits", mode="update") as hdus:
            hdus[0].data[:] = np.nan
    assert "no band has anything but blank or constant pixels (g, r, i)" in refused(found(), tmp_path, 3)


@SAID
@pytest.mark.parametrize("content", ["", "id,x,y\n", "id,name\na,b\n", "\x00\xff\n", "id,x,y\na,nan,nan\n"])
def test_a_catalogue_without_objects_is_named(found, tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(content, encoding="latin-1")
    ended = found("--catalog", str(path), catalog=False)
    assert ended.code == 3
    assert "wrong.csv" in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out").exists()


def test_a_catalogue_that_is_not_there_is_named(found, tmp_path: Path) -> None:
    ended = found("--catalog", str(tmp_path / "gone.csv"), catalog=False)
    assert "gone.csv" in refused(ended, tmp_path, 4)


def test_a_sky_without_a_source_asks_for_a_catalogue(found, sky: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    for band in "gri":
        with fits.open(sky / f"patch_{band}.fits", mode="update") as hdus:
            hdus[0].data[:] = rng.normal(0, 1, hdus[0].data.shape)
    assert "nothing stands out of the sky" in refused(found(catalog=False), tmp_path, 3)


def test_a_page_that_fails_leaves_no_table_either(found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sciml.lenses import gallery

    def fails(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(gallery, "gallery_page", fails)
    assert "not enough memory" in refused(found("--gallery", str(tmp_path / "out" / "g.html")), tmp_path, 1)


def test_a_table_that_fails_leaves_no_page_either(found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(candidates, "write_candidates", fails)
    assert "no space left" in refused(found("--gallery", str(tmp_path / "out" / "g.html")), tmp_path, 1)


def test_a_catalogue_that_may_not_be_read_is_wrong_data(found, kept: Path, tmp_path: Path, monkeypatch) -> None:
    def denied(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    allowed = os.access
    # root may read everything, so the answers of the system are played
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).suffix != ".csv" and allowed(path, mode))
    monkeypatch.setattr(Path, "read_text", denied)
    assert "Permission denied" in refused(found("--model", str(kept / "finder")), tmp_path, 3)


def test_slices_of_a_stack_are_called_by_the_stack_and_their_place(sciml, kept: Path, tmp_path: Path) -> None:
    words = []
    for number, band in enumerate("gi"):
        noise = np.random.default_rng(number).normal(0, 1, (3, 31, 31)).astype(np.float32)
        fits.writeto(tmp_path / f"lrgs_{band}.fits", noise)
        words += ["--image", f"{band}={tmp_path / f'lrgs_{band}.fits'}"]
    out = tmp_path / "out" / "a.ecsv"
    assert sciml("lenses", "find", *words, "--out", str(out), "--model", str(kept / "finder"), "-q").code == 0
    table = read_candidates(out)
    assert table.colnames == list(candidates.COLUMNS)
    assert sorted(table["id"]) == ["lrgs-0", "lrgs-1", "lrgs-2"]
    assert set(table["tile"]) == {"lrgs"}
