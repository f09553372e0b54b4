"""The Party's room on top of the core: its kinds, its rulebook, the verbs of its work and the questions about it.

Verbs are methods of a draft once this package is imported: ``act.appoint(...)``, ``act.propose(...)``. Questions are
asked of a structure, or of a history with a day: ``party.holder(h, unit, post)``, ``party.matters(h, unit, "award")``.
What a question cannot decide is an ``Undecided`` that says what is missing.

Public: the names of this package, and ``agencies``, ``auditing``, ``cadre_moves``, ``congresses``, ``deadlines``,
``emulation``, ``examples``, ``facts``, ``handbook``, ``kinds``, ``law``, ``members``, ``membership``, ``national``,
``offices``, ``ratings``, ``reclustering``, ``regions``, ``reporting``, ``surpluses``, ``targets``, ``terms``,
``tracks``, ``vietnam``, ``vietnam_rows``, ``work``. The other modules are internal.
"""

from orgmodel.party.agencies import by_host, direct_organisations, function_moves, functions, lead
from orgmodel.party.auditing import audit
from orgmodel.party.cadre_moves import moves
from orgmodel.party.congresses import (
    congress_windows,
    council_units,
    due,
    next_congress,
    overdue,
    seats_by_members,
    terms,
)
from orgmodel.party.emulation import (
    best,
    days_without_leader,
    rank,
    role_holdings,
)
from orgmodel.party.examples import example
from orgmodel.party.handbook import export
from orgmodel.party.law import rulebook
from orgmodel.party.members import balances, flow
from orgmodel.party.membership import coverage, image, image_between, preimage
from orgmodel.party.national import synthetic
from orgmodel.party.offices import (
    candidates,
    deciding_level,
    double_offices,
    ended_early,
    holder,
    holders,
    holdings,
    interruptions,
    local,
    posts_of,
    share_not_local,
    stages,
    vacancies,
)
from orgmodel.party.questions import count, find, is_on_record, matters, parties, state
from orgmodel.party.ratings import four_good, grade, runs
from orgmodel.party.regions import attendance, central_points
from orgmodel.party.reporting import report
from orgmodel.party.surpluses import surplus
from orgmodel.party.targets import active, outcome, reductions

__all__ = [
    "active", "attendance", "audit", "balances", "best", "by_host", "candidates", "central_points",
    "congress_windows", "council_units", "count", "coverage", "days_without_leader", "deciding_level",
    "direct_organisations", "double_offices", "due", "ended_early", "example", "export", "find", "flow", "four_good",
    "function_moves", "functions", "grade", "holder", "holders", "holdings", "image", "image_between",
    "interruptions", "is_on_record", "lead", "local", "matters", "moves", "next_congress", "outcome", "overdue",
    "parties", "posts_of", "preimage", "rank", "reductions", "report", "role_holdings", "rulebook", "runs",
    "seats_by_members", "share_not_local", "stages", "state", "surplus", "synthetic", "terms", "vacancies",
]  # fmt: skip
