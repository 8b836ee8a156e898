"""What the pages show of variant calling, and how the science presents itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sciml.core.report.panels import Citation, Panel, RunView, Subject
from sciml.variants.call_panel import calls_panel
from sciml.variants.sample_panel import lengths_panel, samples_panel
from sciml.variants.score_panels import (
    calibration_panel,
    counts_panel,
    errors_by_stratum_panel,
    precision_recall_panel,
)

SUBJECT = Subject(
    title="Germline small variants",
    question="Which small variants does this genome carry?",
    case="region",
    not_for="diagnosis or any decision about a person; somatic variants, pooled samples, or long reads.",
    citations=(
        Citation(
            "Poplin et al. 2018 (DeepVariant)",
            "@article{poplin2018universal,\n  author = {Poplin, Ryan and others},\n  title = {A universal {SNP} and "
            "small-indel variant caller using deep neural networks},\n  journal = {Nature Biotechnology},\n  "
            "volume = {36},\n  pages = {983--987},\n  year = {2018},\n  doi = {10.1038/nbt.4235}\n}",
        ),
        Citation(
            "Danecek et al. 2021 (bcftools)",
            "@article{danecek2021twelve,\n  author = {Danecek, Petr and others},\n  title = {Twelve years of "
            "{SAMtools} and {BCFtools}},\n  journal = {GigaScience},\n  volume = {10},\n  pages = {giab008},\n  "
            "year = {2021},\n  doi = {10.1093/gigascience/giab008}\n}",
        ),
        Citation(
            "Krusche et al. 2019 (how calls are compared)",
            "@article{krusche2019best,\n  author = {Krusche, Peter and others},\n  title = {Best practices for "
            "benchmarking germline small-variant calls in human genomes},\n  journal = {Nature Biotechnology},\n  "
            "volume = {37},\n  pages = {555--560},\n  year = {2019},\n  doi = {10.1038/s41587-019-0054-x}\n}",
        ),
    ),
)

PANELS: Mapping[Literal["data", "report"], Sequence[Callable[[RunView], Panel]]] = {
    "data": (samples_panel, lengths_panel),
    "report": (counts_panel, calls_panel, errors_by_stratum_panel, precision_recall_panel, calibration_panel),
}
