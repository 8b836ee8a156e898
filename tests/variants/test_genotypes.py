"""Genotypes from the network's answers about images."""

import numpy as np
import pytest

from sciml.variants.calls import call_record
from sciml.variants.examples import Candidate
from sciml.variants.genotypes import Genotyped, genotype, genotypes_of, make_consistent, phred


def site(position: int = 99, ref: str = "A", alts: tuple[str, ...] = ("G",)) -> Candidate:
    return Candidate("chr1", position, ref, alts, depth=20, counts=(10, *(5 for _ in alts)))


def test_genotypes_stand_in_the_order_of_the_vcf_standard() -> None:
    # F(j/k) = k(k+1)/2 + j
    assert genotypes_of(2) == [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]


def test_one_alternate_has_the_probabilities_of_its_image() -> None:
    called = genotype(site(), [(0,)], np.array([[0.1, 0.7, 0.2]]))
    assert called.chosen == (0, 1)
    np.testing.assert_allclose(called.probabilities, [0.1, 0.7, 0.2], rtol=1e-6)


def test_two_alternates_with_one_copy_each_are_heterozygous_for_both() -> None:
    one = [0.01, 0.98, 0.01]
    both = [0.01, 0.01, 0.98]
    called = genotype(site(alts=("G", "T")), [(0,), (1,), (0, 1)], np.array([one, one, both]))
    assert called.chosen == (1, 2)


def test_a_pair_image_outvotes_a_doubtful_single_image() -> None:
    # alternate 1 is surely het; alternate 2 is undecided alone; the pair says there is one copy in all
    answers = np.array([[0.02, 0.96, 0.02], [0.5, 0.5, 0.0], [0.02, 0.96, 0.02]])
    assert genotype(site(alts=("G", "T")), [(0,), (1,), (0, 1)], answers).chosen == (0, 1)


def test_probabilities_add_up_to_one_and_do_not_depend_on_the_order_of_images() -> None:
    rng = np.random.default_rng(5)
    answers = rng.dirichlet([1, 1, 1], size=3)
    sets = [(0,), (1,), (0, 1)]
    forward = genotype(site(alts=("G", "T")), sets, answers)
    backward = genotype(site(alts=("G", "T")), sets[::-1], answers[::-1])
    assert forward.probabilities.sum() == pytest.approx(1)
    np.testing.assert_allclose(forward.probabilities, backward.probabilities)


def test_phred_of_one_in_a_thousand_is_thirty_and_certainty_is_capped() -> None:
    assert phred(0.001) == pytest.approx(30)
    assert phred(0.0) == 99


def test_a_snp_under_a_homozygous_deletion_gives_way_to_it() -> None:
    deletion = Genotyped(site(99, "ACC", ("A",)), np.array([1e-9, 1e-3, 0.999]), (1, 1))
    snp = Genotyped(site(100, "C", ("T",)), np.array([0.3, 0.6, 0.1]), (0, 1))
    # homozygous deletion and no SNP: 0.999 x 0.3; het deletion and het SNP: 0.001 x 0.6
    assert [called.chosen for called in make_consistent([deletion, snp])] == [(1, 1), (0, 0)]


def test_two_overlapping_heterozygous_sites_fit_on_two_chromosomes() -> None:
    deletion = Genotyped(site(99, "ACC", ("A",)), np.array([0.0, 0.9, 0.1]), (0, 1))
    snp = Genotyped(site(100, "C", ("T",)), np.array([0.1, 0.8, 0.1]), (0, 1))
    assert [called.chosen for called in make_consistent([deletion, snp])] == [(0, 1), (0, 1)]


def test_a_snp_at_the_anchor_of_a_deletion_does_not_overlap_it() -> None:
    snp = Genotyped(site(99, "A", ("T",)), np.array([0.0, 0.1, 0.9]), (1, 1))
    deletion = Genotyped(site(99, "ACC", ("A",)), np.array([0.0, 0.1, 0.9]), (1, 1))
    assert [called.chosen for called in make_consistent([snp, deletion])] == [(1, 1), (1, 1)]


def test_a_record_drops_the_alternate_that_nobody_carries_and_trims_what_is_left() -> None:
    # of ref ACC with alternates A (a deletion) and ATC (a substitution) only the substitution is carried
    called = Genotyped(
        Candidate("chr1", 99, "ACC", ("A", "ATC"), 20, (9, 2, 9)),
        np.array([0.001, 0.001, 0.001, 0.99, 0.004, 0.003]),
        (0, 2),
    )
    record = call_record(called, min_qual=3.0)
    assert (record["position"], record["ref"], record["alts"], record["gt"]) == (101, "C", "T", "0/1")
    assert record["ad"] == "9,9"
    assert record["qual"] == pytest.approx(30)  # -10 log10(0.001)
    assert record["gq"] == 20  # -10 log10(1 - 0.99)
    # over 0/0, 0/2 and 2/2 alone: 0.001, 0.99 and 0.003
    # -> -10 log10(0.001 / 0.99) = 29.96, -10 log10(0.003 / 0.99) = 25.2
    assert record["pl"] == "30,0,25"


def test_a_site_without_a_variant_says_refcall_and_keeps_its_alternate() -> None:
    record = call_record(Genotyped(site(), np.array([0.9, 0.09, 0.01]), (0, 0)), min_qual=3.0)
    assert (record["filter"], record["gt"], record["alts"]) == ("RefCall", "0/0", "G")
    assert record["qual"] == pytest.approx(0.46)  # -10 log10(0.9)


def test_a_weak_call_says_lowqual() -> None:
    record = call_record(Genotyped(site(), np.array([0.45, 0.5, 0.05]), (0, 1)), min_qual=5.0)
    assert record["filter"] == "LowQual"  # -10 log10(0.45) = 3.5
