"""Calls against truth, in the terms of hap.py."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_files import random_letters, write_fasta
from vcf_text import Record, calls_of, record, vcf_text

from sciml.variants.compare import compare, inside, summary
from sciml.variants.normalise import Edit
from sciml.variants.regions import Region
from sciml.variants.replay import MAX_STATES, replay
from sciml.variants.vcf import read_vcf

#          1234567890123456789012345678901234567890
LETTERS = "ACGTTGCACACACATTTTTGCAGGCTACGGATCCATTGAC" + random_letters(400, seed=8)
EVERYWHERE = [Region("chr1", 0, len(LETTERS))]


class Text:
    """A reference of one contig, in memory."""

    def __init__(self, letters: str = LETTERS) -> None:
        self.letters = letters

    def fetch(self, contig: str, start: int, end: int) -> str:
        assert 0 <= start <= end <= len(self.letters), "beyond the contig"
        return self.letters[start:end]


def counts(
    folder: Path, truth: Sequence[Record], query: Sequence[Record], confident: Sequence[Region] = EVERYWHERE
) -> dict[str, tuple[int, ...]]:
    """TRUTH.TP, TRUTH.FN, QUERY.TP, QUERY.FP, FP.gt, FP.al of each type."""
    result = compare(calls_of(folder, *truth), calls_of(folder, *query), Text(), confident)
    columns = ["TRUTH.TP", "TRUTH.FN", "QUERY.TP", "QUERY.FP", "FP.gt", "FP.al"]
    return {kind: tuple(int(n) for n in row) for kind, row in summary(result)[columns].iterrows()}  # type: ignore[misc]


NOTHING = (0, 0, 0, 0, 0, 0)

SAME = {
    "two substitutions and a block of two": (
        [(2, "C", "T", "0|1"), (4, "T", "A", "0|1")],
        [(2, "CGT", "TGA", "0/1")],
        {"SNP": (2, 0, 2, 0, 0, 0), "INDEL": NOTHING},
    ),
    "a deletion at either end of a repeat": (
        [(6, "GCA", "G", "1/1")],
        [(12, "ACA", "A", "1/1")],
        {"SNP": NOTHING, "INDEL": (1, 0, 1, 0, 0, 0)},
    ),
    # TAC27 > TC and C28 > CT: a deletion of A27 and an insertion of T after C28 make TCT; as substitutions, A27C, C28T
    "an insertion and a deletion, and two substitutions": (
        [(26, "TA", "T", "0/1"), (28, "C", "CT", "0/1")],
        [(27, "A", "C", "0/1"), (28, "C", "T", "0/1")],
        {"SNP": (0, 0, 2, 0, 0, 0), "INDEL": (2, 0, 0, 0, 0, 0)},
    ),
    "two alternates in one record and in two": (
        [(14, "A", "AT,ATT", "1/2")],
        [(14, "A", "AT", "0/1"), (14, "A", "ATT", "0/1")],
        {"SNP": NOTHING, "INDEL": (2, 0, 2, 0, 0, 0)},
    ),
    "phased and unphased": (
        [(2, "C", "T", "1|0"), (4, "T", "A", "0|1"), (30, "G", "A", "1|1")],
        [(2, "C", "T", "0/1"), (4, "T", "A", "0/1"), (30, "G", "A", "1/1")],
        {"SNP": (3, 0, 3, 0, 0, 0), "INDEL": NOTHING},
    ),
    "homozygous, as one record and as one for each chromosome": (
        [(26, "TA", "T", "1/1")],
        [(26, "TA", "T", "0/1"), (26, "TAC", "TC", "0/1")],
        {"SNP": NOTHING, "INDEL": (1, 0, 2, 0, 0, 0)},
    ),
    # three of T5 and one more, on one chromosome: normalised, both are anchored at A14
    "two deletions of one repeat, and one": (
        [(14, "AT", "A", "0|1"), (16, "TTT", "T", "0|1")],
        [(14, "ATTT", "A", "0/1")],
        {"SNP": NOTHING, "INDEL": (2, 0, 1, 0, 0, 0)},
    ),
}


@pytest.mark.parametrize("name", list(SAME))
def test_the_same_chromosomes_match_however_they_are_written(tmp_path: Path, name: str) -> None:
    truth, query, expected = SAME[name]
    assert counts(tmp_path, truth, query) == expected


def test_a_genotype_error_is_a_false_positive_and_a_false_negative(tmp_path: Path) -> None:
    expected = {"SNP": (0, 1, 0, 1, 1, 0), "INDEL": NOTHING}
    assert counts(tmp_path, [(30, "G", "A", "1/1")], [(30, "G", "A", "0/1")]) == expected
    assert counts(tmp_path, [(30, "G", "A", "0/1")], [(30, "G", "A", "1/1")]) == expected


def test_a_genotype_error_is_seen_through_another_representation(tmp_path: Path) -> None:
    # the pair of the third case above, once homozygous
    truth = [(26, "TA", "T", "1/1"), (28, "C", "CT", "1/1")]
    query = [(27, "A", "C", "0/1"), (28, "C", "T", "0/1")]
    assert counts(tmp_path, truth, query) == {"SNP": (0, 0, 0, 2, 2, 0), "INDEL": (0, 2, 0, 0, 0, 0)}


def test_another_allele_at_the_place_is_an_allele_error(tmp_path: Path) -> None:
    found = counts(tmp_path, [(30, "G", "A", "0/1")], [(30, "G", "T", "0/1")])
    assert found == {"SNP": (0, 1, 0, 1, 0, 1), "INDEL": NOTHING}


def test_an_allele_error_is_near(tmp_path: Path) -> None:
    for distance, near in ((30, 1), (31, 0)):
        letters = LETTERS
        there = 100 + distance
        truth = [(100, letters[99], _other(letters[99]), "0/1")]
        query = [(there, letters[there - 1], _other(letters[there - 1]), "0/1")]
        assert counts(tmp_path, truth, query)["SNP"] == (0, 1, 0, 1, 0, near)


def test_one_of_two_alternates_is_half_right(tmp_path: Path) -> None:
    # truth AT and ATT; called AT on both: AT has a wrong genotype, ATT is missed
    found = counts(tmp_path, [(14, "A", "AT,ATT", "1/2")], [(14, "A", "AT", "1/1")])
    assert found == {"SNP": NOTHING, "INDEL": (0, 2, 0, 1, 1, 0)}
    # called AT on one: right, and ATT is missed
    found = counts(tmp_path, [(14, "A", "AT,ATT", "1/2")], [(14, "A", "AT", "0/1")])
    assert found == {"SNP": NOTHING, "INDEL": (1, 1, 1, 0, 0, 0)}


def test_insertions_at_one_place_do_not_add_up_on_one_chromosome(tmp_path: Path) -> None:
    # T and TT on different chromosomes are not TTT on one
    found = counts(tmp_path, [(14, "A", "AT,ATT", "1/2")], [(14, "A", "ATTT", "0/1")])
    assert found["INDEL"][:4] == (0, 2, 0, 1)


def test_edits_that_undo_each_other_do_not_match_nothing(tmp_path: Path) -> None:
    # an insertion of CA and a deletion of CA in the same repeat leave the reference; the substitution matches
    truth = [(30, "G", "A", "0/1")]
    query = [(6, "G", "GCA", "0/1"), (8, "ACA", "A", "0/1"), (30, "G", "A", "0/1")]
    assert counts(tmp_path, truth, query) == {"SNP": (1, 0, 1, 0, 0, 0), "INDEL": (0, 0, 0, 2, 0, 0)}


def test_a_homozygous_reference_or_missing_genotype_calls_nothing(tmp_path: Path) -> None:
    found = counts(tmp_path, [(30, "G", "A", "0/1")], [(2, "C", "T", "./."), (30, "G", "A", "0/0")])
    assert found == {"SNP": (0, 1, 0, 0, 0, 0), "INDEL": NOTHING}


def test_only_what_lies_in_the_confident_regions_counts(tmp_path: Path) -> None:
    # [29, 30) from 0 is position 30
    truth = [(30, "G", "A", "0/1"), (31, "A", "C", "0/1")]
    query = [(29, "G", "C", "0/1"), (30, "G", "A", "0/1")]
    assert counts(tmp_path, truth, query, [Region("chr1", 29, 30)])["SNP"] == (1, 0, 1, 0, 0, 0)
    assert counts(tmp_path, truth, query, [])["SNP"] == NOTHING


def test_an_indel_counts_where_its_normalised_position_is(tmp_path: Path) -> None:
    # written at 12, normalised to 6
    truth = [(12, "ACA", "A", "0/1")]
    assert counts(tmp_path, truth, truth, [Region("chr1", 5, 6)])["INDEL"][:2] == (1, 0)
    assert counts(tmp_path, truth, truth, [Region("chr1", 6, 20)])["INDEL"][:2] == (0, 0)


def test_overlapping_records_match_themselves(tmp_path: Path) -> None:
    # a deletion on both chromosomes and a substitution inside it cannot be, but both sides say so
    both = [(26, "TACG", "T", "1/1"), (27, "A", "G", "0/1")]
    assert counts(tmp_path, both, [*both, (31, "A", "C", "0/1")]) == {
        "SNP": (1, 0, 1, 1, 0, 0),
        "INDEL": (1, 0, 1, 0, 0, 0),
    }


def test_metrics_are_those_of_the_counts(tmp_path: Path) -> None:
    truth = [(at, LETTERS[at - 1], _other(LETTERS[at - 1]), "0/1") for at in (60, 120, 180, 240)]
    query = [truth[0], truth[1], truth[2], (300, LETTERS[299], _other(LETTERS[299]), "0/1"), (360, "N", "A", "0/1")]
    result = compare(calls_of(tmp_path, *truth), calls_of(tmp_path, *query), Text(), EVERYWHERE)
    row = summary(result).loc["SNP"]
    # 3 of 4 found; 3 of 5 right; harmonic mean 2 * 0.75 * 0.6 / 1.35
    assert (row["METRIC.Recall"], row["METRIC.Precision"]) == (0.75, 0.6)
    assert row["METRIC.F1_Score"] == pytest.approx(0.9 / 1.35)


def test_nothing_against_nothing_has_no_metrics(tmp_path: Path) -> None:
    nothing = calls_of(tmp_path)
    row = summary(compare(nothing, nothing, Text(), EVERYWHERE)).loc["INDEL"]
    assert row["TRUTH.TOTAL"] == 0
    assert np.isnan(row["METRIC.F1_Score"])


def test_inside_is_half_open_and_by_contig() -> None:
    regions = [Region("a", 10, 20), Region("b", 0, 5), Region("a", 15, 30)]
    found = inside(["a", "a", "a", "a", "b", "b", "c"], np.array([10, 11, 30, 31, 1, 6, 12]), regions)
    assert found.tolist() == [False, True, True, False, True, False, False]


def _other(base: str) -> str:
    return "ACGT"[("ACGT".index(base) + 1) % 4]


# the same two chromosomes in two ways: edit by edit, and as one record for a whole stretch


@st.composite
def diplotypes(draw: st.DrawFn) -> tuple[str, list[tuple[Edit, tuple[bool, bool]]]]:
    """A short repetitive reference, and edits on its chromosomes that do not touch."""
    letters = "G" + draw(st.text("AC", min_size=24, max_size=24)) + "T"
    edits, at = [], 1
    while at < 22 and len(edits) < 4:
        at += draw(st.integers(0, 5))
        length = draw(st.integers(0, 3))
        bases = draw(st.text("ACT", max_size=3))
        if at + length < 24 and letters[at : at + length] != bases:
            where = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
            edits.append((Edit(at, at + length, bases), where))
        at += length + 1
    return letters, edits


@settings(max_examples=60, deadline=None)
@given(diplotypes())
def test_one_record_for_a_stretch_matches_the_edits_that_it_is_made_of(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[str, list[tuple[Edit, tuple[bool, bool]]]]
) -> None:
    letters, edits = made
    folder = tmp_path_factory.mktemp("diplotypes")
    each = [
        (e.start, letters[e.start - 1 : e.end], letters[e.start - 1] + e.bases, f"{int(w[0])}|{int(w[1])}")
        for e, w in edits
    ]
    haplotypes = [_applied(letters, [e for e, where in edits if where[number]]) for number in (0, 1)]
    alts = sorted(set(haplotypes) - {letters})
    gt = "/".join(str(0 if h == letters else alts.index(h) + 1) for h in haplotypes)
    whole = [(1, letters, ",".join(alts), gt)] if alts else []
    result = compare(calls_of(folder, *each), calls_of(folder, *whole), Text(letters), [Region("chr1", 0, 26)])
    assert result.query["matched"].all()
    # what did not match are edits that undo each other: without them the chromosomes are the same
    for number in (0, 1):
        right = [
            Edit(row.start, row.end, row.bases)
            for row in result.truth[result.truth["matched"]].itertuples()
            if edits[row.record][1][number]
        ]
        assert _applied(letters, right) == haplotypes[number]


def _applied(letters: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        letters = letters[: edit.start] + edit.bases + letters[edit.end :]
    return letters


# substitutions with insertions, or with deletions: no two of them undo each other, so that the best is what it seems
substitution = st.builds(lambda at, base: Edit(at, at + 1, base), st.integers(1, 6), st.sampled_from("AC"))
insertion = st.builds(lambda at, bases: Edit(at, at, bases), st.integers(1, 6), st.text("AC", min_size=1, max_size=2))
deletion = st.builds(lambda at, bp: Edit(at, at + bp, ""), st.integers(1, 6), st.integers(1, 2))


@st.composite
def variants(draw: st.DrawFn) -> tuple[str, list[list[tuple[Edit, int]]]]:
    letters = draw(st.text("AC", min_size=9, max_size=9))
    some = substitution | draw(st.sampled_from([insertion, deletion]))
    changing = some.filter(lambda edit: letters[edit.start : edit.end] != edit.bases)
    side = st.lists(st.tuples(changing, st.integers(1, 2)), max_size=3)
    return letters, [draw(side), draw(side)]


@settings(max_examples=150, deadline=None)
@given(variants())
def test_replay_uses_as_many_variants_as_trying_everything(
    made: tuple[str, list[list[tuple[Edit, int]]]],
) -> None:
    letters, (truth, query) = made
    used = replay(truth, query, letters, 0)
    assert len(used[0]) + len(used[1]) == _brute_force(letters, truth, query)
    spelt = [_all_haplotypes(letters, [s[n] for n in sorted(u)]) for s, u in zip((truth, query), used, strict=True)]
    assert spelt[0] & spelt[1], "the variants that it used do not make the same haplotypes"


def _all_haplotypes(letters: str, variants: Sequence[tuple[Edit, int]]) -> set[tuple[str, ...]]:
    """Unordered pairs of haplotypes under every phase in which the edits fit beside each other."""
    pairs = set()
    choices = [[(True, True)] if copies == 2 else [(True, False), (False, True)] for _, copies in variants]
    for phases in product(*choices):
        chosen = [[e for (e, _), p in zip(variants, phases, strict=True) if p[side]] for side in (0, 1)]
        if all(_fit(edits) for edits in chosen):
            pairs.add(tuple(sorted(_applied(letters, edits) for edits in chosen)))
    return pairs


def _fit(edits: Sequence[Edit]) -> bool:
    ordered = sorted(edits)
    return all(
        first.end <= second.start and not (first.start == second.start and first.is_indel and second.is_indel)
        for first, second in pairwise(ordered)
    )


def _brute_force(letters: str, truth: Sequence[tuple[Edit, int]], query: Sequence[tuple[Edit, int]]) -> int:
    made = [
        [
            (_all_haplotypes(letters, [v for v, keep in zip(side, kept, strict=True) if keep]), sum(kept))
            for kept in product((False, True), repeat=len(side))
        ]
        for side in (truth, query)
    ]
    return max(n + m for pairs, n in made[0] for others, m in made[1] if pairs & others)


def test_a_long_cluster_is_replayed_in_bounded_time() -> None:
    letters = random_letters(2_000, seed=4)
    snps = [(Edit(at, at + 1, _other(letters[at])), 1) for at in range(10, 1_990, 10)]
    # the last substitution as a deletion and an insertion, so that the cluster has to be replayed
    at = 1_995
    block = [(Edit(at, at + 1, ""), 1), (Edit(at + 1, at + 1, _other(letters[at])), 1)]
    used = replay([*snps, (Edit(at, at + 1, _other(letters[at])), 1)], [*snps, *block], letters, 0)
    assert (len(used[0]), len(used[1])) == (len(snps) + 1, len(snps) + 2)
    assert MAX_STATES >= 1_000


def test_it_agrees_with_vcfeval_or_hap_py_where_there_is_one(tmp_path: Path) -> None:
    rtg = shutil.which("rtg")
    if rtg is None:
        pytest.skip("rtg (vcfeval) is not installed")
    letters = random_letters(20_000, seed=2)
    fasta = write_fasta(tmp_path / "ref.fa", {"chr1": letters})
    truth, query = _random_calls(letters, seed=1), _random_calls(letters, seed=1, noise=0.2)
    for name, rows in (("truth", truth), ("query", query)):
        (tmp_path / f"{name}.vcf").write_text(vcf_text([record(*row) for row in rows], bp=len(letters)))
        pysam.tabix_index(str(tmp_path / f"{name}.vcf"), preset="vcf")
    subprocess.run([rtg, "format", "-o", str(tmp_path / "sdf"), str(fasta)], check=True, capture_output=True)
    command = [rtg, "vcfeval", "-b", str(tmp_path / "truth.vcf.gz"), "-c", str(tmp_path / "query.vcf.gz")]
    subprocess.run(
        [*command, "-t", str(tmp_path / "sdf"), "-o", str(tmp_path / "eval"), "--decompose"],
        check=True,
        capture_output=True,
    )
    theirs = [len(read_vcf(tmp_path / "eval" / f"{name}.vcf.gz")) for name in ("tp-baseline", "fn", "tp", "fp")]
    result = compare(
        read_vcf(tmp_path / "truth.vcf.gz"),
        read_vcf(tmp_path / "query.vcf.gz"),
        Text(letters),
        [Region("chr1", 0, 20_000)],
    )
    ours = [int((side["matched"] == right).sum()) for side in (result.truth, result.query) for right in (True, False)]
    assert ours == theirs


def _random_calls(letters: str, seed: int, noise: float = 0.0) -> list[Record]:
    rng, wrong = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    rows: list[Record] = []
    for at in range(50, len(letters) - 50, 40):
        kind, gt = rng.choice(["snp", "ins", "del"]), str(rng.choice(["0/1", "1/1"]))
        if wrong.random() < noise:
            if wrong.random() < 0.5:
                continue
            gt = "0/1" if gt == "1/1" else "1/1"
        ref = letters[at - 1]
        if kind == "snp":
            rows.append((at, ref, _other(ref), gt))
        elif kind == "ins":
            rows.append((at, ref, ref + _other(letters[at]), gt))
        else:
            rows.append((at, letters[at - 1 : at + 1], ref, gt))
    return rows


def test_frames_keep_their_columns_when_there_is_nothing(tmp_path: Path) -> None:
    result = compare(calls_of(tmp_path), calls_of(tmp_path, (30, "G", "A", "0/1")), Text(), EVERYWHERE)
    assert isinstance(result.truth, pd.DataFrame)
    assert list(result.truth.columns) == list(result.query.columns)
    assert result.query["matched"].tolist() == [False]
