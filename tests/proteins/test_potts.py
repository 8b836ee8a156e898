"""Sequences follow the model that made them: its tastes, its contacts, its tree."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.proteins.alignments import ALPHABET, GAP
from sciml.proteins.backbones import Fold, draw_fold
from sciml.proteins.couplings import mean_field, sequence_weights
from sciml.proteins.peptide_planes import backbone
from sciml.proteins.potts import RESIDUES, Potts, draw_potts, evolve


@pytest.fixture(scope="module")
def fold() -> Fold:
    return draw_fold(60, "mixed", np.random.default_rng(1))


def a_model(fields: np.ndarray, tables: dict[tuple[int, int], np.ndarray]) -> Potts:
    at = sorted(
        (i, j, table) for (a, b), t in tables.items() for i, j, table in ((a, b, t.T.tolist()), (b, a, t.tolist()))
    )
    padded = np.array([[*table, [0.0] * RESIDUES] for _, _, table in at], np.float32).reshape(
        -1, RESIDUES + 1, RESIDUES
    )
    starts = np.searchsorted([i for i, _, _ in at], np.arange(len(fields) + 1))
    return Potts(fields.astype(np.float32), starts, np.array([j for _, j, _ in at], np.int64), padded)


def test_without_contacts_letters_are_as_frequent_as_their_fields_say() -> None:
    fields = np.full((3, RESIDUES), -20.0)
    fields[:, :2] = [[0, np.log(3)], [0, 0], [0, -np.log(4)]]
    rows = evolve(a_model(fields, {}), 4000, 20.0, np.random.default_rng(0), losses=0.0)
    # letter 1 in 3 of 4, 1 of 2, 1 of 5; after 20 sweeps relatives have forgotten each other: 0.03 is over 3 sigma
    np.testing.assert_allclose(rows.mean(axis=0), [0.75, 0.5, 0.2], atol=0.03)


def test_a_contact_fills_its_table() -> None:
    fields, table = np.full((2, RESIDUES), -20.0), np.zeros((RESIDUES, RESIDUES))
    fields[:, :2] = 0
    table[0, 1] = np.log(8)
    whole = evolve(a_model(fields, {(0, 1): table}), 4000, 20.0, np.random.default_rng(0), losses=0.0)
    # of the four pairs, (0, 1) has weight 8 and the others 1
    assert ((whole[:, 0] == 0) & (whole[:, 1] == 1)).mean() == pytest.approx(8 / 11, abs=0.035)
    assert ((whole[:, 0] == 1) & (whole[:, 1] == 0)).mean() == pytest.approx(1 / 11, abs=0.025)


def test_the_query_has_lost_nothing_and_others_have(fold: Fold) -> None:
    model = draw_potts(backbone(fold.ca).cb, fold.states, np.random.default_rng(0))
    rows = evolve(model, 300, 0.6, np.random.default_rng(0))
    assert rows.shape == (300, 60)
    assert (rows[0] != GAP).all()
    assert 0.005 < (rows == GAP).mean() < 0.2


def test_a_deeper_tree_has_more_effective_rows(fold: Fold) -> None:
    model = draw_potts(backbone(fold.ca).cb, fold.states, np.random.default_rng(0))
    neff = [
        sequence_weights(evolve(model, 400, spread, np.random.default_rng(2)), 0.8).sum() for spread in (0.05, 0.3, 1.5)
    ]
    assert 4 * neff[0] < 2 * neff[1] < 2 * neff[2] <= 800


def test_couplings_point_at_contacts_the_better_the_more_rows(fold: Fold) -> None:
    chain = backbone(fold.ca)
    model = draw_potts(chain.cb, fold.states, np.random.default_rng(0))
    first, second = np.triu_indices(60, 6)
    contact = np.linalg.norm(chain.cb[first] - chain.cb[second], axis=1) < 8

    def precision(rows: int) -> float:
        drawn = evolve(model, rows, 0.6, np.random.default_rng(3))
        score = mean_field(drawn, sequence_weights(drawn, 0.8))[first, second]
        return float(contact[np.argsort(-score)[:30]].mean())

    assert precision(2000) > 0.7
    assert precision(2000) > precision(60) + 0.2
    assert contact.mean() < 0.15


def test_buried_residues_are_greasier_than_those_outside(fold: Fold) -> None:
    chain = backbone(fold.ca)
    near = (np.linalg.norm(chain.cb[:, None] - chain.cb[None], axis=-1) < 10).sum(axis=1)
    greasy = []
    for seed in range(6):
        rows = evolve(
            draw_potts(chain.cb, fold.states, np.random.default_rng(seed)), 100, 0.6, np.random.default_rng(seed)
        )
        greasy.append(np.isin(rows, [ALPHABET.index(letter) for letter in "AVILMFWC"]).mean(axis=0))
    share = np.mean(greasy, axis=0)
    assert share[near > np.median(near)].mean() > share[near <= np.median(near)].mean() + 0.1


def test_the_same_streams_make_the_same_rows(fold: Fold) -> None:
    model = draw_potts(backbone(fold.ca).cb, fold.states, np.random.default_rng(0))
    one, two = (evolve(model, 50, 0.5, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
