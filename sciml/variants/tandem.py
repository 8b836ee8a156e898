"""Where a sequence repeats itself in tandem: homopolymers and short repeats."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sciml.core.compiled import compiled

LONGEST_UNIT = 6
FEWEST_UNITS = np.array([0, 4, 3, 3, 3, 3, 3])  # by length of the unit: what counts as a tract
N = ord("N")


class Tracts(NamedTuple):
    """Perfect tandem repeats, sorted by start: [start, end) holds `units` copies of `unit` bases, and maybe a part."""

    start: np.ndarray
    end: np.ndarray
    unit: np.ndarray

    @property
    def units(self) -> np.ndarray:
        """Whole copies in each tract."""
        return np.asarray((self.end - self.start) // self.unit)


def find_tracts(letters: np.ndarray) -> Tracts:
    """All maximal tracts of units of 1-6 bases in upper-case ASCII letters; N repeats nothing."""
    start, end, unit = _find(letters, FEWEST_UNITS)
    order = np.lexsort((unit, start))
    return Tracts(start[order], end[order], unit[order])


@compiled
def _find(letters: np.ndarray, fewest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    starts, ends, units = [0], [0], [0]
    for unit in range(1, LONGEST_UNIT + 1):
        run = 0  # how many letters up to here equal the one a unit before
        for i in range(unit, letters.size + 1):
            if i < letters.size and letters[i] == letters[i - unit] and letters[i] != N:
                run += 1
                continue
            start = i - run - unit
            if run + unit >= fewest[unit] * unit and not _of_shorter_unit(letters, start, unit):
                starts.append(start)
                ends.append(i)
                units.append(unit)
            run = 0
    return np.array(starts)[1:], np.array(ends)[1:], np.array(units)[1:]


@compiled
def _of_shorter_unit(letters: np.ndarray, start: int, unit: int) -> bool:
    """ATAT is no unit of four: does a shorter period already explain this unit?"""
    for period in range(1, unit):
        if unit % period == 0:
            same = True
            for i in range(start, start + unit - period):
                same = same and letters[i] == letters[i + period]
            if same:
                return True
    return False
