"""Labels of images against a truth."""

import pandas as pd

from sciml.variants.examples import Candidate
from sciml.variants.label import labels, truth_of
from sciml.variants.normalise import trimmed
from sciml.variants.regions import Region


def records(*rows: tuple[int, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["position", "ref", "alts", "gt"])


WHOLE = [Region("chr1", 0, 1_000)]


def candidate(position: int, ref: str, *alts: str) -> Candidate:
    return Candidate("chr1", position, ref, alts, 20, (10, *(5 for _ in alts)))


def test_a_label_is_the_number_of_true_copies() -> None:
    truth = truth_of(records((101, "A", "G", "0/1"), (201, "C", "T", "1|1")), WHOLE)
    sites = [candidate(100, "A", "G"), candidate(200, "C", "T"), candidate(300, "G", "A")]
    assert labels(sites, [(0, (0,)), (1, (0,)), (2, (0,))], truth) == [1, 2, 0]


def test_a_pair_of_alternates_counts_both() -> None:
    truth = truth_of(records((101, "A", "G,T", "1/2")), WHOLE)
    sites = [candidate(100, "A", "G", "T")]
    assert labels(sites, [(0, (0,)), (0, (1,)), (0, (0, 1))], truth) == [1, 1, 2]


def test_alleles_with_a_common_reference_match_their_trimmed_selves() -> None:
    # ACC>A and, at the same site, A>G written over the longer reference: ACC>GCC
    truth = truth_of(records((101, "A", "G", "0/1")), WHOLE)
    assert labels([candidate(100, "ACC", "A", "GCC")], [(0, (0,)), (0, (1,))], truth) == [0, 1]
    assert trimmed(100, "ACC", "GCC") == (100, "A", "G")


def test_a_site_outside_the_confident_regions_has_no_label() -> None:
    truth = truth_of(records((101, "A", "G", "0/1")), [Region("chr1", 0, 100), Region("chr1", 150, 400)])
    sites = [candidate(100, "A", "G"), candidate(200, "A", "G"), candidate(399, "AT", "A")]
    assert labels(sites, [(0, (0,)), (1, (0,)), (2, (0,))], truth) == [None, 0, None]


def test_a_site_near_a_true_variant_that_was_not_found_has_no_label() -> None:
    truth = truth_of(records((111, "ATT", "A", "0/1")), WHOLE)
    sites = [candidate(100, "A", "G"), candidate(140, "A", "G")]
    # 100 is within 20 bases of 110; 140 is 27 from the end (113) of the lost deletion
    assert labels(sites, [(0, (0,)), (1, (0,))], truth) == [None, 0]
