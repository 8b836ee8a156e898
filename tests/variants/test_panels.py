"""What the pages show of the caller is what its files say."""

from __future__ import annotations

import base64
import gzip
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sciml.core.report.domain_page import data_page, report_page
from sciml.core.report.page import packed_arrays
from sciml.core.report.panels import Panel, RunView, Text, Viewer
from sciml.variants.call_panel import calls_panel
from sciml.variants.call_views import Place, kind_of, shows_alternate
from sciml.variants.normalise import trimmed
from sciml.variants.panels import PANELS, SUBJECT
from sciml.variants.sample_panel import lengths_panel, samples_panel
from sciml.variants.score_panels import (
    LEAST_OF_A_BIN,
    calibration_panel,
    counts_panel,
    errors_by_stratum_panel,
    precision_recall_panel,
)
from tests.example_run import ARTEFACT, CONTIG, DELETION, INSERTION, SNP, another, example_run


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"))


def viewer_of(panel: Panel) -> Viewer:
    (found,) = (item for item in panel.items if isinstance(item, Viewer))
    return found


def site(viewer: Viewer, position: int) -> dict[str, Any]:
    """The record of the site at a position (from 1)."""
    (found,) = (one for one in viewer.header["sites"] if one["position"] == position)
    return dict(found)


def letters(viewer: Viewer, read: int) -> tuple[int, str]:
    """Where a read starts in its window, and its codes."""
    first, last = viewer.arrays["read_offset"][read : read + 2]
    codes = viewer.arrays["code"][first:last]
    return int(viewer.arrays["read_start"][read]), "".join("=ACGTN-"[code] for code in codes)


def made_scores(**sums: Any) -> dict[str, Any]:
    """Scores of one model; a sum is a number or a histogram, the same in every stratum."""
    strata = ["all", "SNP", "INDEL"]
    names = ("tp_truth", "fn", "tp_query", "fp", "fp_gt", "fp_al", "tp_by_qual", "fp_by_qual", "gq_right", "gq_total",
             "gq_expected")  # fmt: skip
    values = {name: {"strata": strata, "values": [sums.get(name, [0, 0])] * 3} for name in names}
    return {
        "simulated": "simulated",
        "methods": {"shipped": {"kind": "model", "status": "done", "demonstration": False}},
        "sums": {"shipped": values},
        "table": [],
    }


def test_the_caller_has_panels_for_every_section_that_is_its_own(view: RunView) -> None:
    sections = {make(view).section for make in PANELS["report"]}
    assert sections == {"scores", "cases", "errors", "curves"}
    assert SUBJECT.not_for


def test_a_read_is_shown_with_its_own_letters(view: RunView) -> None:
    """Letter by letter against the BAM: the reads over the SNP, alternate first."""
    import pysam

    viewer = viewer_of(calls_panel(view))
    shown = site(viewer, SNP + 1)
    first, last = shown["reads"]
    seen = [letters(viewer, read) for read in range(first, last)]
    at = [codes[SNP - shown["start"] - start] for start, codes in seen]
    with pysam.AlignmentFile(view.index.units[0].files["reads"].path) as bam:
        reads = [read for read in bam.fetch("chr1", SNP, SNP + 1) if read.query_sequence]
        truth = [read.query_sequence[SNP - read.reference_start] for read in reads]  # none has an indel here
    alternate = another(CONTIG[SNP])
    assert sorted(at) == sorted("=" if base == CONTIG[SNP] else base for base in truth)
    assert at == sorted(at, key=lambda code: code != alternate)
    flags = viewer.arrays["read_flags"][first:last]
    assert [bool(flag & 2) for flag in flags] == [code == alternate for code in at]


def test_deleted_bases_are_gaps_and_insertions_stand_after_their_anchor(view: RunView) -> None:
    viewer = viewer_of(calls_panel(view))
    deleted = site(viewer, DELETION + 1)
    column = DELETION + 1 - deleted["start"]
    rows = [letters(viewer, read) for read in range(*deleted["reads"])]
    across = [codes[column - start :][:4] for start, codes in rows if start <= column]
    assert "---=" in across
    # homozygous: whatever reaches over the site shows the gap
    assert {codes for codes in across if len(codes) == 4} == {"---="}
    assert (deleted["column"], deleted["span"]) == (DELETION + 1 - deleted["start"], 3)
    inserted = site(viewer, INSERTION + 1)
    read, column, added = inserted["insertions"][0]
    assert (column, added) == (INSERTION - inserted["start"], "GAT")
    assert viewer.arrays["read_flags"][read] & 2


