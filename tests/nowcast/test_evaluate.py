"""From files of forecasts to sums by storm day, scores, a verdict and every event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from series import series, stored_unit

from sciml.core.contract import Case, Evaluation
from sciml.core.errors import DataWarning
from sciml.core.scores import Estimate, Standing, score
from sciml.nowcast.answers import forecast_dataset, write_forecast
from sciml.nowcast.cases import context_of, truth_of
from sciml.nowcast.evaluate import HEADLINE, METRICS, evaluate
from sciml.nowcast.settings import Settings

SETTINGS = Settings()
LEADS = 6


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Issued at 12:30, so that lead 4 falls on a frame that was never written."""
    frames = series(frames=14, size=64, missing=(10,))
    unit = stored_unit(frames, tmp_path_factory.mktemp("raw"))
    place = {
        "time": str(frames["time"].values[6]), "context": 4, "leads": LEADS,
        "y": 0, "x": 0, "height": 64, "width": 64, "minutes": 60,
    }  # fmt: skip
    return Case("one.20200601T1230", unit, "here:2020-06-01", True, place)


@pytest.fixture(scope="module")
def answers(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The truth with noise in three members, and the last frame for ever."""
    folder, context = tmp_path_factory.mktemp("answers"), context_of(case)
    last, rng = context["rain_rate"].values[-1], np.random.default_rng(1)
    truth = np.where(np.isnan(truth_of(case).values), last, truth_of(case).values)
    members = {
        "shipped": np.stack([truth * rng.uniform(0.5, 1.5, truth.shape) for _ in range(3)]),
        "persistence": np.broadcast_to(last, (1, *truth.shape)),
    }
    paths = {method: folder / f"{method}.nc" for method in members}
    for method, path in paths.items():
        write_forecast(forecast_dataset(members[method], context, {"method": method}), path)
    return paths


@pytest.fixture(scope="module")
def found(case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    return evaluate(SETTINGS, case, answers)


def test_the_unit_is_the_storm_day_and_the_strata_are_leads(found: Mapping[str, Evaluation]) -> None:
    for evaluation in found.values():
        assert evaluation.statistics["unit"].values.tolist() == ["here:2020-06-01"]
        leads = [f"{minute} min" for minute in range(5, 35, 5)]
        assert evaluation.statistics["stratum"].values.tolist() == ["all", *leads]


def test_a_lead_whose_frame_is_missing_is_not_scored(found: Mapping[str, Evaluation]) -> None:
    forecasts = found["shipped"].statistics["forecasts"].sel(unit="here:2020-06-01")
    assert forecasts.to_series().to_dict() == {
        "all": 1, "5 min": 1, "10 min": 1, "15 min": 1, "20 min": 0, "25 min": 1, "30 min": 1,
    }  # fmt: skip
    assert found["shipped"].examples[0]["fair_crps"][3] is None


def test_scores_are_made_of_the_files(case: Case, answers: Mapping[str, Path], found: Mapping[str, Evaluation]) -> None:
    last, truth = context_of(case)["rain_rate"].values[-1], truth_of(case).values[0]
    error = np.nanmean(np.abs(last - truth))
    assert found["persistence"].examples[0]["fair_crps"][0] == pytest.approx(error, rel=1e-4)
    assert found["persistence"].examples[0]["mae"][0] == pytest.approx(error, rel=1e-4)
    assert found["shipped"].examples[0]["fair_crps"][0] < error / 2


def test_an_example_tells_every_score_at_every_lead_in_plain_json(found: Mapping[str, Evaluation]) -> None:
    for evaluation in found.values():
        (example,) = evaluation.examples
        assert example["kind"] == "forecast"
        assert (example["case"], example["unit"]) == ("one.20200601T1230", "here:2020-06-01")
        assert example["time"].startswith("2020-06-01T12:30")
        assert example["leads"] == [5, 10, 15, 20, 25, 30]
        assert {len(example[name]) for name in METRICS} == {LEADS}
        json.dumps(example, allow_nan=False)
    # the same draw, so that the same events are shown of every method
    assert len({evaluation.examples[0]["draw"] for evaluation in found.values()}) == 1


def test_days_make_units_and_cases_make_n(found: Mapping[str, Evaluation]) -> None:
    result = score({method: each.statistics for method, each in found.items()}, METRICS, HEADLINE, SETTINGS.evaluate)
    rows = {(row["method"], row["metric"]): row for row in result["table"] if row["stratum"] == "all"}
    assert rows["shipped", "fair_crps"]["n"] == rows["shipped", "common_share"]["n"] == 1
    # one storm day: no interval
    assert rows["shipped", "fair_crps"]["low"] is None
    assert (result["headline"]["model"], result["headline"]["baseline"]) == ("shipped", "persistence")
    assert set(METRICS) == {row["metric"] for row in result["table"]} | {"spread_skill", "outliers"}
    text = result["verdict"]
    assert text.startswith("The shipped model reaches a fair CRPS of 0.")
    assert " mm/h at 30 min; the best baseline, persistence, reaches " in text
    assert text.endswith("Measured on 1 forecast of 1 storm day.")


def test_a_method_without_values_is_warned_of_and_the_others_are_scored(
    case: Case, answers: Mapping[str, Path], found: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    unknown = np.full((1, LEADS, 64, 64), np.nan, np.float32)
    write_forecast(forecast_dataset(unknown, context_of(case), {"method": "broken"}), tmp_path / "broken.nc")
    with pytest.warns(DataWarning, match=r"one\.20200601T1230: broken knows less than 5%"):
        after = evaluate(SETTINGS, case, {**answers, "broken": tmp_path / "broken.nc"})
    assert after["shipped"].examples == found["shipped"].examples
    assert set(after["broken"].examples[0]["fair_crps"]) == {None}


def test_the_case_that_no_radar_followed_counts_for_nothing(case: Case, answers: Mapping[str, Path]) -> None:
    # two hours later there are no frames: the answers are made anew for that time only in name
    late = replace(case, place={**case.place, "time": "2020-06-01T13:05:00.000000000"})
    for evaluation in evaluate(SETTINGS, late, answers).values():
        assert not any(evaluation.statistics[name].any() for name in evaluation.statistics)


def standing(method: str, values: Mapping[str, float], days: int = 3, demonstration: bool = False) -> Standing:
    """Fair CRPS by stratum, on four forecasts a day."""
    estimates = {("fair_crps", name): Estimate(value, None, None, 4 * days) for name, value in values.items()}
    return Standing(method, demonstration, {**estimates, ("common_share", "all"): Estimate(0.8, None, None, days)})


def test_the_verdict_tells_half_an_hour_and_an_hour() -> None:
    model = standing("shipped", {"all": 0.3, "5 min": 0.1, "30 min": 0.35, "60 min": 0.441})
    steps = standing("steps", {"all": 0.3, "5 min": 0.1, "30 min": 0.352, "60 min": 0.44})
    assert HEADLINE.sentence(model, steps) == (
        "The shipped model reaches a fair CRPS of 0.350 mm/h at 30 min and 0.441 at 60 min; the best baseline, steps, "
        "reaches 0.352 and 0.440. Measured on 12 forecasts of 3 storm days."
    )


def test_the_verdict_of_short_forecasts_tells_the_last_lead() -> None:
    model = standing("trained", {"all": 0.3, "6 min": 0.1, "12 min": 0.2}, demonstration=True)
    assert HEADLINE.sentence(model, None) == (
        "The trained model (a demonstration) reaches a fair CRPS of 0.200 mm/h at 12 min; no baseline was scored beside"
        " it. Measured on 12 forecasts of 3 storm days."
    )


def test_the_verdict_of_many_days_has_intervals() -> None:
    values = {("fair_crps", name): Estimate(0.4, 0.35, 0.46, 40) for name in ("all", "30 min")}
    model = Standing("given", False, {**values, ("common_share", "all"): Estimate(0.8, 0.7, 0.9, 10)})
    assert "fair CRPS of 0.400 [0.350, 0.460] mm/h at 30 min; no baseline" in HEADLINE.sentence(model, None)


def test_nothing_scored_is_said_so() -> None:
    assert HEADLINE.sentence(None, None) == "No forecast was scored."
