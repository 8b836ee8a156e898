"""How well did a caller do? Counts of right and wrong calls, the metrics they make, and what the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sciml.core.contract import Case, Evaluation
from sciml.core.scores import Headline, Metric, Standing, Sums
from sciml.variants.mistakes import examples
from sciml.variants.panels import PANELS, SUBJECT
from sciml.variants.reference import Reference, open_reference
from sciml.variants.scored import scored
from sciml.variants.settings import Settings
from sciml.variants.tallies import tallies

__all__ = ["HEADLINE", "METRICS", "PANELS", "SUBJECT", "evaluate"]


def evaluate(settings: Settings, case: Case, answers: Mapping[str, Path]) -> Mapping[str, Evaluation]:
    """Compare each caller's calls with the truth of the case, haplotype by haplotype, where the truth is complete."""
    with open_reference(Path(case.unit.files["reference"].path)) as reference:
        return {method: _evaluate(settings, case, answer, reference) for method, answer in answers.items()}


def _evaluate(settings: Settings, case: Case, answer: Path, reference: Reference) -> Evaluation:
    view = scored(settings.evaluate, case, answer, reference)
    return Evaluation(tallies(settings, case, view, reference), examples(settings.evaluate, case, view))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


def _recall(sums: Sums) -> np.ndarray:
    return _share(sums["tp_truth"], sums["tp_truth"] + sums["fn"])


def _precision(sums: Sums) -> np.ndarray:
    return _share(sums["tp_query"], sums["tp_query"] + sums["fp"])


def _f1(sums: Sums) -> np.ndarray:
    """Harmonic mean of recall and precision; 0 where something was there and nothing was right."""
    recall, precision = (np.nan_to_num(metric(sums)) for metric in (_recall, _precision))
    both = recall + precision
    f1 = np.divide(2 * recall * precision, both, out=np.zeros(both.shape), where=both > 0)
    anything = sums["tp_truth"] + sums["fn"] + sums["tp_query"] + sums["fp"]
    return np.where(anything > 0, f1, np.nan)


def _genotype_concordance(sums: Sums) -> np.ndarray:
    return _share(sums["tp_truth"], sums["tp_truth"] + sums["fn_gt"])


def _candidate_recall(sums: Sums) -> np.ndarray:
    return _share(sums["candidate_found"], sums["candidate_total"])


_TRUTH, _QUERY = ("tp_truth", "fn"), ("tp_query", "fp")
METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("f1", "F1", "", "higher", (*_TRUTH, *_QUERY), _f1, _TRUTH),
        Metric("recall", "Recall", "", "higher", _TRUTH, _recall, _TRUTH),
        Metric("precision", "Precision", "", "higher", _QUERY, _precision, _QUERY),
        Metric(
            "genotype_concordance",
            "Genotype concordance",
            "",
            "higher",
            ("tp_truth", "fn_gt"),
            _genotype_concordance,
            ("tp_truth", "fn_gt"),
        ),
        Metric(
            "candidate_recall",
            "Candidate recall",
            "",
            "higher",
            ("candidate_found", "candidate_total"),
            _candidate_recall,
            ("candidate_total",),
        ),
    )
}


def _sentence(model: Standing | None, baseline: Standing | None) -> str:
    if model is None and baseline is None:
        return "No caller was scored."
    if model is None or baseline is None:
        only = model or baseline
        assert only is not None
        other = "no baseline" if baseline is None else "no model"
        return f"{_name(only)} reaches {_f1_of(only)}; {other} was scored beside it. {_counts(only)}"
    return (
        f"{_name(model)} reaches {_f1_of(model)}; the best baseline, {baseline.method}, reaches {_f1_of(baseline)}. "
        f"{_counts(model)}"
    )


def _name(standing: Standing) -> str:
    if standing.method in ("shipped", "trained", "given"):
        return f"The {standing.method} model" + (" (a demonstration)" if standing.demonstration else "")
    return standing.method


def _f1_of(standing: Standing) -> str:
    """F1 of both types with intervals, as far as there are any."""
    parts = []
    for stratum, plural in (("SNP", "SNPs"), ("INDEL", "indels")):
        found = standing.estimates.get(("f1", stratum))
        if found is not None and found.value is not None:
            interval = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
            parts.append(f"{found.value:.3f}{interval} for {plural}")
    return "F1 " + " and ".join(parts) if parts else "no F1, as there is no true variant"


def _counts(standing: Standing) -> str:
    counts = [standing.estimates.get(("recall", stratum)) for stratum in ("SNP", "INDEL")]
    snps, indels = (0 if found is None else found.n for found in counts)
    return f"The truth holds {_plural(snps, 'SNP')} and {_plural(indels, 'indel')}."


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


HEADLINE = Headline("f1", "all", _sentence)
