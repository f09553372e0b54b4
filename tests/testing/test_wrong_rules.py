"""Wrong rules, policies and verbs of users: each is caught by a law that says what is wrong, and its script fails too."""

from __future__ import annotations

import pytest
from wrong_rules import WRONG, caught

from orgmodel.testing.checks import check_merger_rule
from orgmodel.testing.law import LawBroken

FORGETFUL = "a_verb_that_remembers_what_it_read"
"""What it read once it goes by later: carried out a second time, as the script does, it does not fail."""


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_caught(unshrunk, name):
    """A law, or the contract itself, says what is wrong, and the script that shows it again fails as well."""
    wrong = WRONG[name]
    law, _, message = caught(name, seed=1)
    assert law in wrong.said_by or (law == "contract" and wrong.words and wrong.words in message), message
    assert "(run once more" not in message or name == FORGETFUL, message


@pytest.mark.parametrize("name", ["a_bystander_is_recoded", "a_rate_is_doubled"])
def test_the_smallest_case_of_a_wrong_rule_is_small(name):
    """What is printed for reading has few units, and runs."""
    law, size, message = caught(name, seed=1)
    assert law in WRONG[name].said_by
    assert size <= 5
    assert "(run once more" not in message


def test_a_rule_that_a_law_tells_is_told_by_name():
    """The failure has the words of the law and the call that shows it again."""
    import wrong_rules

    with pytest.raises(LawBroken, match="law F1 is broken: who takes no part") as error:
        check_merger_rule(wrong_rules.a_bystander_is_recoded, max_examples=100, seed=1)
    assert "laws.again('F1', history" in str(error.value)
