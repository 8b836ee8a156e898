"""How far is an ensemble from what happened?"""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.nowcast.crps import almost_fair_crps, pooled


def by_pairs(members: list[float], truth: float, alpha: float) -> float:
    """Equation 4 of Lang et al., as it is written: over all ordered pairs."""
    count = len(members)
    shrink = (1 - alpha) / count
    total = 0.0
    for j, one in enumerate(members):
        for k, other in enumerate(members):
            if j != k:
                total += abs(one - truth) + abs(other - truth) - (1 - shrink) * abs(one - other)
    return total / (2 * count * (count - 1))


def test_three_members_by_hand() -> None:
    # skill: (1 + 1 + 3) / 3; pairs: |0-2| + |0-4| + |2-4| = 8 over 3 pairs, halved for the fair score
    score = almost_fair_crps(torch.tensor([0.0, 2.0, 4.0]), torch.tensor(1.0), alpha=1.0)
    torch.testing.assert_close(score, torch.tensor(5 / 3 - 8 / 6))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=2, max_size=8), st.floats(0, 50), st.floats(0, 1))
def test_sorting_gives_what_the_pairs_give(members: list[float], truth: float, alpha: float) -> None:
    score = almost_fair_crps(torch.tensor(members, dtype=torch.float64), torch.tensor(truth), alpha)
    assert abs(float(score) - by_pairs(members, truth, alpha)) < 1e-4


def test_an_ensemble_that_is_right_scores_nothing() -> None:
    assert float(almost_fair_crps(torch.full((4, 3), 2.0), torch.full((3,), 2.0), 0.95).abs().max()) < 1e-6


def test_a_pool_counts_only_where_all_of_it_is_observed() -> None:
    field, seen = torch.arange(16.0).reshape(1, 4, 4), torch.ones(1, 4, 4)
    seen[0, 0, 0] = 0
    means, whole = pooled(field, seen, 2)
    assert means[0, 0, 1] == (2 + 3 + 6 + 7) / 4
    assert whole[0].tolist() == [[0, 1], [1, 1]]
