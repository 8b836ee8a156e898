"""How well did a caller do? Counts of right and wrong calls, the metrics they make, and what the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sciml.core.contract import Case, Evaluation
from sciml.core.scores import Headline, Metric, Standing, Sums, quotient
from sciml.core.wording import counted, n_of, told, verdict
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


def _recall(sums: Sums) -> np.ndarray:
    return quotient(sums["tp_truth"], sums["tp_truth"] + sums["fn"])


def _precision(sums: Sums) -> np.ndarray:
    return quotient(sums["tp_query"], sums["tp_query"] + sums["fp"])


def _f1(sums: Sums) -> np.ndarray:
    """Harmonic mean of recall and precision; 0 where something was there and nothing was right."""
    recall, precision = (np.nan_to_num(metric(sums)) for metric in (_recall, _precision))
    both = recall + precision
    f1 = np.divide(2 * recall * precision, both, out=np.zeros(both.shape), where=both > 0)
    anything = sums["tp_truth"] + sums["fn"] + sums["tp_query"] + sums["fp"]
    return np.where(anything > 0, f1, np.nan)


def _genotype_concordance(sums: Sums) -> np.ndarray:
    return quotient(sums["tp_truth"], sums["tp_truth"] + sums["fn_gt"])


def _candidate_recall(sums: Sums) -> np.ndarray:
    return quotient(sums["candidate_found"], sums["candidate_total"])


TYPES = {"SNP": "SNPs", "INDEL": "indels"}
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
    return verdict(model, baseline, "No caller was scored.", _f1_of, _f1_of, _measured_on)


def _f1_of(standing: Standing) -> str:
    """F1 of both types with intervals, as far as there are any."""
    found = {plural: standing.estimates.get(("f1", stratum)) for stratum, plural in TYPES.items()}
    parts = [f"{told(f1)} for {plural}" for plural, f1 in found.items() if f1 is not None and f1.value is not None]
    return "F1 " + " and ".join(parts) if parts else "no F1, as there is no true variant"


def _measured_on(standing: Standing) -> str:
    snps, indels = (n_of(standing, "recall", stratum) for stratum in TYPES)
    return f"The truth holds {counted(snps, 'SNP')} and {counted(indels, 'indel')}."


HEADLINE = Headline("f1", "all", _sentence)
