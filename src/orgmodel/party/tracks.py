"""The declared facts of the Party's work, and what becomes of each when organisations become others.

Tracks are named ``fact:NAME``. None of them names a person: holders of offices and members of committees are
opaque ids, and tracks that bear such ids are declared as personal. :data:`orgmodel.party.kinds.SCHEMA` carries all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from orgmodel.acts.operations.fates import Inheritance, keep, register, survivor
from orgmodel.acts.policies import Graded
from orgmodel.model.fact import fact_track
from orgmodel.model.track import OFFICE, Track

__all__ = ["HOSTS", "MARKS", "TRACKS"]

LEAD: Final = "lead"
PART: Final = "part"
INHERITED: Final = "inherited"
"""The scheme of a grade that nobody gave: it follows from the grades of the predecessors."""


@register("party.functions")
def united_functions(inheritance: Inheritance) -> Mapping[Any, Any]:
    """All functions of the predecessors; what one of them leads, the successor leads."""
    return {
        function: LEAD if LEAD in shares else PART
        for function in inheritance.slots
        if (shares := [share for share in inheritance.values(function) if share is not None])
    }


@register("party.any")
def any_of_them(inheritance: Inheritance) -> Mapping[Any, Any]:
    """True where it is True of one predecessor; False where it is False of all."""
    flags: dict[Any, Any] = {}
    for slot in inheritance.slots:
        values = inheritance.values(slot)
        if True in values:
            flags[slot] = True
        elif all(value is False for value in values):
            flags[slot] = False
    return flags


@register("party.rated_under")
def inherited_scheme(inheritance: Inheritance) -> Mapping[Any, Any]:
    """The word :data:`INHERITED` for each year in which a policy gives the successor a grade that it had not."""
    own = survivor(inheritance)
    if inheritance.ratings is None:
        return own
    members = sorted(inheritance.held)
    grades = inheritance.structure.slots(inheritance.new, RATED) if inheritance.new in inheritance.held else {}
    schemes: dict[Any, Any] = {}
    years = {year for member in members for year in inheritance.structure.slots(member, RATED)}
    for year in sorted(years):
        grade = inheritance.ratings(inheritance.structure, Graded(RATED, year), members)
        if grade is not None and (year not in own or grades.get(year) != grade):
            schemes[year] = INHERITED
        elif grade is not None:
            schemes[year] = own[year]
    return schemes


@register("party.marks")
def marks(inheritance: Inheritance) -> Mapping[Any, Any]:
    """A political centre where one predecessor is one; any other mark where all predecessors agree."""
    return {
        **keep(inheritance),
        **{slot: value for slot, value in any_of_them(inheritance).items() if slot == "political_centre"},
    }


RATED: Final = fact_track("rated")

HOSTS: Final = {
    "territory": "địa bàn dân cư",
    "agency": "cơ quan",
    "service": "đơn vị sự nghiệp",
    "school": "trường học",
    "state enterprise": "doanh nghiệp nhà nước",
    "outside state": "doanh nghiệp, đơn vị kinh tế ngoài nhà nước",
    "army": "quân đội",
    "police": "công an",
    "abroad": "ở nước ngoài",
}
"""Types of hosts of grassroots organisations and cells (loại hình tổ chức cơ sở đảng)."""

MARKS: Final = {
    "above_grassroots": "cấp trên cơ sở",
    "delegated_powers": "được giao quyền cấp trên cơ sở",
    "legal_person": "tư cách pháp nhân",
    "political_centre": "trung tâm chính trị",
}
"""Marks of organisations."""

_RESTARTS: Final[dict[str, Any]] = {"merged": "restart", "divided": "restart"}
_RECORD: Final[dict[str, Any]] = {**_RESTARTS, "ended": "stay"}
_SEAT: Final = ("post", "seat")

TENURE: Final = fact_track("tenure")
CANDIDACY: Final = fact_track("candidacy")
HOST: Final = fact_track("host")
DECIDED: Final = fact_track("decided")
FORMED: Final = fact_track("formed")
MARK: Final = fact_track("mark")
FLOW: Final = fact_track("flow")
SCORE: Final = fact_track("score")
ON_RECORD: Final = fact_track("on_record")

TRACKS: Final = (
    # How the holder came to the post, or why it is vacant; see orgmodel.party.posts.Taken and Left.
    Track(TENURE, "how it is held, why it is vacant", "hình thức giữ chức vụ, lý do khuyết", _SEAT, merged="lapse",
          goes_with=OFFICE, personal=True),
    # The slot is (post, opaque id); the value a stage of the cadre's work, planning and nomination among them.
    Track(CANDIDACY, "cadre stage", "khâu công tác cán bộ", ("post", "person"), "text", merged="lapse", personal=True),
    # In what sort of place the organisation works: see HOSTS.
    Track(HOST, "type of host", "loại hình tổ chức cơ sở đảng", values="text", divided="same"),
    # The slot is founding, dissolution or exception:RULE; the value the id of the unit whose committee decided, of an
    # exception also False: it did not consent.
    Track(DECIDED, "decided by", "cấp quyết định", ("what",), "unit", **_RECORD),
    # The slot is a body of people (executive, inspection, secretary, delegates); the value elected, appointed or
    # provisional.
    Track(FORMED, "how it came about", "cách thành lập", ("body",), "text", **_RESTARTS),
    # The slot is one of MARKS.
    Track(MARK, "mark", "đặc điểm", ("mark",), "flag", merged="party.marks", divided="ask"),
    # The slot is (figure, group, first day, first day after, what moved them); see orgmodel.party.members.
    Track(FLOW, "in a period", "trong kỳ", ("figure", "group", "start", "end", "by"), "number", "any", **_RECORD),
    # The slot is (figure or kind of matter, first day, first day after): all of the period is on record.
    Track(ON_RECORD, "on record in full", "đã ghi đủ", ("what", "start", "end"), "flag", "any", taken_over="keep",
          divided="restart", ended="stay"),
    # work or residence
    Track("fact:basis", "basis", "nơi làm việc, nơi cư trú", values="text", divided="same"),
    # The slot is a function; the value lead or part.
    Track("fact:function", "function", "chức năng, nhiệm vụ", ("function",), "text", merged="party.functions",
          taken_over="party.functions", divided="ask"),
    # The value is first day/first day of the next, as ISO days.
    Track("fact:term", "term", "nhiệm kỳ", ("body",), "period", **_RESTARTS),
    Track(RATED, "rating of a year", "xếp loại năm", ("year", "person"), "text", rated=True, personal=True, **_RECORD),
    Track("fact:rated_under", "scheme of the rating", "quy định xếp loại", ("year", "person"), "text", personal=True,
          merged="party.rated_under", taken_over="party.rated_under", ended="stay", goes_with=RATED),
    Track("fact:four_good", "four good", "bốn tốt", ("year", "criterion"), "flag", **_RECORD),
    Track(SCORE, "points", "điểm thi đua", ("criteria", "year", "criterion"), "number", **_RECORD),
)  # fmt: skip
"""Every fact that the rulebook and the modules of the Party read.

>>> {track.id: track.merged for track in TRACKS}["fact:term"]
'restart'
"""