def test_the_image_shown_is_the_image_that_the_caller_draws(view: RunView) -> None:
    from sciml.variants.examples import pileups
    from sciml.variants.reads import open_reads
    from sciml.variants.reference import open_reference
    from sciml.variants.regions import Region

    viewer = viewer_of(calls_panel(view))
    files = view.index.units[0].files
    prepare = view.settings.prepare
    with open_reference(Path(files["reference"].path)) as fasta, open_reads(Path(files["reads"].path), fasta) as reads:
        (drawn,) = pileups(reads, fasta, Region("chr1", SNP, SNP + 1), prepare)  # type: ignore[arg-type]
    image = viewer.arrays["image"][site(viewer, SNP + 1)["image"]]
    assert np.array_equal(image, drawn.images[0])


def test_everybody_is_heard_about_each_call(view: RunView) -> None:
    viewer = viewer_of(calls_panel(view))
    said = {who: (what, word) for who, what, word in site(viewer, DELETION + 1)["said"]}
    assert said["truth"] == ("1/1", "")
    assert said["shipped"] == ("1/1, QUAL 50", "agrees")
    assert said["bcftools"] == ("0/1, QUAL 30", "differs")
    artefact = {who: (what, word) for who, what, word in site(viewer, ARTEFACT + 1)["said"]}
    assert artefact["truth"][0] == "0/0"
    assert artefact["bcftools"] == ("no record", "agrees")
    assert "freebayes" not in artefact


def test_probabilities_come_from_the_models_own_likelihoods(view: RunView) -> None:
    # PL 40,0,50: 1e-4, 1 and 1e-5 over their sum
    shown = dict(site(viewer_of(calls_panel(view)), SNP + 1)["probabilities"])
    assert list(shown) == ["0/0", "0/1", "1/1"]
    assert shown["0/1"] == pytest.approx(1 / 1.00011, abs=1e-4)


def test_random_true_calls_come_first_and_what_is_left_out_is_said(view: RunView) -> None:
    viewer = viewer_of(calls_panel(view))
    assert viewer.header["kinds"][0] == {"kind": "true positive", "label": "Random true calls"}
    assert viewer.left_out.startswith("Shown: 3 of 3 true calls, 1 of 1 false positives, 1 of 1 false negatives")
    few = view.settings.model_copy(update={"evaluate": view.settings.evaluate.model_copy(update={"examples": 1})})
    fewer = viewer_of(calls_panel(replace(view, settings=few)))
    assert "1 of 3 true calls" in fewer.left_out
    assert len(fewer.header["sites"]) == 3


def test_a_call_weighs_at_most_five_kilobytes(view: RunView) -> None:
    viewer = viewer_of(calls_panel(view))
    text = re.search(r">([^<]*)<", packed_arrays("x", viewer.header, viewer.arrays))
    assert text
    packed = base64.b64decode(text[1])
    assert len(packed) / len(viewer.header["sites"]) <= 5_000
    assert len(gzip.decompress(packed)) > len(packed)


def test_training_samples_are_shown_with_their_label_and_stored_image(view: RunView) -> None:
    from sciml.core.store import open_split

    viewer = viewer_of(samples_panel(view))
    shown = site(viewer, DELETION + 1)
    assert shown["kind"] == "two copies"
    assert view.dataset is not None
    stored = open_split(view.dataset, "train")
    number = next(n for n, name in enumerate(stored["name"].to_numpy()) if f":{DELETION + 1} " in str(name))
    assert np.array_equal(viewer.arrays["image"][shown["image"]], stored["image"][number].to_numpy())


def test_lengths_of_training_variants_are_counted(view: RunView) -> None:
    figure = lengths_panel(view).items[0]
    rows = {(row[0], row[1]): row[2] for row in figure.data.rows}  # type: ignore[union-attr]
    # the deletion of three and the insertion of three
    assert rows[(-3.5, -2.5)] == 1
    assert rows[(2.5, 3.5)] == 1
    assert sum(rows.values()) == 2


def test_precision_and_recall_follow_the_least_qual(view: RunView) -> None:
    """Two bins: above, 6 right and 0 wrong of 10 true; below, 2 more right and 2 wrong."""
    made = made_scores(tp_truth=8, fn=2, tp_by_qual=[2, 6], fp_by_qual=[2, 0])
    figure = precision_recall_panel(replace(view, scores=made)).items[0]
    assert figure.data.rows == (("shipped", 0.6, 1.0), ("shipped", 0.8, 0.8))  # type: ignore[union-attr]


def test_gq_is_measured_against_what_it_promised(view: RunView) -> None:
    """A bin of 100 calls that promised 90 right (GQ 10) and had 80: measured 10 log10(101 / 20.5) = 6.93."""
    made = made_scores(gq_right=[80, 0], gq_total=[100, 0], gq_expected=[90, 0])
    figure = calibration_panel(replace(view, scores=made)).items[0]
    ((name, said, measured, low, high),) = figure.data.rows  # type: ignore[union-attr]
    assert name == "shipped"
    assert said == pytest.approx(10.0)
    assert measured == pytest.approx(6.926, abs=1e-3)
    assert low < measured < high


