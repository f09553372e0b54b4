"""Every value that people are shown has words in both languages."""

from __future__ import annotations

from typing import get_args

import pytest

from orgmodel.acts.events import _CHANGE_TYPES, Extent, SuccessionType
from orgmodel.errors import CHOICES, Severity
from orgmodel.history.clusters import What
from orgmodel.history.flows import Verdict
from orgmodel.model.cluster import Absent
from orgmodel.model.measure import Qualifier
from orgmodel.model.words import WORDS, word
from orgmodel.party.targets import State


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("event", (*get_args(SuccessionType), *_CHANGE_TYPES.values(), "creation", "closure", "re-establishment")),
        ("extent", get_args(Extent)),
        ("qualifier", get_args(Qualifier)),
        ("absent", [reason.value for reason in Absent]),
        ("severity", get_args(Severity)),
        ("change in a cluster", get_args(What)),
        ("verdict", get_args(Verdict)),
        ("target", get_args(State)),
        ("choice", CHOICES),
        ("entry", ("act", "correction", "cancellation")),
    ],
)
def test_each_value_has_words(what: str, values: tuple[str, ...]) -> None:
    """No value of a closed list is without words, and no words are for a value that is none."""
    assert set(WORDS[what]) == set(values)


def test_words_are_in_two_languages() -> None:
    """The Vietnamese is not the English, and both say something."""
    for what, values in WORDS.items():
        for value, (english, vietnamese) in values.items():
            assert english.strip()
            assert vietnamese.strip()
            assert english != vietnamese, (what, value)
            assert word(what, value) == english
            assert word(what, value, "vi") == vietnamese
