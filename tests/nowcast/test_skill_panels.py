"""The curves are those of the sums, and every event is in the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_nowcast import example_run

from sciml.core.report.panels import Figure, Panel, RunView, Table, Text
from sciml.core.report.score_tables import estimate
from sciml.nowcast.event_panels import every_event_panel, wins_panel
from sciml.nowcast.forecast_panel import chosen_examples
from sciml.nowcast.skill_panels import (
    crps_panel,
    events_panel,
    leads_of,
    ranks_panel,
    reliability_panel,
    spectra_panel,
    spread_panel,
    total,
    value_panel,
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> RunView:
    return example_run(tmp_path_factory.mktemp("run"))


def figures(panel: Panel) -> list[Figure]:
    return [item for item in panel.items if isinstance(item, Figure)]


def rows(panel: Panel, place: int = 0) -> tuple[Any, ...]:
    """The numbers behind the figure or table at this place."""
    item = panel.items[place]
    table = item.data if isinstance(item, Figure) else item
    assert isinstance(table, Table)
    return table.rows


def made_view(view: RunView, **sums: Any) -> RunView:
    """The view with sums of one ensemble of two members in the stratum "all", nothing else."""
    record = {
        "votes": {"bins": {"threshold": [1.0], "probability": [0.0, 0.5, 1.0]}, "values": [[[1000, 100, 200]]]},
        "votes_observed": {"bins": {"threshold": [1.0], "probability": [0.0, 0.5, 1.0]}, "values": [[[10, 50, 190]]]},
        "ranks": {"bins": {"rank": [0, 1, 2]}, "values": [[300, 100, 200]]},
    }
    made = {name: {"strata": ["all"], **content, **sums.get(name, {})} for name, content in record.items()}
    methods = {"trained": {"kind": "model", "status": "done", "demonstration": False}}
    return replace(view, scores={"methods": methods, "sums": {"trained": made}, "table": [], "examples": {}})


def test_curves_follow_the_table_of_scores(view: RunView) -> None:
    assert view.scores is not None
    found = {row[:2]: row[2] for row in rows(crps_panel(view))}
    for lead in leads_of(view.scores):
        for method, name in (("trained", "trained (demonstration)"), ("persistence", "persistence")):
            score = estimate(view.scores, method, f"{lead} min", "fair_crps")
            assert score is not None
            assert found[name, float(lead)] == score[0].value


def test_few_storm_days_have_no_interval(view: RunView) -> None:
    """evaluate.min_units is 10, and the example has three days: no band, and two columns less in the table."""
    assert {len(row) for row in rows(crps_panel(view))} == {3}


def test_csi_and_fss_are_drawn_for_every_rate_with_its_count(view: RunView) -> None:
    assert view.scores is not None
    csi, fss = figures(events_panel(view))
    for rate in ("0.5", "1", "5", "10"):
        count = round(float(total(view.scores, "trained", f"events_{rate}", "all")))
        assert f"CSI at {rate} mm/h (n = {count:,})" in csi.svg
        assert f"FSS at {rate} mm/h (n = {count:,})" in fss.svg
    assert {row[1] for row in rows(events_panel(view), 1)} == {
        "trained (demonstration)",
        "extrapolation",
        "persistence",
    }


def test_a_rank_histogram_is_measured_against_even_ranks(view: RunView) -> None:
    """300, 100 and 200 of 600 in three ranks: 3 x 0.5 = 1.5, 3 x 1/6 = 0.5, 3 x 1/3 = 1.0."""
    found = rows(ranks_panel(made_view(view)))
    assert [row[2] for row in found] == pytest.approx([1.5, 0.5, 1.0])
    assert [row[:2] for row in found] == [(-0.5, 0.5), (0.5, 1.5), (1.5, 2.5)]


def test_reliability_is_the_share_that_came_true_with_its_count(view: RunView) -> None:
    """10 of 1000, 50 of 100 and 190 of 200."""
    panel = reliability_panel(made_view(view))
    assert [row[1:3] for row in rows(panel)] == [(0.0, 0.01), (0.5, 0.5), (1.0, 0.95)]
    assert rows(panel, 1) == (
        (1.0, "trained", 0.0, 1000, 10),
        (1.0, "trained", 0.5, 100, 50),
        (1.0, "trained", 1.0, 200, 190),
    )


def test_a_point_of_few_cells_is_not_drawn_but_listed(view: RunView) -> None:
    few = made_view(view, votes={"values": [[[1000, 49, 200]]]}, votes_observed={"values": [[[10, 40, 190]]]})
    panel = reliability_panel(few)
    assert [row[1] for row in rows(panel)] == [0.0, 1.0]
    assert len(rows(panel, 1)) == 3


def test_value_at_a_cost_of_a_fifth_of_the_loss(view: RunView) -> None:
    """1300 forecasts, 250 events. At 0.2 one acts from one member of two on: 300 times, 240 hits, 10 missed.

    Expense (300 x 0.2 + 10) / 1300 = 70 / 1300; without a forecast min(0.2, 250 / 1300) = 250 / 1300; at best
    250 x 0.2 / 1300 = 50 / 1300: (250 - 70) / (250 - 50) = 0.9.
    """
    found = {row[2]: row[3] for row in rows(value_panel(made_view(view)))}
    assert found[0.2] == pytest.approx(0.9)


def test_only_ensembles_have_a_spread(view: RunView) -> None:
    assert {row[0] for row in rows(spread_panel(view))} == {"trained (demonstration)"}
    assert [figure.legend.count("<li>") for figure in figures(reliability_panel(view)) if figure.legend] == [1, 1]


def test_a_frame_that_only_moves_is_as_sharp_as_the_radar(view: RunView) -> None:
    ratio = {row[:2]: row[2] for row in rows(spectra_panel(view))}
    values = [ratio["extrapolation", float(lead)] for lead in (5, 10, 15)]
    np.testing.assert_allclose(values, 1.0, atol=0.25)
    assert len(rows(spectra_panel(view), 1)) == 6


def test_every_forecast_is_listed_at_half_an_hour_and_an_hour(view: RunView) -> None:
    found = rows(every_event_panel(view))
    # three cases, two leads, three methods
    assert len(found) == 18
    assert {row[2] for row in found} == {30, 60}
    example = next(e for e in view.scores["examples"]["persistence"])  # type: ignore[index]
    (row,) = [row for row in found if row[0] == example["case"] and row[2] == 30 and row[3] == "persistence"]
    place = example["leads"].index(30)
    assert row[4:] == tuple(
        example[name][place] for name in ("fair_crps", "csi_1", "csi_5", "spectra_ratio", "common_share")
    )


def test_wins_and_losses_add_up_to_the_forecasts(view: RunView) -> None:
    for model, _, lead, count, won, lost, _ in rows(wins_panel(view)):
        assert model == "trained (demonstration)"
        assert lead in (30, 60)
        assert won + lost == count == 3


def example(case: str, draw: float, crps: float | None) -> dict[str, Any]:
    return {"kind": "forecast", "case": case, "draw": draw, "leads": [30, 60], "fair_crps": [crps, crps]}


def test_best_and_worst_are_judged_against_the_baseline() -> None:
    """b errs most, but its baseline errs as much; a is worse than its baseline by half, c better by half."""
    mine = [example("a", 0.5, 0.3), example("b", 0.1, 2.0), example("c", 0.9, 0.1)]
    baseline = [example("a", 0.5, 0.2), example("b", 0.1, 2.0), example("c", 0.9, 0.2)]
    chosen = [(tab, each["case"]) for tab, each in chosen_examples(mine, baseline)]
    assert chosen == [("Random", "b"), ("Best", "c"), ("Worst", "a")]


def test_one_forecast_alone_is_shown_once_with_all_its_words() -> None:
    chosen = chosen_examples([example("a", 0.5, 0.3)], [])
    assert [(tab, each["case"]) for tab, each in chosen] == [("Random and best and worst", "a")]


def test_a_forecast_without_a_score_is_never_best_or_worst() -> None:
    chosen = chosen_examples([example("a", 0.5, None), example("b", 0.6, 1.0)], [])
    assert [(tab, each["case"]) for tab, each in chosen] == [("Random", "a"), ("Best and worst", "b")]


@pytest.mark.parametrize(
    "make", [crps_panel, events_panel, spectra_panel, ranks_panel, reliability_panel, spread_panel, value_panel]
)
def test_with_single_forecasts_alone_no_panel_fails(view: RunView, make: Any) -> None:
    assert view.scores is not None
    kept = {name: view.scores["sums"][name] for name in ("extrapolation", "persistence")}
    table = [row for row in view.scores["table"] if row["method"] in kept]
    methods = {name: about for name, about in view.scores["methods"].items() if name in kept}
    panel = make(replace(view, scores={**view.scores, "sums": kept, "table": table, "methods": methods}))
    if make in (ranks_panel, reliability_panel, spread_panel):
        assert [type(item) for item in panel.items] == [Text]
    else:
        assert figures(panel)


def test_the_run_is_written_where_it_should_be(view: RunView, tmp_path: Path) -> None:
    assert view.predictions is not None
    assert len(list(view.predictions.glob("*/1-of-1/*.nc"))) == 9
