"""Metrics of sums, and the paired bootstrap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import xarray as xr

from sciml.core import bootstrap
from sciml.core.scores import Headline, Metric, Standing, Sums, score
from sciml.core.settings import EvaluateSettings

UNITS = ("a", "b", "c", "d", "e", "f")


def _recall(sums: Sums) -> np.ndarray:
    return np.asarray(sums["right"] / (sums["right"] + sums["missed"]))


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    return f"{model.method if model else None} against {baseline.method if baseline else None}"


METRICS = {"recall": Metric("recall", "Recall", "", "higher", ("right", "missed"), _recall, ("right", "missed"))}
HEADLINE = Headline("recall", "all", _sentence)
SETTINGS = EvaluateSettings(bootstrap=200, seed=3)


def statistics(right: Sequence[int], missed: Sequence[int], units: Sequence[str] = UNITS) -> xr.Dataset:
    """One stratum with these counts by unit, and a histogram of two bins."""
    histogram = np.array([[[r, m]] for r, m in zip(right, missed, strict=True)], float)
    return xr.Dataset(
        {
            "right": (("unit", "stratum"), np.array(right, float)[:, None]),
            "missed": (("unit", "stratum"), np.array(missed, float)[:, None]),
            "by_size": (("unit", "stratum", "size_bin"), histogram),
        },
        {"unit": list(units), "stratum": ["all"], "size_bin": [0, 10]},
    )


GOOD = statistics([4, 3, 5, 2, 4, 3], [0, 1, 0, 1, 0, 0])
POOR = statistics([3, 2, 5, 1, 4, 2], [1, 2, 0, 2, 0, 1])


def row(result: Mapping[str, Any], part: str, **wanted: str) -> dict[str, Any]:
    found = [each for each in result[part] if all(each[key] == value for key, value in wanted.items())]
    assert len(found) == 1
    return dict(found[0])


def test_a_value_is_the_metric_of_the_sums_with_its_count() -> None:
    result = score({"trained": GOOD}, METRICS, HEADLINE, SETTINGS)
    found = row(result, "table", method="trained")
    # 21 right of 23, not the mean of six ratios
    assert found["value"] == pytest.approx(21 / 23, abs=1e-10)
    assert found["n"] == 23


def test_intervals_and_differences_are_those_of_a_plain_loop() -> None:
    result = score({"trained": GOOD, "classical": POOR}, METRICS, HEADLINE, SETTINGS)
    rng = np.random.default_rng(3)
    ours, differences = [], []
    for times in rng.multinomial(6, [1 / 6] * 6, size=200):
        drawn = [unit for unit, count in enumerate(times) for _ in range(count)]
        values = []
        for dataset in (GOOD, POOR):
            right = sum(dataset["right"].values[unit, 0] for unit in drawn)
            missed = sum(dataset["missed"].values[unit, 0] for unit in drawn)
            values.append(right / (right + missed))
        ours.append(values[0])
        differences.append(values[0] - values[1])
    interval = row(result, "table", method="trained")
    assert [interval["low"], interval["high"]] == pytest.approx(np.quantile(ours, [0.025, 0.975]))
    difference = row(result, "differences", method="trained", baseline="classical")
    assert difference["difference"] == pytest.approx(21 / 23 - 17 / 23)
    assert [difference["low"], difference["high"]] == pytest.approx(np.quantile(differences, [0.025, 0.975]))


def test_the_difference_of_a_method_to_its_twin_is_exactly_zero() -> None:
    result = score({"trained": GOOD, "classical": GOOD}, METRICS, HEADLINE, SETTINGS)
    found = row(result, "differences", method="trained")
    assert (found["difference"], found["low"], found["high"]) == (0, 0, 0)
    interval = row(result, "table", method="trained")
    assert interval["low"] < interval["high"]


def test_wider_confidence_is_a_wider_interval() -> None:
    narrow, wide = (
        row(score({"m": GOOD}, METRICS, HEADLINE, SETTINGS.model_copy(update={"confidence": c})), "table", method="m")
        for c in (0.6, 0.99)
    )
    assert wide["low"] < narrow["low"] <= narrow["high"] <= wide["high"]


def test_a_unit_that_a_method_lacks_counts_as_zeros() -> None:
    short = statistics([4, 3], [0, 1], units=("f", "a"))
    result = score({"trained": GOOD, "classical": short}, METRICS, HEADLINE, SETTINGS)
    whole = statistics([3, 0, 0, 0, 0, 4], [1, 0, 0, 0, 0, 0])
    assert result["table"] == score({"trained": GOOD, "classical": whole}, METRICS, HEADLINE, SETTINGS)["table"]


def test_the_order_of_units_does_not_matter() -> None:
    turned = GOOD.isel(unit=[3, 1, 5, 0, 2, 4])
    assert score({"m": turned}, METRICS, HEADLINE, SETTINGS) == score({"m": GOOD}, METRICS, HEADLINE, SETTINGS)


def test_drawing_in_several_goes_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    once = score({"m": GOOD}, METRICS, HEADLINE, SETTINGS)
    monkeypatch.setattr(bootstrap, "MAX_NUMBERS", 100)  # 16 draws of 6 units at a time
    assert score({"m": GOOD}, METRICS, HEADLINE, SETTINGS) == once


def test_no_more_sums_are_in_memory_at_a_time_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def spread(sums: Sums) -> np.ndarray:
        sizes.append(sums["wide"].size)
        return np.asarray(sums["wide"].std(axis=-1))

    metrics = {**METRICS, "spread": Metric("spread", "Spread", "", "lower", ("wide",), spread)}
    wide = GOOD.assign(wide=(("unit", "stratum", "bin"), np.arange(6 * 50.0).reshape(6, 1, 50)))
    once = score({"m": wide}, metrics, HEADLINE, SETTINGS)
    assert max(sizes) == 200 * 50
    sizes.clear()
    monkeypatch.setattr(bootstrap, "MAX_NUMBERS", 700)  # 14 draws of 50 bins at a time
    assert score({"m": wide}, metrics, HEADLINE, SETTINGS) == once
    assert max(sizes) == 700


def test_one_unit_has_no_interval() -> None:
    found = row(score({"m": statistics([3], [1], ["a"])}, METRICS, HEADLINE, SETTINGS), "table", method="m")
    assert (found["value"], found["low"], found["high"]) == (0.75, None, None)


def test_a_metric_without_an_answer_is_null_and_an_empty_stratum_is_no_row() -> None:
    def odd(sums: Sums) -> np.ndarray:
        return np.asarray(sums["missed"] / (sums["right"] - sums["right"]))

    metrics = {**METRICS, "odd": Metric("odd", "Odd", "", "lower", ("right", "missed"), odd)}
    two = xr.concat([GOOD, (GOOD * 0).assign_coords(stratum=["empty"])], dim="stratum")
    result = score({"m": two}, metrics, HEADLINE, SETTINGS)
    assert {each["stratum"] for each in result["table"]} == {"all"}
    assert row(result, "table", metric="odd")["value"] is None
    # n of a metric that counts nothing is the number of units
    assert row(result, "table", metric="odd")["n"] == 6
    json.dumps(result, allow_nan=False)


def test_histograms_pass_through_as_sums_with_their_bins() -> None:
    sums = score({"m": GOOD}, METRICS, HEADLINE, SETTINGS)["sums"]["m"]
    assert sums["by_size"] == {
        "dims": ["stratum", "size_bin"],
        "strata": ["all"],
        "bins": {"size_bin": [0, 10]},
        "values": [[21, 2]],
    }
    assert sums["right"]["values"] == [21]


def test_models_are_compared_with_baselines_only() -> None:
    result = score({"shipped": GOOD, "trained": POOR, "classical": POOR}, METRICS, HEADLINE, SETTINGS)
    pairs = [(each["method"], each["baseline"]) for each in result["differences"]]
    assert pairs == [("shipped", "classical"), ("trained", "classical")]


def test_the_verdict_is_about_a_finished_model_and_the_best_baseline() -> None:
    done = {"kind": "baseline", "status": "done"}
    described: dict[str, dict[str, Any]] = {
        "trained": {"kind": "model", "demonstration": True},
        "given": {"kind": "model", "demonstration": False},
        "weak": done,
        "strong": done,
        "absent": {"kind": "baseline", "status": "missing"},
    }
    answers = {"trained": GOOD, "given": POOR, "weak": POOR, "strong": GOOD}
    result = score(answers, METRICS, HEADLINE, SETTINGS, described)
    assert result["verdict"] == "given against strong"
    assert result["headline"] == {"metric": "recall", "stratum": "all", "model": "given", "baseline": "strong"}
    assert result["methods"] == described
    less = {"recall": Metric("recall", "Misses", "", "lower", ("right", "missed"), _recall)}
    assert score(answers, less, HEADLINE, SETTINGS, described)["verdict"] == "given against weak"


def test_without_answers_there_is_still_a_verdict() -> None:
    result = score({}, METRICS, HEADLINE, SETTINGS, {"absent": {"kind": "baseline", "status": "missing"}})
    assert (result["table"], result["differences"], result["sums"]) == ([], [], {})
    assert result["verdict"] == "None against None"


def test_the_same_statistics_give_the_same_text() -> None:
    texts = {json.dumps(score({"m": GOOD, "b": POOR}, METRICS, HEADLINE, SETTINGS), sort_keys=True) for _ in range(2)}
    assert len(texts) == 1


def test_numbers_have_ten_digits_and_whole_ones_are_whole() -> None:
    result = score({"m": GOOD}, METRICS, HEADLINE, SETTINGS)
    assert row(result, "table", method="m")["value"] == float(f"{21 / 23:.10g}")
    assert isinstance(result["sums"]["m"]["right"]["values"][0], int)


def test_fewer_units_than_are_asked_for_get_no_interval_but_a_value() -> None:
    for least, there in ((6, True), (7, False)):
        settings = SETTINGS.model_copy(update={"min_units": least})
        result = score({"trained": GOOD, "simple": POOR}, METRICS, HEADLINE, settings)
        for part in ("table", "differences"):
            found = row(result, part, method="trained")
            assert (found["low"] is not None, found["high"] is not None) == (there, there)
        assert row(result, "table", method="trained")["value"] == pytest.approx(21 / 23, abs=1e-10)
