"""What does a classical method say? Logistic regression on statistics of the image, fitted on the training images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sciml.core.contract import Baseline, Case, Learner
from sciml.scans.answers import answer
from sciml.scans.image_statistics import image_statistics
from sciml.scans.ingest import labels_of
from sciml.scans.operating_points import SENSITIVITY, probabilities, threshold_at
from sciml.scans.settings import FINDINGS, Settings
from sciml.scans.sight import Sight, sight_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

# inverse strengths of the L2 penalty that cross-validation chooses from
PENALTIES = (0.01, 0.1, 1.0, 10.0)
FOLDS = 5
# log-odds of what a fit on few images may claim
LARGEST = 12.0


def fit(settings: Settings, cases: Sequence[Case]) -> Baseline:
    """A logistic regression for each finding, its penalty and its operating point by cross-validation over patients."""
    kind, side = settings.ingest.kind, settings.prepare.side
    statistics = np.array([_features(sight_of(case, side, kind)) for case in cases])
    labels = np.stack([labels_of(case.unit, kind) for case in cases])
    patients = np.array([case.group for case in cases])
    models = [_Regression(statistics, labels[:, place], patients) for place in range(len(FINDINGS[kind]))]
    thresholds = np.array([model.threshold for model in models])

    def ask(settings: Settings, case: Case) -> xr.Dataset:
        sight = sight_of(case, side, kind)
        features = _features(sight)[None]
        scores = np.array([model.scores(features)[0] for model in models])
        return answer(FINDINGS[kind], scores, thresholds, sight)

    return ask


METHODS: Mapping[str, Baseline | Learner] = {"image-statistics": Learner(fit)}
VERSIONS: Mapping[str, Callable[[], str]] = {"image-statistics": lambda: f"scikit-learn {version('scikit-learn')}"}


class _Regression:
    """One finding: log-odds of statistics (image, statistic), and the probability from which on it is called."""

    def __init__(self, statistics: np.ndarray, labels: np.ndarray, patients: np.ndarray) -> None:
        known = labels >= 0
        statistics, positive, patients = statistics[known], labels[known] == 1, patients[known]
        self._constant = float(np.log((positive.sum() + 0.5) / ((~positive).sum() + 0.5)))
        self._fitted: Pipeline | None = None
        scores = np.full(len(positive), self._constant)
        if positive.any() and not positive.all():
            penalty, scores = _cross_validated(statistics, positive, patients)
            self._fitted = _regression(penalty).fit(statistics, positive)
        self.threshold = threshold_at(probabilities(scores), positive, SENSITIVITY)

    def scores(self, statistics: np.ndarray) -> np.ndarray:
        """Log-odds; those of the prevalence where the training images all had, or all lacked, the finding."""
        if self._fitted is None:
            return np.full(len(statistics), self._constant)
        return _log_odds(self._fitted, statistics)


def _cross_validated(statistics: np.ndarray, positive: np.ndarray, patients: np.ndarray) -> tuple[float, np.ndarray]:
    """The penalty that predicts left-out patients best (log-likelihood), and the log-odds of each when left out.

    With too few patients to leave any out: the middle penalty, and log-odds of the fit itself.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, *(len(set(patients[positive == truth])) for truth in (True, False)))
    if folds < 2:
        middle = PENALTIES[len(PENALTIES) // 2]
        return middle, _log_odds(_regression(middle).fit(statistics, positive), statistics)
    splits = list(StratifiedGroupKFold(folds).split(statistics, positive, patients))
    left_out = np.empty((len(PENALTIES), len(positive)))
    for scores, penalty in zip(left_out, PENALTIES, strict=True):
        for learnt, tried in splits:
            one_class = positive[learnt].all() or not positive[learnt].any()
            fitted = None if one_class else _regression(penalty).fit(statistics[learnt], positive[learnt])
            scores[tried] = 0.0 if fitted is None else _log_odds(fitted, statistics[tried])
    losses = np.logaddexp(0, np.where(positive, -left_out, left_out)).mean(axis=1)
    best = int(np.argmin(losses))
    return PENALTIES[best], left_out[best]


def _regression(penalty: float) -> Pipeline:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Newton: a few exact steps, where L-BFGS takes a hundred and lets the threads of BLAS wait for each other
    return make_pipeline(StandardScaler(), LogisticRegression(C=penalty, solver="newton-cholesky"))


def _log_odds(fitted: Pipeline, statistics: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(fitted.decision_function(statistics), np.float64), -LARGEST, LARGEST)


def _features(sight: Sight) -> np.ndarray:
    return np.array(list(image_statistics(sight.pixels).values()))
