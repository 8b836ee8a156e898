"""Reads as an instrument makes them: depth, fragments, qualities, errors, slips and copies."""

import numpy as np
import pytest

from sciml.variants.instruments import Instrument, instrument
from sciml.variants.molecules import PESSIMISM
from sciml.variants.sequencer import Library, Template, coverage_along, library, sequence
from sciml.variants.settings import SimulateSettings

CLEAN = SimulateSettings(duplicates=0, chimeras=0, stutter=0)
LETTERS = np.random.default_rng(1).choice(np.frombuffer(b"ACGT", np.uint8), 100_000)


def sequenced(wanted: SimulateSettings, letters: np.ndarray = LETTERS, depth: float = 30, seed: int = 2) -> Library:
    whole = Template(letters, 0, len(letters), 1.0)
    return library([whole], depth, wanted, instrument("hiseq2000"), np.random.default_rng(seed))


def forward(made: Library, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Letters and qualities of the reads at the left end of each fragment, in the direction of the template."""
    reads = sequence(made, 0, count)
    which = made.fragments.reverse[:count].astype(int)
    return reads[np.arange(count), which, :, 0], reads[np.arange(count), which, :, 1].astype(int) - 33


@pytest.fixture(scope="module")
def clean() -> Library:
    return sequenced(CLEAN)


def test_the_depth_is_the_one_asked_for(clean: Library) -> None:
    # 30 * 100000 / 202 = 14851 pairs, standard deviation 122; a few run over the end
    bases = 2 * 101 * len(clean.fragments.start)
    assert bases / len(LETTERS) == pytest.approx(30, rel=0.05)


@pytest.mark.parametrize(
    ("name", "length", "median"), [("hiseq2000", 101, 320), ("hiseqx", 151, 385), ("novaseq", 151, 430)]
)
def test_an_instrument_has_its_read_and_fragment_lengths(name: str, length: int, median: float) -> None:
    machine: Instrument = instrument(name)
    assert machine.qualities.shape[:2] == (2, length)
    assert np.median(machine.fragment_lengths(10_000, np.random.default_rng(1))) == pytest.approx(median, rel=0.02)


def test_binned_instruments_know_their_bins_only() -> None:
    assert set(np.unique(instrument("novaseq").qualities)) == {2, 12, 23, 37}
    assert set(np.unique(instrument("hiseqx").qualities)) == {2, 5, 6, 10, 20, 30}


def test_qualities_of_hiseq2000_have_the_measured_means(clean: Library) -> None:
    # NA12878, Platinum Genomes: 37.0 and 36.6, at the first cycle 32.7, at the last 30.6 and 32.0
    phred = sequence(clean, 0, 10_000)[..., 1].astype(int) - 33
    assert phred[:, 0].mean() == pytest.approx(37.0, abs=0.7)
    assert phred[:, 1].mean() == pytest.approx(36.6, abs=0.7)
    assert phred[:, 0, 0].mean() == pytest.approx(32.7, abs=0.7)
    assert phred[:, 0, -1].mean() == pytest.approx(30.6, abs=1.0)


def test_errors_are_as_frequent_as_the_qualities_say(clean: Library) -> None:
    count = 14_000
    letters, phred = forward(clean, count)
    places = clean.fragments.start[:count, None] + np.arange(101)
    wrong = (letters != LETTERS[places]) & (letters != ord("N"))
    kept = wrong.sum(1) < 20  # a skipped base shifts the rest of a read: three reads in a thousand
    called = kept[:, None] & (letters != ord("N"))
    expected = PESSIMISM * (10.0 ** (-phred / 10)) * called
    # on top come the chemistry of contexts, failing tails and shifted read ends
    assert 1.0 < wrong[kept].sum() / expected.sum() < 1.25


def test_low_qualities_err_as_often_as_they_say(clean: Library) -> None:
    letters, phred = forward(clean, 14_000)
    wrong = letters != LETTERS[clean.fragments.start[:14_000, None] + np.arange(101)]
    for quality in (10, 15, 20):
        at = phred == quality
        rate = PESSIMISM * 10 ** (-quality / 10)
        assert wrong[at].mean() == pytest.approx(rate, abs=0.005 + 4 * np.sqrt(rate / at.sum()))


def test_reads_do_not_depend_on_the_batch(clean: Library) -> None:
    assert (sequence(clean, 0, 100)[60:] == sequence(clean, 60, 100)).all()


def test_the_second_read_is_the_other_end_on_the_other_strand(clean: Library) -> None:
    reads = sequence(clean, 0, 200)[..., 0]
    fragments = clean.fragments
    complement = {65: 84, 67: 71, 71: 67, 84: 65, 78: 78}
    for i in np.nonzero(~fragments.reverse[:200])[0]:
        end = fragments.start[i] + fragments.length[i]
        ahead = np.array([complement[base] for base in reads[i, 1].tolist()])[::-1]
        assert (reads[i, 0] == LETTERS[fragments.start[i] : fragments.start[i] + 101]).mean() > 0.5
        assert (ahead == LETTERS[end - 101 : end]).mean() > 0.5


def test_copies_are_exactly_the_share_asked_for_and_share_their_molecule() -> None:
    made = sequenced(SimulateSettings(duplicates=0.2, chimeras=0, stutter=0))
    fragments = made.fragments
    assert fragments.duplicate.mean() == pytest.approx(0.2, abs=1e-4)
    assert set(fragments.molecule[fragments.duplicate]) <= set(fragments.molecule[~fragments.duplicate])
    assert len(np.unique(fragments.key)) == len(fragments.key)


def test_the_polymerase_slips_in_long_homopolymers_more_often_to_fewer_bases() -> None:
    left, right = LETTERS[:2_000], LETTERS[2_000:4_000]
    letters = np.concatenate([left, np.full(18, ord("A"), np.uint8), right])
    letters[[1_999, 2_018]] = ord("C")
    made = sequenced(SimulateSettings(duplicates=0, chimeras=0), letters, depth=3_000)
    reads, _ = forward(made, len(made.fragments.start))
    first = 2_000 - made.fragments.start  # where the tract begins in each read
    inside = (first > 10) & (first < 60)
    behind = letters[2_018:2_038]
    changes = np.arange(-4, 5)
    alike = [
        [(read[at + 18 + c :][:20] == behind).sum() for c in changes]
        for read, at in zip(reads[inside], first[inside], strict=True)
    ]
    lengths = 18 + changes[np.argmax(alike, axis=1)]
    assert len(lengths) > 150
    # 0.003 * exp(0.45 * (18 - 10)) = 0.11
    assert (lengths != 18).mean() == pytest.approx(0.11, abs=0.045)
    assert (lengths < 18).sum() > (lengths > 18).sum()


def test_without_stutter_no_molecule_slips() -> None:
    assert sequenced(CLEAN, np.full(5_000, ord("A"), np.uint8)).slips.start.size == 0


def test_no_read_meets_an_unknown_stretch() -> None:
    letters = LETTERS[:20_000].copy()
    letters[10_000:10_500] = ord("N")
    made = sequenced(CLEAN, letters)
    for start, length in zip(made.fragments.start, made.fragments.length, strict=True):
        assert not (letters[start : start + 101] == ord("N")).any()
        assert not (letters[start + length - min(101, length) : start + length] == ord("N")).any()


def test_a_short_fragment_is_read_into_the_adapter() -> None:
    made = sequenced(CLEAN)
    short = made.fragments._replace(
        length=np.full_like(made.fragments.length, 60), joint=np.full_like(made.fragments.joint, 60)
    )
    reads = sequence(made._replace(fragments=short), 0, 200)[:, 0, :, 0]
    adapter = np.frombuffer(b"AGATCGGAAGAGC", np.uint8)
    assert (reads[:, 60:73] == adapter).mean() > 0.97


def test_chimeras_have_the_share_asked_for_and_go_on_elsewhere() -> None:
    fragments = sequenced(SimulateSettings(chimeras=0.1)).fragments
    assert (fragments.joint < fragments.length).mean() == pytest.approx(0.1, abs=0.01)


def test_expected_coverage_falls_with_gc_content() -> None:
    rng = np.random.default_rng(4)
    poor = rng.choice(np.frombuffer(b"AATTACGT", np.uint8), 50_000)
    rich = rng.choice(np.frombuffer(b"GGCCGACT", np.uint8), 50_000)
    assert (
        coverage_along(rich, np.random.default_rng(5)).mean()
        < 0.8 * coverage_along(poor, np.random.default_rng(5)).mean()
    )
