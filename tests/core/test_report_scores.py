"""The score table: every method, its interval and its cost, and worse said as loud as better."""

from __future__ import annotations

from typing import Any

import pytest

from sciml.core.report.csv_table import as_csv
from sciml.core.report.panels import Column, Estimate, Strong, Table
from sciml.core.report.render import Writer
from sciml.core.report.score_tables import (
    difference_sentences,
    difference_table,
    difference_word,
    headline_bars,
    method_table,
    methods_in_order,
    stratum_table,
)


def scores(better: str = "higher") -> dict[str, Any]:
    def row(method: str, stratum: str, value: float | None, low: float | None, high: float | None) -> dict[str, Any]:
        return {"method": method, "stratum": stratum, "metric": "f1", "value": value, "low": low, "high": high, "n": 50}

    def difference(method: str, low: float, high: float) -> dict[str, Any]:
        middle = (low + high) / 2
        names = {"method": method, "baseline": "classic", "stratum": "all", "metric": "f1"}
        return {**names, "difference": middle, "low": low, "high": high}

    return {
        "simulated": "simulated",
        "methods": {
            "classic": {"kind": "baseline", "status": "done", "note": "", "demonstration": False, "cases": 4},
            "absent": {"kind": "baseline", "status": "missing", "note": "absent: not there; get it", "cases": 0},
            "trained": {"kind": "model", "status": "done", "note": "", "demonstration": True, "cases": 4},
            "shipped": {"kind": "model", "status": "done", "note": "", "demonstration": False, "cases": 4},
        },
        "metrics": {"f1": {"title": "F1", "unit": "", "better": better}},
        "table": [
            row("shipped", "all", 0.9, 0.85, 0.95),
            row("trained", "all", 0.7, 0.6, 0.8),
            row("classic", "all", 0.8, 0.75, 0.85),
            row("shipped", "hard", 0.5, None, None),
            row("classic", "hard", 0.5, 0.4, 0.6),
        ],
        "differences": [difference("shipped", 0.05, 0.15), difference("trained", -0.15, -0.05)],
        "headline": {"metric": "f1", "stratum": "all", "model": "shipped", "baseline": "classic"},
        "verdict": "The shipped model reaches F1 0.900.",
    }


COST = {"methods": {"shipped": {"cpu_s": 8.0, "wall_s": 9.0, "peak_mb": 512.0, "cases": 4}}}


def test_models_come_before_baselines_and_demonstrations_after_finished_models() -> None:
    assert methods_in_order(scores()) == ["shipped", "trained", "absent", "classic"]


def test_the_better_value_is_bold_whoever_has_it() -> None:
    rows = {row[0]: row for row in method_table(scores(), COST, "all").rows}
    assert rows["shipped"][2] == Strong(Estimate(0.9, 0.85, 0.95))
    assert rows["classic"][2] == Estimate(0.8, 0.75, 0.85)
    lower = {row[0]: row for row in method_table(scores("lower"), COST, "all").rows}
    assert lower["trained"][2] == Strong(Estimate(0.7, 0.6, 0.8))


@pytest.mark.parametrize(
    ("better", "values", "best"),
    [("nearer 1", (1.2, 0.7, 0.75), "shipped"), ("nearer 0", (0.4, -0.3, -0.1), "classic")],
)
def test_a_ratio_is_bold_where_it_is_nearest_to_what_it_should_be(
    better: str, values: tuple[float, ...], best: str
) -> None:
    changed = scores(better)
    for row, value in zip(changed["table"], values, strict=False):  # shipped, trained, classic
        row["value"] = value
    rows = method_table(changed, COST, "all").rows
    assert [row[0] for row in rows if isinstance(row[2], Strong)] == [best]


def test_of_equal_values_none_is_bold() -> None:
    rows = {row[0]: row for row in stratum_table(scores(), "f1").rows}
    assert rows["hard"][2:] == (Estimate(0.5), None, Estimate(0.5, 0.4, 0.6))


