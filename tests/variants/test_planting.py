"""The planted truth: rates, spectra, representation, and haplotypes that equal the VCF."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.variants.alleles import Change, Variant, haplotypes, left_aligned
from sciml.variants.genome import generate, upper
from sciml.variants.planting import plant
from sciml.variants.settings import SimulateSettings
from sciml.variants.tandem import find_tracts

TRANSITIONS = {"AG", "GA", "CT", "TC"}


@pytest.fixture(scope="module")
def letters() -> np.ndarray:
    return upper(generate(2_000_000, np.random.default_rng(5))["chr1s"])


@pytest.fixture(scope="module")
def variants(letters: np.ndarray) -> list[Variant]:
    return plant(letters, SimulateSettings(), np.random.default_rng(6))


def applied(text: str, variants: list[Variant], which: int) -> str:
    """One haplotype, made from the last record to the first, so that positions stay valid."""
    for variant in reversed(variants):
        allele = variant.genotype[which]
        if allele:
            assert text[variant.position : variant.position + len(variant.ref)] == variant.ref
            text = text[: variant.position] + variant.alts[allele - 1] + text[variant.position + len(variant.ref) :]
    return text


def is_substitution(variant: Variant) -> bool:
    return len(variant.ref) == 1 and all(len(alt) == 1 for alt in variant.alts)


def test_the_haplotypes_are_the_reference_with_the_records_applied(letters: np.ndarray) -> None:
    part = letters[2_000:52_000]
    planted = plant(part, SimulateSettings(snps_per_kb=10, indels_per_kb=5), np.random.default_rng(7))
    for which, haplotype in enumerate(haplotypes(part, planted)):
        assert haplotype.tobytes().decode() == applied(part.tobytes().decode(), planted, which)


def test_the_density_is_the_one_asked_for(letters: np.ndarray, variants: list[Variant]) -> None:
    snps = sum(map(is_substitution, variants))
    # 1.2 Mb: 1200 substitutions with a standard deviation of 35, a few lost to neighbours; 240 indels with 15
    assert abs(snps - 1_200) < 150
    assert abs(len(variants) - snps - 240) < 60


def test_transitions_are_twice_as_common_as_transversions(letters: np.ndarray) -> None:
    many = plant(letters, SimulateSettings(snps_per_kb=3, indels_per_kb=0), np.random.default_rng(8))
    single = [v.ref + v.alts[0] for v in many if len(v.alts) == 1]
    share = np.mean([change in TRANSITIONS for change in single])
    # 2.1 / 3.1 = 0.677; four standard deviations of n = 3500 are 0.032
    assert share == pytest.approx(2.1 / 3.1, abs=0.032)


def test_cpg_sites_mutate_more_often(letters: np.ndarray) -> None:
    many = plant(letters, SimulateSettings(snps_per_kb=3, indels_per_kb=0), np.random.default_rng(9))
    text = letters.tobytes().decode()
    at_cpg = np.mean(
        [text[v.position - 1 : v.position + 1] == "CG" or text[v.position : v.position + 2] == "CG" for v in many]
    )
    assert at_cpg > 4 * 2 * text.count("CG") / len(text)


def test_genotypes_have_the_shares_asked_for(variants: list[Variant]) -> None:
    n = len(variants)
    homozygous = np.mean([v.genotype == (1, 1) for v in variants if len(v.alts) == 1])
    assert homozygous == pytest.approx(0.38, abs=4 * np.sqrt(0.38 * 0.62 / n))
    assert np.mean([len(v.alts) == 2 for v in variants]) == pytest.approx(0.02, abs=4 * np.sqrt(0.02 * 0.98 / n))
    heterozygous = [v.genotype for v in variants if 0 in v.genotype]
    assert np.mean([genotype == (1, 0) for genotype in heterozygous]) == pytest.approx(0.5, abs=0.08)


def test_indel_lengths_fall_off_with_a_heavy_tail(letters: np.ndarray) -> None:
    many = plant(letters, SimulateSettings(snps_per_kb=0, indels_per_kb=1.5), np.random.default_rng(10))
    lengths = np.array([abs(len(v.alts[0]) - len(v.ref)) for v in many])
    assert 0.38 < (lengths == 1).mean() < 0.55
    assert (lengths == 2).mean() > 2 * (lengths == 3).mean()
    assert (lengths > 10).mean() > 0.01
    assert lengths.max() <= 50


def test_no_two_records_overlap_on_a_haplotype(letters: np.ndarray) -> None:
    crowded = plant(letters[:200_000], SimulateSettings(snps_per_kb=30, indels_per_kb=10), np.random.default_rng(11))
    for which in (0, 1):
        free = 0
        for variant in crowded:
            if variant.genotype[which]:
                assert variant.position >= free
                free = variant.position + len(variant.ref)
    positions = [variant.position for variant in crowded]
    assert len(set(positions)) == len(positions)


def test_some_variants_are_close_neighbours(variants: list[Variant]) -> None:
    gaps = np.diff([variant.position for variant in variants])
    # independent sites 830 bases apart on average would give 1440 * 10 / 830 = 17
    assert (gaps <= 10).sum() > 25


def test_records_are_parsimonious_and_left_aligned(letters: np.ndarray, variants: list[Variant]) -> None:
    for _, ref, alts, _ in variants:
        assert len({ref, *alts}) == 1 + len(alts)
        if any(len(alt) != len(ref) for alt in alts):
            assert min(map(len, (ref, *alts))) == 1
            # the alleles do not all end in one letter: else the record could move to the left
            assert len({allele[-1] for allele in (ref, *alts)}) > 1
            assert all(allele[0] == ref[0] for allele in alts)
        else:
            assert len(ref) == 1


def test_nothing_touches_an_unknown_base() -> None:
    text = np.frombuffer((b"ACGTTGCA" * 40 + b"N" * 20) * 60, np.uint8)
    planted = plant(text, SimulateSettings(snps_per_kb=50, indels_per_kb=50), np.random.default_rng(12))
    assert planted
    for variant in planted:
        reach = text[variant.position - 1 : variant.position + len(variant.ref) + 1]
        assert not (reach == ord("N")).any()


def test_with_a_repeat_share_of_one_every_indel_changes_a_repeat_by_whole_units(letters: np.ndarray) -> None:
    only = SimulateSettings(snps_per_kb=0, indels_per_kb=0.5, repeat_share=1.0, multiallelic=0)
    found = find_tracts(letters)
    units = dict(zip(found.start.tolist(), found.unit.tolist(), strict=True))
    for position, ref, alts, _ in plant(letters, only, np.random.default_rng(13)):
        length = abs(len(alts[0]) - len(ref))
        nearby = [units[start] for start in range(position - 6, position + 8) if start in units]
        assert any(length % unit == 0 for unit in nearby)


def test_long_repeats_change_more_often(letters: np.ndarray) -> None:
    found = find_tracts(letters)
    length = found.end - found.start
    only = SimulateSettings(snps_per_kb=0, indels_per_kb=0.5, repeat_share=1.0)
    hit = {v.position + 1 for v in plant(letters, only, np.random.default_rng(14))}
    changed = np.array([start in hit for start in found.start.tolist()])
    homopolymer = found.unit == 1
    assert changed[homopolymer & (length >= 12)].mean() > 8 * changed[homopolymer & (length <= 5)].mean()


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        # GCAAAT: deleting the last A is deleting the first
        ("GCAAAT", Change(4, 5, b""), Change(2, 3, b"")),
        # inserting A after the run is inserting it before
        ("GCAAAT", Change(5, 5, b"A"), Change(2, 2, b"A")),
        # inserting AC before the last A of CACA is inserting CA before it all
        ("GCACAT", Change(4, 4, b"AC"), Change(1, 1, b"CA")),
        ("GCTAT", Change(2, 3, b""), Change(2, 3, b"")),
    ],
)
def test_a_change_moves_to_its_leftmost_place(text: str, change: Change, expected: Change) -> None:
    assert left_aligned(np.frombuffer(text.encode(), np.uint8), change) == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_any_seed_gives_haplotypes_that_equal_the_records(seed: int) -> None:
    rng = np.random.default_rng(seed)
    part = rng.choice(np.frombuffer(b"AAACGT", np.uint8), 1_500)
    planted = plant(part, SimulateSettings(snps_per_kb=40, indels_per_kb=40, multiallelic=0.3), rng)
    for which, haplotype in enumerate(haplotypes(part, planted)):
        assert haplotype.tobytes().decode() == applied(part.tobytes().decode(), planted, which)