def test_bins_of_few_calls_are_joined_until_they_can_measure(view: RunView) -> None:
    made = made_scores(gq_right=[5, 10, 30, 1], gq_total=[5, 15, 30, 1], gq_expected=[4, 13, 29, 1])
    figure = calibration_panel(replace(view, scores=made)).items[0]
    # 5 + 15 reach 20; 30 stands alone, and the single last call joins it
    assert LEAST_OF_A_BIN == 20
    assert len(figure.data.rows) == 2  # type: ignore[union-attr]


def test_counts_have_the_shape_of_hap_py(view: RunView) -> None:
    table: Any = counts_panel(view).items[0]
    rows = {(row[0], row[1]): row[2:9] for row in table.rows}
    # truth, TP, FN, query, FP, FP.gt, FP.al
    assert rows["SNP", "shipped"] == (2, 1, 1, 2, 1, 0, 0)
    assert rows["INDEL", "shipped"] == (2, 2, 0, 2, 0, 0, 0)
    assert rows["INDEL", "bcftools"][:5] == (2, 1, 1, 2, 1)
    assert rows["INDEL", "bcftools"][5] == 1


def test_errors_are_counted_for_model_and_baseline_in_each_stratum(view: RunView) -> None:
    table: Any = errors_by_stratum_panel(view).items[0]
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["SNP"] == (2, "1 missed, 1 false", "1 missed, 0 false", "0 missed, 0 false")


@pytest.mark.parametrize("make", PANELS["report"])
def test_without_scores_a_panel_says_so_in_one_line(make: Any, view: RunView) -> None:
    panel = make(replace(view, scores=None))
    assert [type(item) for item in panel.items] == [Text]


def test_both_pages_are_the_same_bytes_twice(view: RunView) -> None:
    assert report_page(view, SUBJECT, PANELS["report"]) == report_page(view, SUBJECT, PANELS["report"])
    assert data_page(view, SUBJECT, PANELS["data"]) == data_page(view, SUBJECT, PANELS["data"])


def test_the_report_has_its_sections_in_order_and_its_answer_first(view: RunView) -> None:
    page = report_page(view, SUBJECT, PANELS["report"])
    sections = re.findall(r'<section id="(\w+)"', page)
    assert sections == ["answer", "scores", "cases", "errors", "curves", "data", "model", "run", "cite"]
    assert view.scores is not None
    assert page.index(view.scores["verdict"]) < page.index('<section id="scores"')
    assert "Real data" in page


def test_the_report_stays_light(view: RunView) -> None:
    page = report_page(view, SUBJECT, PANELS["report"])
    assert len(page.encode()) <= 5_000_000
    assert len(re.findall(r"<[a-z]", page)) <= 3_000


def test_a_sample_with_a_hostile_name_stays_text(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hostile = example_run(tmp_path, sample="<img src=x onerror=alert(1)></script>")
    for page in (
        report_page(hostile, SUBJECT, PANELS["report"]),
        data_page(hostile, SUBJECT, PANELS["data"]),
    ):
        assert "<img" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize(
    ("ref", "alt", "letters_", "start", "insertions", "shows"),
    [
        ("A", "T", "CCTCC", 8, [], True),
        ("A", "T", "CCACC", 8, [], False),
        ("A", "T", "CCTCC", 11, [], False),
        ("A", "AGG", "CCACC", 8, [{"position": 12, "letters": "GG"}], True),
        ("A", "AGG", "CCACC", 8, [{"position": 12, "letters": "G"}], False),
        ("A", "AGG", "CCACC", 8, [{"position": 40, "letters": "GG"}], False),
        ("ACC", "A", "CCA--CC", 8, [], True),
        ("ACC", "A", "CCA---CC", 8, [], False),
        ("ACC", "A", "CC--ACC", 8, [], True),
    ],
)
def test_a_read_shows_an_alternate_wherever_the_aligner_put_it(
    ref: str, alt: str, letters_: str, start: int, insertions: list[Any], shows: bool
) -> None:
    place = Place("k", "u", "chr1", 11, ref, alt, kind_of(ref, alt), "", "")
    assert shows_alternate({"start": start, "letters": letters_, "insertions": insertions}, place) is shows


@pytest.mark.parametrize(
    ("given", "expected"),
    [((5, "AT", "AG"), (6, "T", "G")), ((5, "CAA", "CA"), (5, "CA", "C")), ((5, "A", "ATT"), (5, "A", "ATT"))],
)
def test_alleles_are_compared_without_what_they_share(given: Any, expected: Any) -> None:
    assert trimmed(*given) == expected