def test_a_row_says_what_a_case_costs_and_a_missing_method_has_a_row() -> None:
    rows = {row[0]: row for row in method_table(scores(), COST, "all").rows}
    # 8 s over 4 cases
    assert rows["shipped"][3:] == (50, 2.0, 512.0)
    assert rows["absent"][1:] == ("not installed", None, None, None, None)
    assert rows["trained"][1] == "demonstration"


@pytest.mark.parametrize(
    ("low", "high", "higher", "word"),
    [(0.01, 0.2, True, "better"), (-0.2, -0.01, True, "worse"), (-0.1, 0.1, True, "no clear difference"),
     (0.01, 0.2, False, "worse"), (-0.2, -0.01, False, "better"), (0.0, 0.1, True, "no clear difference")],
)  # fmt: skip
def test_a_difference_is_clear_only_if_its_whole_interval_is_on_one_side(
    low: float, high: float, higher: bool, word: str
) -> None:
    assert difference_word({"difference": (low + high) / 2, "low": low, "high": high}, higher) == word


def test_worse_is_as_bold_as_better() -> None:
    table = difference_table(scores(), "f1")
    assert [column.name for column in table.columns] == [
        "Stratum",
        "shipped − classic",
        "trained (demonstration) − classic",
    ]
    (row,) = table.rows
    better, worse = row[1:]
    assert isinstance(better, Strong)
    assert isinstance(worse, Strong)
    assert isinstance(better.content, Estimate)
    assert isinstance(worse.content, Estimate)
    assert (better.content.word, worse.content.word) == ("better", "worse")


def test_each_model_is_compared_with_each_baseline_in_a_sentence() -> None:
    assert difference_sentences(scores()) == [
        "shipped is better than classic in F1, all: 0.100 [0.050, 0.150].",
        "trained (demonstration) is worse than classic in F1, all: −0.100 [−0.150, −0.050].",
    ]


def test_the_headline_shows_every_method_with_its_interval() -> None:
    figure = headline_bars(scores())
    assert figure.data is not None
    assert [row[0] for row in figure.data.rows] == ["shipped", "trained*", "absent", "classic"]
    assert "0.900 [0.850, 0.950]" in figure.svg
    assert "not installed" in figure.svg


def test_the_csv_has_all_rows_all_digits_and_a_column_for_each_end() -> None:
    rows = ((Strong(Estimate(0.123456789, 0.1, 0.2)), "a,b"), (Estimate(None), 'c"d'))
    table = Table("t", (Column("value", "m"), Column("name")), rows, shown=1)
    assert as_csv(table) == 'value (m),low,high,name\n0.123456789,0.1,0.2,"a,b"\n,,,"c""d"\n'


def test_the_csv_says_what_a_difference_means() -> None:
    table = Table("t", (Column("difference"),), ((Estimate(0.1, 0.05, 0.2, "better"),), (None,)))
    assert as_csv(table) == "difference,low,high,meaning\n0.1,0.05,0.2,better\n,,,\n"


def test_a_long_table_says_how_many_rows_it_left_out() -> None:
    table = Table("t", (Column("n"),), tuple((n,) for n in range(100)), shown=10)
    written = Writer("simulated").table(table)
    assert written.count("<tr>") == 11
    assert "90 more rows in the CSV" in written


def test_hostile_names_stay_text_in_a_table() -> None:
    name = "<img src=x onerror=alert(1)>"
    written = Writer("real").table(Table("t", (Column(name),), ((name,), (Strong(name),))))
    assert "<img" not in written
    assert written.count("&lt;img") == 3


def test_the_metric_of_the_headline_is_the_first_column_whatever_its_name() -> None:
    table = method_table(scores(), COST, "all")
    first = scores()["metrics"][scores()["headline"]["metric"]]["title"]
    assert [column.name for column in table.columns][2] == first
