"""Do two sets of variants make the same two chromosomes, however each is written?

The comparison of vcfeval (Cleary et al., bioRxiv 023754): choose variants from both sides, and a phase for each
heterozygous one, so that the haplotypes of truth and query are equal and as many variants as possible are used.
The search walks along the reference with all choices at once; it drops a choice as soon as its haplotypes differ, and
where both sides agree up to one place only the best way to get there is kept. So its cost grows with how much is
undecided at one place, not with the size of the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sciml.variants.normalise import Edit

MAX_STATES = 2_000


class Side(NamedTuple):
    """One side's copy of a chromosome: written up to `at` on the reference; was the last edit an insertion there?"""

    at: int
    inserted: bool


class Pair(NamedTuple):
    """A chromosome on both sides; `ahead` are the letters that one side has and the other has not yet written."""

    truth: Side
    query: Side
    ahead: str
    truth_is_ahead: bool


@dataclass(frozen=True)
class Carried:
    """An edit and on how many chromosomes (1 or 2) a side says that it is."""

    edit: Edit
    copies: int
    is_truth: bool


class _Way(NamedTuple):
    """How a state was reached: variants used (bits), and those used up to the last place where both sides agreed."""

    used: int
    settled: int


def replay(
    truth: Sequence[tuple[Edit, int]], query: Sequence[tuple[Edit, int]], letters: str, start: int, ploidy: int = 2
) -> tuple[set[int], set[int]]:
    """Indices of the truth and of the query variants that make the same haplotypes.

    Parameters
    ----------
    truth, query
        Edits with their copies.
    letters
        The reference from `start` to a base or more beyond the last edit.
    ploidy
        2: genotypes must agree. 1: only alleles must; copies are ignored, as vcfeval does with --squash-ploidy.

    With more than 2,000 undecided states the search becomes greedy: it goes on with those that use the most variants,
    so in a very dense cluster it may call two haplotypes different that are equal, never the other way round.
    """
    carried = [Carried(edit, copies, True) for edit, copies in truth]
    carried += [Carried(edit, copies, False) for edit, copies in query]
    order = sorted(range(len(carried)), key=lambda number: (carried[number].edit[:2], number))
    truth_bits = (1 << len(truth)) - 1
    fresh = Pair(Side(start, False), Side(start, False), "", True)
    states: dict[tuple[Pair, ...], _Way] = {(fresh,) * ploidy: _Way(0, 0)}
    for number in order:
        states = _advanced(states, carried[number].edit.start, letters, start, truth_bits)
        states = _branched(states, carried[number], 1 << number, ploidy)
        if len(states) > MAX_STATES:
            best = sorted(states.items(), key=lambda item: (_undecided(item[0]), -item[1].used.bit_count()))
            states = dict(best[:MAX_STATES])
    end = start + len(letters)
    final = _advanced(states, end, letters, start, truth_bits)
    used = max((way.used for pairs, way in final.items() if _agreed(pairs, end)), key=int.bit_count, default=0)
    chosen = {number for number in range(len(carried)) if used >> number & 1}
    return {n for n in chosen if n < len(truth)}, {n - len(truth) for n in chosen if n >= len(truth)}


def _agreed(pairs: Sequence[Pair], at: int) -> bool:
    return all(not pair.ahead and pair.truth.at == at == pair.query.at for pair in pairs)


def _undecided(pairs: Sequence[Pair]) -> bool:
    return any(pair.ahead for pair in pairs)


def _advanced(
    states: dict[tuple[Pair, ...], _Way], to: int, letters: str, start: int, truth_bits: int
) -> dict[tuple[Pair, ...], _Way]:
    """Copy the reference up to `to` wherever it is not yet written, and settle what agrees there."""
    result: dict[tuple[Pair, ...], _Way] = {}
    for pairs, way in states.items():
        moved = []
        for pair in pairs:
            both = _copied(pair, to, letters, start)
            if both is None:
                break
            moved.append(both)
        else:
            if _agreed(moved, to):
                since = way.used & ~way.settled
                # edits of one side alone that undo each other (an insertion, then its deletion) match nothing
                if bool(since & truth_bits) != bool(since & ~truth_bits):
                    continue
                way = _Way(way.used, way.used)
            _keep(result, moved, way)
    return result


def _copied(pair: Pair, to: int, letters: str, start: int) -> Pair | None:
    for truth in (True, False):
        side = pair.truth if truth else pair.query
        if side.at < to:
            more = _written(pair, letters[side.at - start : to - start], Side(to, False), truth)
            if more is None:
                return None
            pair = more
    return pair


def _branched(
    states: dict[tuple[Pair, ...], _Way], variant: Carried, bit: int, ploidy: int
) -> dict[tuple[Pair, ...], _Way]:
    """Without the variant, and with it on each choice of chromosomes."""
    result: dict[tuple[Pair, ...], _Way] = {}
    both = ploidy == 2 and variant.copies == 2
    choices = [tuple(range(ploidy))] if both else [(number,) for number in range(ploidy)]
    for pairs, way in states.items():
        _keep(result, pairs, way)
        for choice in choices:
            changed = list(pairs)
            for number in choice:
                edited = _edited(changed[number], variant)
                if edited is None:
                    break
                changed[number] = edited
            else:
                _keep(result, changed, _Way(way.used | bit, way.settled))
    return result


def _edited(pair: Pair, variant: Carried) -> Pair | None:
    side = pair.truth if variant.is_truth else pair.query
    start, end, bases = variant.edit
    # the base is already changed or gone, or an indel stands at this very place
    if side.at != start or (side.inserted and variant.edit.is_indel):
        return None
    return _written(pair, bases, Side(end, inserted=end == start), variant.is_truth)


def _written(pair: Pair, bases: str, side: Side, truth: bool) -> Pair | None:
    """The pair after one side wrote these bases; None if the haplotypes now differ."""
    sides = (side, pair.query) if truth else (pair.truth, side)
    if not pair.ahead or pair.truth_is_ahead == truth:
        longer = pair.ahead + bases
        return Pair(*sides, longer, truth if longer else True)
    common = min(len(pair.ahead), len(bases))
    if pair.ahead[:common] != bases[:common]:
        return None
    if len(bases) > common:
        return Pair(*sides, bases[common:], truth)
    left = pair.ahead[common:]
    return Pair(*sides, left, pair.truth_is_ahead if left else True)


def _keep(states: dict[tuple[Pair, ...], _Way], pairs: Sequence[Pair], way: _Way) -> None:
    # the two chromosomes have no names: either order is one state
    key = tuple(sorted(pairs))
    known = states.get(key)
    if known is None or way.used.bit_count() > known.used.bit_count():
        states[key] = way
