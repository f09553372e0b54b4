"""Wrong rules, policies and verbs of users: each is caught by a law that says what is wrong, and its script fails too."""

from __future__ import annotations

import pytest
import wrong_rules
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from wrong_rules import WRONG, caught

from orgmodel.testing.law import LawBroken
from orgmodel.testing.machines import machine_settings, restructuring
from orgmodel.testing.smallest import MOST_CALLS

FORGETFUL = "a_verb_that_remembers_what_it_read"
"""What it read once it goes by later: carried out a second time, as the script does, it does not fail."""


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_caught(unshrunk, name):
    """A law, or the contract itself, says what is wrong, and the script that shows it again fails as well."""
    wrong = WRONG[name]
    law, _, message = caught(name, seed=1)
    assert law in wrong.said_by or (law == "contract" and wrong.words and wrong.words in message), message
    assert "(run once more" not in message or name == FORGETFUL, message


def test_the_smallest_case_of_a_wrong_rule_is_small():
    """What is printed for reading has few units, the words of the law, and the call that shows it again."""
    law, size, message = caught("a_rate_is_doubled", seed=1)
    assert law == "F2"
    assert size <= 5
    assert message.startswith("law F2 is broken: the links of a merger are whole")
    assert "laws.again('F2', history" in message
    assert "(run once more" not in message


def test_a_machine_is_bounded_in_what_it_tries_after_a_failure():
    """It gives up after so many smaller runs, and the case that is told is small all the same."""
    runs = []

    class Counted(restructuring(rule=wrong_rules.a_rate_is_doubled, laws=["F2"])):
        def begin(self, *founding):
            runs.append(founding)
            super().begin(*founding)

    phases = [Phase.generate, Phase.shrink]
    with pytest.raises(LawBroken) as error:
        run_state_machine_as_test(Counted, settings=settings(machine_settings(), phases=phases, database=None))
    assert error.value.law.id == "F2"
    assert len(error.value.case.structure) <= 5
    assert len(runs) < 2 * MOST_CALLS
