"""Do two sets of variants make the same two chromosomes, however each is written?

The comparison of vcfeval (Cleary et al., bioRxiv 023754): choose variants from both sides, and a phase for each
heterozygous one, so that the haplotypes of truth and query are equal and as many variants as possible are used.
The search walks along the reference with all choices at once; it drops a choice as soon as its haplotypes differ, and
where both sides agree up to one place only the best way to get there is kept. So its cost grows with how much is
undecided at one place, not with the size of the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

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


class State(NamedTuple):
    """Where a choice stands: its chromosomes, and which sides used an edit since both sides last agreed."""

    pairs: tuple[Pair, ...]
    truth_edited: bool
    query_edited: bool


class Carried(NamedTuple):
    """An edit, on how many chromosomes (1 or 2) a side says that it is, and which side."""

    edit: Edit
    copies: int
    is_truth: bool


# the best way to each state: one bit for each variant that is used
_States: TypeAlias = "dict[State, int]"


def replay(
    truth: Sequence[tuple[Edit, int]],
    query: Sequence[tuple[Edit, int]],
    letters: str,
    start: int,
    ploidy: int = 2,
) -> tuple[set[int], set[int]]:
    """Indices of the truth and of the query variants that make the same haplotypes.

    Parameters
    ----------
    truth, query
        Edits with their copies.
    letters
        The reference from `start`, at or before the first edit, to the end of the last one or beyond.
    ploidy
        2: genotypes must agree. 1: only alleles must; copies are ignored, as vcfeval does with --squash-ploidy.

    With more than 2,000 undecided states the search becomes greedy: it goes on with those that use the most variants,
    so in a very dense cluster it may call two haplotypes different that are equal, never the other way round.
    """
    carried = [Carried(edit, copies, True) for edit, copies in truth]
    carried += [Carried(edit, copies, False) for edit, copies in query]
    fresh = Pair(Side(start, False), Side(start, False), "", True)
    states: _States = {State((fresh,) * ploidy, False, False): 0}
    for number in sorted(range(len(carried)), key=lambda each: (carried[each].edit[:2], each)):
        states = _advanced(states, carried[number].edit.start, letters, start)
        states = _branched(states, carried[number], 1 << number, ploidy)
        if len(states) > MAX_STATES:
            best = sorted(states.items(), key=lambda item: (_undecided(item[0]), -item[1].bit_count()))
            states = dict(best[:MAX_STATES])
    end = start + len(letters)
    final = _advanced(states, end, letters, start)
    used = max((way for state, way in final.items() if _agreed(state.pairs, end)), key=int.bit_count, default=0)
    chosen = {number for number in range(len(carried)) if used >> number & 1}
    return {n for n in chosen if n < len(truth)}, {n - len(truth) for n in chosen if n >= len(truth)}


def _agreed(pairs: Sequence[Pair], at: int) -> bool:
    return all(not pair.ahead and pair.truth.at == at == pair.query.at for pair in pairs)


def _undecided(state: State) -> bool:
    return any(pair.ahead for pair in state.pairs)


def _advanced(states: _States, to: int, letters: str, start: int) -> _States:
    """Copy the reference up to `to` wherever it is not yet written, and settle what agrees there."""
    result: _States = {}
    for (pairs, truth_edited, query_edited), way in states.items():
        moved = []
        for pair in pairs:
            both = _copied(pair, to, letters, start)
            if both is None:
                break
            moved.append(both)
        else:
            if not _agreed(moved, to):
                _keep(result, moved, truth_edited, query_edited, way)
            # edits of one side alone that undo each other (an insertion, then its deletion) match nothing
            elif truth_edited == query_edited:
                _keep(result, moved, False, False, way)
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


def _branched(states: _States, variant: Carried, bit: int, ploidy: int) -> _States:
    """Without the variant, and with it on each choice of chromosomes."""
    result: _States = {}
    both = ploidy == 2 and variant.copies == 2
    choices = [tuple(range(ploidy))] if both else [(number,) for number in range(ploidy)]
    for state, way in states.items():
        _keep(result, *state, way)
        for choice in choices:
            changed = list(state.pairs)
            for number in choice:
                edited = _edited(changed[number], variant)
                if edited is None:
                    break
                changed[number] = edited
            else:
                flags = state.truth_edited or variant.is_truth, state.query_edited or not variant.is_truth
                _keep(result, changed, *flags, way | bit)
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


def _keep(states: _States, pairs: Sequence[Pair], truth_edited: bool, query_edited: bool, way: int) -> None:
    # the two chromosomes have no names: either order is one state
    state = State(tuple(sorted(pairs)), truth_edited, query_edited)
    if state not in states or way.bit_count() > states[state].bit_count():
        states[state] = way
