"""The front page says how far each science came, from whatever there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sciml.core.report.front_card import MAX_PICTURE_BYTES, read_card
from sciml.core.report.front_page import front_page
from sciml.core.report.markup import Html, tag, to_json
from sciml.core.report.provenance import StageCost, changed_settings, stage_costs
from sciml.core.report.state import state_of
from sciml.core.settings import DomainSettings, TrainSettings

CARD = {
    "title": "Rain",
    "question": "Will it rain?",
    "case": "event",
    "provenance": "simulated",
    "verdict": "The model beats persistence.",
    "headline": {
        "title": "CSI",
        "unit": "",
        "better": "higher",
        "stratum": "all",
        "rows": [
            {"name": "shipped", "kind": "model", "status": "done", "demonstration": False, "look": 0, "value": 0.6,
             "low": 0.5, "high": 0.7, "n": 20, "seconds": 1.5},
            {"name": "persistence", "kind": "baseline", "status": "done", "demonstration": False, "look": 1,
             "value": 0.4, "low": 0.3, "high": 0.5, "n": 20, "seconds": 0.1},
        ],
        "differences": [{"method": "shipped", "baseline": "persistence", "stratum": "all", "metric": "csi",
                         "difference": 0.2, "low": 0.1, "high": 0.3}],
    },
    "samples": {"train": 10},
    "parameters": 1_000,
    "changed": [["train.steps", 5, 2000]],
    "versions": {"sciml": "0.1.0"},
    "picture": {"svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", "sentence": "Rain over a city."},
}  # fmt: skip
HEADER = "s\th:m:s\tmax_rss\tmean_load\tcpu_time\n"


def write_report(folder: Path, picture: str | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    card = CARD if picture is None else {**CARD, "picture": {"svg": picture, "sentence": "Rain."}}
    block = tag("script", Html(to_json(card)), type="application/json", id="sciml-card")
    (folder / "report.html").write_text(f"<html>{block}</html>")


def written(root: Path, domains: tuple[str, ...] = ("nowcast",)) -> str:
    facts, commands = {"cores": "2"}, ["snakemake --cores 8"]
    return front_page("demo", root / "results", domains, root / "logs", root / "benchmarks", facts, commands)


def test_a_page_tells_the_front_page_what_it_shows(tmp_path: Path) -> None:
    write_report(tmp_path)
    assert read_card(tmp_path / "report.html") == CARD
    assert read_card(tmp_path / "none.html") is None


def test_nothing_at_all_still_makes_a_page(tmp_path: Path) -> None:
    page = written(tmp_path, ("nowcast", "lenses"))
    assert "0 of 2 complete" in page
    assert page.count("not finished") == 2
    assert "snakemake --cores 8" in page


def test_a_science_that_failed_first_is_told_with_its_logs_last_line(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "nowcast" / "ingest.log"
    log.parent.mkdir(parents=True)
    log.write_text("reading\nradar/x.h5: is <b>not</b> HDF5; fetch it again\n\n")
    page = written(tmp_path)
    assert "failed: nowcast" in page
    assert "radar/x.h5: is &lt;b&gt;not&lt;/b&gt; HDF5; fetch it again" in page
    assert str(log) in page


def test_a_complete_science_shows_its_score_beside_the_baselines(tmp_path: Path) -> None:
    write_report(tmp_path / "results" / "nowcast")
    page = written(tmp_path)
    assert "1 of 1 complete" in page
    assert "The model beats persistence." in page
    assert "0.600 [0.500, 0.700]" in page
    assert "<strong> better</strong>" in page
    assert 'href="nowcast/report.html"' in page
    assert "Simulated data" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "nowcast.train.steps" in page


def test_the_scores_of_an_earlier_run_are_not_shown_once_a_retraining_failed(tmp_path: Path) -> None:
    write_report(tmp_path / "results" / "nowcast")
    log = tmp_path / "logs" / "nowcast" / "train.log"
    log.parent.mkdir(parents=True)
    log.write_text("out of memory\n")
    page = written(tmp_path)
    assert "failed: nowcast" in page
    assert "at train" in page
    assert "The model beats persistence." not in page
    assert "0.600" not in page
    assert "Report of an earlier run" in page


@pytest.mark.parametrize(
    ("log", "output"),
    [("ingest", "raw/index.json"), ("prepare/1-of-2", "parts/1-of-2.zarr"), ("gather", "dataset.json"),
     ("preview", "data.html"), ("train", "model/model.json"), ("evaluate", "scores.json"),
     ("predict/bcftools/1-of-1", "predictions/bcftools/1-of-1"), ("report", "report.html")],
)  # fmt: skip
def test_a_stage_has_failed_if_it_wrote_a_log_and_left_no_output(tmp_path: Path, log: str, output: str) -> None:
    path = tmp_path / "logs" / f"{log}.log"
    path.parent.mkdir(parents=True)
    path.write_text("something\n")
    results = tmp_path / "results"
    assert state_of(results, tmp_path / "logs").word == "failed"
    (results / output).mkdir(parents=True) if output.endswith((".zarr", "1-of-1")) else _touch(results / output)
    assert state_of(results, tmp_path / "logs").word != "failed"


def test_of_several_failed_stages_the_last_one_is_told(tmp_path: Path) -> None:
    for time, name in ((100, "train"), (200, "prepare/1-of-1")):
        _touch(tmp_path / "logs" / f"{name}.log", f"{name} broke\n")
        os.utime(tmp_path / "logs" / f"{name}.log", (time, time))
    assert state_of(tmp_path, tmp_path / "logs").last_line == "prepare/1-of-1 broke"


def test_an_empty_log_is_no_failure(tmp_path: Path) -> None:
    _touch(tmp_path / "logs" / "train.log")
    assert state_of(tmp_path / "results", tmp_path / "logs").word == "not finished"


def test_times_add_up_by_stage_in_the_order_of_the_chain(tmp_path: Path) -> None:
    for name, wall, memory, cpu in (
        ("train", "60.5", "900.0", "100.25"),
        ("prepare/1-of-2", "10.0", "100.0", "9.0"),
        ("prepare/2-of-2", "20.0", "300.0", "19.5"),
        ("predict/shipped/1-of-1", "0.1", "NA", "NA"),
    ):
        _touch(tmp_path / f"{name}.tsv", f"{HEADER}{wall}\t0:00\t{memory}\t1\t{cpu}\n")
    _touch(tmp_path / "evaluate.tsv")
    assert stage_costs(tmp_path) == [
        StageCost("prepare", 2, 30.0, 28.5, 300.0),
        StageCost("train", 1, 60.5, 100.25, 900.0),
        StageCost("predict", 1, 0.1, 0, 0.0),
        StageCost("evaluate", 0, 0, 0, 0.0),
    ]
    assert stage_costs(tmp_path / "none") == []


def test_only_settings_that_differ_are_told() -> None:
    settings = DomainSettings(train=TrainSettings(steps=7))
    assert changed_settings(settings) == [("train.steps", 7, 2000)]
    assert changed_settings(DomainSettings()) == []


def test_the_front_page_of_five_sciences_stays_light(tmp_path: Path) -> None:
    domains = ("lenses", "nowcast", "variants", "proteins", "scans")
    for domain in domains:
        write_report(tmp_path / "results" / domain, picture="x" * MAX_PICTURE_BYTES)
    assert len(written(tmp_path, domains).encode()) <= 300_000


def _touch(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
