"""The list of contacts: which pairs, in which order."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sciml.proteins.contacts import contact_rows, contacts_text, write_contacts


def scores() -> np.ndarray:
    found = np.zeros((12, 12), np.float32)
    for i, j, value in [(0, 6, 0.5), (1, 11, 0.9), (2, 8, 0.5), (3, 9, 0.009), (4, 9, 0.99)]:
        found[i, j] = found[j, i] = value
    return found


def test_pairs_are_numbered_from_one_and_the_likeliest_come_first() -> None:
    # equal ones as along the chain; (4, 9) is 5 apart, and (3, 9) below 0.01
    assert contact_rows(scores()) == [(2, 12, np.float32(0.9)), (1, 7, 0.5), (3, 9, 0.5)]


def test_the_file_is_tab_separated_with_a_header(tmp_path: Path) -> None:
    write_contacts(scores(), tmp_path / "contacts.tsv")
    expected = "i\tj\tprobability\n2\t12\t0.9000\n1\t7\t0.5000\n3\t9\t0.5000\n"
    assert (tmp_path / "contacts.tsv").read_text() == expected


def test_no_contact_is_a_header_alone() -> None:
    assert contacts_text(np.zeros((12, 12))) == "i\tj\tprobability\n"
    assert contacts_text(np.ones((4, 4)), "score") == "i\tj\tscore\n"


def test_scores_without_a_unit_may_be_listed_from_another_value_on() -> None:
    assert len(contact_rows(scores(), at_least=0.6)) == 1
    assert contact_rows(scores() - 2.0) == []
