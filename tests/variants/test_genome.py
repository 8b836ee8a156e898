"""The invented genome resembles a human one where it matters to a variant caller."""

from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sciml.variants.genome import diverge, generate, reverse_complement, upper, write_fasta
from sciml.variants.tandem import find_tracts

BASES = 500_000


@pytest.fixture(scope="module")
def genome() -> dict[str, np.ndarray]:
    return generate(BASES, np.random.default_rng(1))


@pytest.fixture(scope="module")
def text(genome: dict[str, np.ndarray]) -> str:
    return "".join(upper(letters).tobytes().decode() for letters in genome.values())


def test_the_contigs_together_have_the_bases_asked_for(genome: dict[str, np.ndarray]) -> None:
    assert list(genome) == ["chr1s", "chr2s"]
    assert sum(map(len, genome.values())) == BASES


def test_the_same_seed_gives_the_same_genome(genome: dict[str, np.ndarray]) -> None:
    again = generate(BASES, np.random.default_rng(1))
    assert all((again[name] == genome[name]).all() for name in genome)


def test_gc_content_and_cpg_are_those_of_human_sequence(text: str) -> None:
    c, g = text.count("C"), text.count("G")
    assert 0.36 < (c + g) / len(text) < 0.50
    # observed over expected CpG is 0.2 to 0.3 in the human genome, 1 in random letters
    assert 0.15 < text.count("CG") * len(text) / (c * g) < 0.40


def test_long_homopolymers_are_as_frequent_as_in_human_sequence(text: str) -> None:
    found = find_tracts(np.frombuffer(text.encode(), np.uint8))
    long = (found.unit == 1) & (found.end - found.start >= 10)
    # 590 per megabase in GRCh38 chr20:2-4 Mb
    assert 300 < long.sum() / (BASES / 1e6) < 1_200


def test_there_are_repeats_unknown_bases_and_soft_masked_letters(genome: dict[str, np.ndarray]) -> None:
    letters = genome["chr1s"]
    assert (letters == ord("N")).sum() == 1_500
    assert 0.1 < (letters >= ord("a")).mean() < 0.7


def test_some_places_are_young_copies_of_others(text: str) -> None:
    words = [text[i : i + 32] for i in range(len(text) - 32)]
    # N and tandem repeats give some hundred of the 500,000 words twice; 3 % of young copies give thousands
    assert len(words) - len(set(words)) > 4_000


def test_divergence_changes_the_share_asked_for() -> None:
    rng = np.random.default_rng(3)
    letters = rng.choice(np.frombuffer(b"ACGT", np.uint8), 100_000)
    copy = diverge(letters, 0.05, rng, indel_share=0.0)
    # 5000 expected, standard deviation 69
    assert abs(int((copy != letters).sum()) - 5_000) < 350


@given(st.text("ACGTNacgt", max_size=50))
def test_the_reverse_complement_undoes_itself(text: str) -> None:
    letters = np.frombuffer(text.encode(), np.uint8)
    assert (reverse_complement(reverse_complement(letters)) == letters).all()


def test_a_written_fasta_reads_back_with_its_case(tmp_path: Path) -> None:
    letters = np.frombuffer(b"ACGTNNacgt" * 13, np.uint8)
    write_fasta({"one": letters, "two": letters[:7]}, tmp_path / "x.fa")
    with pysam.FastaFile(str(tmp_path / "x.fa")) as fasta:
        assert fasta.fetch("one") == letters.tobytes().decode()
        assert fasta.fetch("two") == "ACGTNNa"
