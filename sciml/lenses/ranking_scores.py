"""Which scores do histograms of lenses and others make? Each a function of counts that add up over tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from sciml.core.ranking import auroc, purity_at, tpr_at_fpr, tpr_before
from sciml.core.scores import Metric, Sums

HISTOGRAMS = ("positives", "negatives")
# the search that purity is told for: one lens among a thousand objects, and so many looks at ten thousand of them
PREVALENCE, POPULATION, LOOKS = 1e-3, 10_000, (10, 100)


def metrics() -> Mapping[str, Metric]:
    """Every score by its name; the headline's first.

    n of a share of lenses that is bounded by false alarms is the number of others: a limit of 0.1 % means nothing on a
    hundred of them. n of the area is the number of lenses.
    """
    return {metric.name: metric for metric in _all()}


def _all() -> Iterator[Metric]:
    def of(name: str, title: str, function: Callable[[np.ndarray, np.ndarray], np.ndarray], counted: str) -> Metric:
        def value(sums: Sums) -> np.ndarray:
            return function(sums["positives"], sums["negatives"])

        return Metric(name, title, "", "higher", HISTOGRAMS, value, (counted,))

    yield of("auroc", "AUROC", auroc, "lenses")
    yield of("tpr_at_1_percent", "TPR at 1 % FPR", lambda p, n: tpr_at_fpr(p, n, 0.01), "others")
    yield of("tpr_at_01_percent", "TPR at 0.1 % FPR", lambda p, n: tpr_at_fpr(p, n, 0.001), "others")
    yield of("tpr_before_first", "TPR before the first false alarm", lambda p, n: tpr_before(p, n, 1), "others")
    yield of("tpr_before_tenth", "TPR before the tenth", lambda p, n: tpr_before(p, n, 10), "others")
    for looks in LOOKS:
        yield of(
            f"purity_{looks}",
            f"Purity of the best {looks} of {POPULATION:,} at 1 lens in {round(1 / PREVALENCE):,}",
            lambda p, n, share=looks / POPULATION: purity_at(p, n, share, PREVALENCE),  # type: ignore[misc]
            "others",
        )
