"""One case's answer against its truth, by stratum and block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from tiny_files import Read, random_letters, write_bam, write_fasta
from vcf_text import Record, vcf_text

from sciml.core.contract import Case, Evaluation, FileRecord, Unit
from sciml.core.scores import Standing, score
from sciml.variants.compare import compare, summary
from sciml.variants.evaluate import HEADLINE, METRICS, evaluate
from sciml.variants.normalise import normalise
from sciml.variants.reference import open_reference
from sciml.variants.regions import Region, read_bed
from sciml.variants.settings import Settings
from sciml.variants.strata import STRATA, context, membership
from sciml.variants.tallies import GQ_BINS, QUAL_BINS
from sciml.variants.vcf import read_vcf

# 2,000 bases without repeats to speak of, but for a run of nine A at 1,001-1,009 and ten CA at 1,201-1,220
PLAIN = random_letters(2_000, seed=11)
LETTERS = PLAIN[:999] + "C" + "A" * 9 + "G" + PLAIN[1_010:1_199] + "G" + "CA" * 10 + "T" + PLAIN[1_221:]
SETTINGS = Settings.model_validate({"evaluate": {"block_bp": 500, "examples": 2}})
ALL = [(0, 2_000)]


def snp(at: int, gt: str = "0/1") -> Record:
    """A substitution at `at` (from 1)."""
    return at, LETTERS[at - 1], other(LETTERS[at - 1]), gt


def other(base: str, by: int = 1) -> str:
    return "ACGT"[("ACGT".index(base) + by) % 4]


def line(record: Record, qual: float = 50, filters: str = "PASS", gq: int = 40) -> str:
    position, ref, alts, gt = record
    return f"chr1\t{position}\t.\t{ref}\t{alts}\t{qual}\t{filters}\t.\tGT:GQ:DP\t{gt}:{gq}:30"


class Place:
    """A folder with a reference, and a case on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fasta = write_fasta(folder / "ref.fa", {"chr1": LETTERS})

    def case(self, truth: Sequence[Record], confident: Sequence[tuple[int, int]] = ALL, **place: Any) -> Case:
        (self.folder / "truth.vcf").write_text(vcf_text([line(record) for record in truth], samples="HG1", bp=2_000))
        bed = "".join(f"chr1\t{start}\t{end}\n" for start, end in confident)
        (self.folder / "confident.bed").write_text(bed)
        paths = {
            "reference": self.fasta,
            "truth": self.folder / "truth.vcf",
            "confident": self.folder / "confident.bed",
        }
        reads = place.pop("reads", None)
        files = {
            name: FileRecord(str(path), 0, "")
            for name, path in {**paths, **({"reads": reads} if reads else {})}.items()
        }
        unit = Unit("person", "NA1", "test", True, "", files)
        return Case("person.chr1", unit, "g", True, {"contig": "chr1", "start": 0, "end": 2_000, **place})

    def evaluate(self, case: Case, lines: Sequence[str], source: str = "sciml 1.2") -> Evaluation:
        answer = self.folder / "answer.vcf"
        answer.write_text(vcf_text(lines, source=source, bp=2_000))
        return evaluate(SETTINGS, case, {"caller": answer})["caller"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    from sciml.variants.scored import confident_regions

    confident_regions.cache_clear()
    return Place(tmp_path)


def count(statistics: xr.Dataset, variable: str, stratum: str = "all") -> float:
    return float(statistics[variable].sel(stratum=stratum).sum())


def test_every_call_counts_once_by_type(place: Place) -> None:
    truth = [snp(100), snp(200, "1/1"), snp(300), (1_000, "CA", "C", "0/1")]
    # right; wrong genotype; missed; invented; right indel, written at the other end of its repeat
    called = [snp(100), snp(200, "0/1"), snp(400), (1_008, "AA", "A", "0/1")]
    found = place.evaluate(place.case(truth), [line(record) for record in called]).statistics
    numbers = {
        name: count(found, name, "SNP") for name in ("tp_truth", "fn", "fn_gt", "tp_query", "fp", "fp_gt", "fp_al")
    }
    assert numbers == {"tp_truth": 1, "fn": 2, "fn_gt": 1, "tp_query": 1, "fp": 2, "fp_gt": 1, "fp_al": 0}
    assert (count(found, "tp_truth", "INDEL"), count(found, "fp", "INDEL")) == (1, 0)
    assert (count(found, "tp_truth"), count(found, "fn"), count(found, "fp")) == (2, 2, 2)


def test_the_counts_are_those_of_the_comparison(place: Place) -> None:
    truth, called = [snp(at) for at in range(50, 1_900, 100)], [snp(at) for at in range(150, 2_000, 100)]
    case = place.case(truth)
    found = place.evaluate(case, [line(record) for record in called]).statistics
    with open_reference(place.fasta) as reference:
        both = compare(
            read_vcf(place.folder / "truth.vcf"),
            read_vcf(place.folder / "answer.vcf"),
            reference,
            read_bed(place.folder / "confident.bed"),
        )
    expected = summary(both).loc["SNP"]
    names = {"tp_truth": "TRUTH.TP", "fn": "TRUTH.FN", "tp_query": "QUERY.TP", "fp": "QUERY.FP", "fp_gt": "FP.gt"}
    assert {name: count(found, name, "SNP") for name in names} == {n: expected[c] for n, c in names.items()}


def test_blocks_are_the_units_and_hold_what_lies_in_them(place: Place) -> None:
    truth = [snp(at) for at in (100, 499, 501, 1_800)]
    found = place.evaluate(place.case(truth, [(0, 1_000), (1_600, 2_000)]), []).statistics
    # the block 1,001-1,500 holds no confident base
    assert found["unit"].values.tolist() == ["person.chr1/1", "person.chr1/501", "person.chr1/1501"]
    assert found["fn"].sel(stratum="all").values.tolist() == [2, 1, 1]


def test_a_filtered_call_of_a_model_does_not_count_but_is_ranked(place: Place) -> None:
    lines = [line(snp(100), qual=40), line(snp(200), qual=2, filters="LowQual"), line(snp(300), qual=25)]
    found = place.evaluate(place.case([snp(100), snp(200)]), lines).statistics
    assert (count(found, "tp_query"), count(found, "fp"), count(found, "fn")) == (1, 1, 1)
    right, wrong = (
        {edge: n for edge, n in zip(QUAL_BINS, found[name].sel(stratum="all").sum("unit").values, strict=True) if n}
        for name in ("tp_by_qual", "fp_by_qual")
    )
    assert (right, wrong) == ({2: 1, 40: 1}, {25: 1})


def test_a_baseline_counts_from_its_least_qual_whatever_its_filter(place: Place) -> None:
    lines = [line(snp(100), qual=19.9), line(snp(200), qual=20, filters="."), line(snp(300), qual=500, filters="odd")]
    found = place.evaluate(place.case([snp(at) for at in (100, 200, 300)]), lines, "bcftools 1.24").statistics
    assert (count(found, "tp_truth"), count(found, "fn")) == (2, 1)
    assert count(found, "tp_by_qual") == 3


def test_candidate_recall_sees_what_the_model_rejected(place: Place) -> None:
    # called, rejected, never a candidate
    truth = [snp(100), snp(200), snp(300)]
    lines = [line(snp(100)), line(snp(200, "0/0"), qual=0, filters="RefCall")]
    found = place.evaluate(place.case(truth), lines).statistics
    assert (count(found, "candidate_found"), count(found, "candidate_total")) == (2, 3)
    baseline = place.evaluate(place.case(truth), lines, "freebayes v1.3.6").statistics
    assert count(baseline, "candidate_total") == 0


def test_gq_is_counted_with_what_it_promises(place: Place) -> None:
    lines = [line(snp(100), gq=20), line(snp(200), gq=20), line(snp(300), gq=99)]
    found = place.evaluate(place.case([snp(100), snp(300)]), lines).statistics.sel(stratum="all").sum("unit")
    at = GQ_BINS.index(20)
    # two calls at GQ 20: one right, 2 * (1 - 0.01) promised
    values = [float(found[name][at]) for name in ("gq_right", "gq_total", "gq_expected")]
    assert values == pytest.approx([1, 2, 1.98])
    assert float(found["gq_total"][GQ_BINS.index(95)]) == 1


def test_truth_outside_the_case_is_another_cases_business(place: Place) -> None:
    truth = [snp(400), snp(600), snp(1_100)]
    found = place.evaluate(place.case(truth, start=500, end=1_000), [line(snp(600))]).statistics
    assert (count(found, "tp_truth"), count(found, "fn")) == (1, 0)


def test_only_the_truths_pass_records_count(place: Place) -> None:
    case = place.case([snp(100), snp(200)])
    text = (place.folder / "truth.vcf").read_text().replace("50\tPASS", "50\tdoubtful", 1)
    (place.folder / "truth.vcf").write_text(text)
    found = place.evaluate(case, []).statistics
    assert count(found, "fn") == 1


def test_an_answer_without_calls_is_all_missed(place: Place) -> None:
    found = place.evaluate(place.case([snp(100)]), [])
    assert (count(found.statistics, "fn"), count(found.statistics, "fp")) == (1, 0)
    assert [each["kind"] for each in found.examples] == ["false negative"]


def test_no_confident_base_is_no_unit(place: Place) -> None:
    found = place.evaluate(place.case([snp(100)], confident=[]), [line(snp(100))])
    assert dict(found.statistics.sizes)["unit"] == 0
    assert found.examples == []


def test_depth_is_that_of_the_reads_whoever_called(place: Place) -> None:
    reads = [Read(start=50, cigar="100M") for _ in range(12)] + [Read(start=50, cigar="100M", mapping_quality=0)]
    bam = write_bam(place.folder / "reads.bam", reads, {"chr1": LETTERS}, reference=place.fasta)
    found = place.evaluate(place.case([snp(100), snp(300)], reads=bam), []).statistics
    assert (count(found, "fn", "depth 10-19"), count(found, "fn", "depth below 10")) == (1, 1)


def test_without_reads_no_depth_is_claimed(place: Place) -> None:
    found = place.evaluate(place.case([snp(100)]), []).statistics
    assert sum(count(found, "fn", name) for name in STRATA if name.startswith("depth")) == 0


def test_strata_follow_type_length_and_sequence(place: Place) -> None:
    written = [
        snp(500),
        (1_000, "C", "CA", "0/1"),
        (1_005, "A", "G", "0/1"),
        (1_200, "GCA", "G", "0/1"),
        (1_500, LETTERS[1_499], LETTERS[1_499] + "ACGTACGTACGTACGTACGT", "0/1"),
    ]
    (place.folder / "calls.vcf").write_text(vcf_text([line(record) for record in written], bp=2_000))
    with open_reference(place.fasta) as reference:
        alleles = normalise(read_vcf(place.folder / "calls.vcf"), reference)
        alleles["type"] = np.where(alleles["ref"].str.len() == alleles["alt"].str.len(), "SNP", "INDEL")
        member = membership(alleles, reference, 2_000, None)
    names = [{STRATA[number] for number in np.flatnonzero(row)} - {"all"} for row in member]
    assert names == [
        {"SNP", "SNP in unique sequence"},
        {"INDEL", "insertion 1", "INDEL in homopolymer 7+"},
        {"SNP", "SNP in homopolymer 7+"},
        {"INDEL", "deletion 2-5", "INDEL in tandem repeat"},
        {"INDEL", "insertion 16+", "INDEL in unique sequence"},
    ]


@pytest.mark.parametrize(
    ("letters", "start", "end", "expected"),
    [
        ("GATCGATCAAAAAAAGTC", 8, 9, "homopolymer 7+"),
        # the base beside a run touches it, the one after does not
        ("GATCGATCAAAAAAAGTCC", 15, 16, "homopolymer 7+"),
        ("GATCGATCAAAAAAAGTCC", 16, 17, "unique sequence"),
        ("GATCGATCAAAAGTC", 8, 8, "homopolymer 4-6"),
        # CACACACACA: five copies, ten bases; CACACACA is two bases short
        ("GTTCACACACACAGTT", 5, 6, "tandem repeat"),
        ("GTTCACACACAGTT", 5, 6, "unique sequence"),
        ("GTTCAGTCAGTCAGTGG", 8, 8, "tandem repeat"),
    ],
)
def test_context_is_what_the_variant_touches(letters: str, start: int, end: int, expected: str) -> None:
    class Text:
        def fetch(self, contig: str, start: int, end: int) -> str:
            return letters[start:end]

    assert context("c", start, end, Text(), len(letters)) == expected


def test_examples_say_what_was_true_and_what_was_called(place: Place) -> None:
    truth = [snp(100), snp(200, "1/1"), snp(300), snp(350)]
    lines = [line(snp(100)), line(snp(200), qual=33, gq=12), line(snp(300, "0/0"), qual=1, filters="RefCall", gq=7)]
    lines.append(line(snp(400)))
    found = {each["position"]: each for each in place.evaluate(place.case(truth), lines).examples}
    said = {at: (each["kind"], each["truth_gt"], each["called_gt"], each["gq"]) for at, each in found.items()}
    assert said == {
        100: ("true positive", "0/1", "0/1", 40),
        200: ("genotype error", "1/1", "0/1", 12),
        300: ("false negative", "0/1", "0/0", 7),
        350: ("false negative", "0/1", ".", None),
        400: ("false positive", "0/0", "0/1", 40),
    }
    assert {(each["unit"], each["case"], each["contig"]) for each in found.values()} == {
        ("person", "person.chr1", "chr1")
    }
    assert found[300]["filter"] == "RefCall"


def test_examples_are_few_fair_and_repeatable(place: Place) -> None:
    truth = [snp(at) for at in range(50, 1_000, 50)]
    case = place.case(truth)
    first, again = (place.evaluate(case, [line(record) for record in truth]).examples for _ in range(2))
    assert first == again
    assert len(first) == 2
    lots = [each["draw"] for each in first]
    assert lots == sorted(lots)
    many = Settings.model_validate({"evaluate": {"block_bp": 500, "examples": 99}})
    everyone = evaluate(many, case, {"caller": place.folder / "answer.vcf"})["caller"].examples
    assert list(first) == list(everyone)[:2]


def test_a_truth_of_several_people_is_read_for_the_one(place: Place) -> None:
    case = place.case([])
    row = line(snp(100)) + "\t0/0:1:1"
    (place.folder / "truth.vcf").write_text(vcf_text([row], samples="NA1\tNA2", bp=2_000))
    assert count(place.evaluate(case, []).statistics, "fn") == 1


def test_metrics_are_hap_pys(place: Place) -> None:
    truth = [snp(100), snp(200, "1/1"), snp(300)]
    called = [snp(100), snp(200), snp(400), snp(500)]
    statistics = place.evaluate(place.case(truth), [line(record) for record in called]).statistics
    result = score({"shipped": statistics}, METRICS, HEADLINE, SETTINGS.evaluate)
    values = {row["metric"]: row["value"] for row in result["table"] if row["stratum"] == "SNP"}
    # 1 of 3 found; 1 of 4 right; one more with a wrong genotype
    assert values["recall"] == pytest.approx(1 / 3)
    assert values["precision"] == 0.25
    assert values["f1"] == pytest.approx(2 * (1 / 3) * 0.25 / (1 / 3 + 0.25))
    assert values["genotype_concordance"] == 0.5
    assert values["candidate_recall"] == pytest.approx(2 / 3)
    counts = {row["metric"]: row["n"] for row in result["table"] if row["stratum"] == "SNP"}
    assert (counts["f1"], counts["recall"], counts["precision"]) == (3, 3, 4)


def test_f1_is_zero_when_nothing_is_right_and_missing_when_nothing_is_there() -> None:
    sums = {"tp_truth": [0, 0, 0], "fn": [5, 0, 0], "tp_query": [0, 0, 0], "fp": [0, 5, 0]}
    found = METRICS["f1"].of({name: np.array([values], float) for name, values in sums.items()})
    assert found[0, :2].tolist() == [0, 0]
    assert np.isnan(found[0, 2])


def test_the_verdict_names_model_baseline_and_counts(place: Place) -> None:
    truth = [snp(100), snp(700), (1_000, "CA", "C", "0/1")]
    case = place.case(truth)
    all_right = place.evaluate(case, [line(record) for record in truth]).statistics
    one_missed = place.evaluate(case, [line(record) for record in truth[1:]]).statistics
    result = score({"shipped": all_right, "bcftools": one_missed}, METRICS, HEADLINE, SETTINGS.evaluate)
    # bcftools: 1 of 2 SNPs, none invented: 2 * 0.5 * 1 / 1.5
    assert result["verdict"].startswith("The shipped model reaches F1 1.000 [")
    assert "the best baseline, bcftools, reaches F1 0.667" in result["verdict"]
    assert "1.000 for indels" in result["verdict"]
    assert result["verdict"].endswith("The truth holds 2 SNPs and 1 indel.")


def test_a_demonstration_is_called_one() -> None:
    assert "(a demonstration)" in HEADLINE.sentence(Standing("trained", True, {}), None)
    assert HEADLINE.sentence(None, None) == "No caller was scored."


def test_a_truth_of_another_naming_is_refused(place: Place) -> None:
    case = place.case([snp(100)])
    text = (place.folder / "truth.vcf").read_text().replace("chr1", "1")
    (place.folder / "truth.vcf").write_text(text)
    with pytest.raises(Exception, match="naming differs"):
        place.evaluate(case, [])


def test_confident_regions_touch_half_open(place: Place) -> None:
    found = place.evaluate(place.case([snp(100), snp(101)], [(100, 200)]), []).statistics
    # [100, 200) from 0 begins at position 101
    assert count(found, "fn") == 1
    assert Region("chr1", 100, 200).length == 100
