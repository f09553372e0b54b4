"""Tracks: every dated fact is a row of a track, and the declaration of a track decides what is done with it.

A track is a set of rows (subject, slot, start, end, value, act). Most have one slot per subject; the slot in a cover is
the cluster, the slot of a post is (post, seat).

==================== ============================ ============================ ===============
track                subject                      value                        slot
==================== ============================ ============================ ===============
``life``             unit, cluster or clustering  what it is                   none
``kind``             unit                         kind of the schema           none
``category``         unit                         text                         none
``name``             unit or cluster              text                         none
``code``             unit                         text                         none
``parent``           unit                         unit above, or :data:`ROOT`  none
``parent:STATE``     unit                         the same, hierarchy STATE    none
``measure:MEMBERS``  unit                         number or ``Quantity``       own, subtree
``member:CLUSTERS``  unit                         cluster                      cluster if cover
``role``             cluster                      unit, or ``Absent``          (role, seat)
``office``           unit                         opaque person id             (post, seat)
``corresponds_to``   Party organisation           unit of the State            none
``link``             old unit                     extent, shares, type         new unit
``step``             matter                       when it was taken            (step, n)
``party``            matter                       unit, cluster, matter ...    (role, n)
``with``             matter                       number or word of a party    (role, n)
``said``             matter                       what its kind declares       field
``fact:NAME``        as declared                  as declared, else anything   as declared
==================== ============================ ============================ ===============

:data:`CORE` declares those of the library. A schema declares further ones (``Schema(tracks=...)``), and
:meth:`orgmodel.model.schema.Schema.track` returns the declaration of any. An undeclared ``fact:NAME`` is kept if all
predecessors agree; otherwise it lapses with a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from attrs import evolve, field, frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import made_strictly
from orgmodel.model.plain import check_texts, plain_text

__all__ = [
    "CORE",
    "FATES",
    "Track",
]

LIFE: Final = "life"
KIND: Final = "kind"
CATEGORY: Final = "category"
NAME: Final = "name"
CODE: Final = "code"
PARENT: Final = "parent"
ROLE: Final = "role"
OFFICE: Final = "office"
CORRESPONDS: Final = "corresponds_to"
LINK: Final = "link"
STEP: Final = "step"
PARTY: Final = "party"
WITH: Final = "with"
SAID: Final = "said"
MEASURE: Final = "measure"
"""The family of the tracks of measures."""
MEMBER: Final = "member"
"""The family of the tracks of membership."""
FACT: Final = "fact"
"""The family of all other facts."""
MAIN: Final = "main"
"""The name of the default hierarchy."""

OWN: Final = "own"
SUBTREE: Final = "subtree"

FATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "keep": "goes on if all predecessors agree, else lapses",
        "union": "the values of all predecessors go on; a slot in which two differ lapses",
        "add": "numbers add up",
        "survivor": "the surviving unit keeps its own, the others' lapses",
        "follow": "goes on in the successor, in one that the caller chooses if there are several",
        "same": "each part has it as before",
        "ask": "goes on if all predecessors agree, else it is open and must be recorded",
        "restart": "begins anew in the successor",
        "lapse": "ends with its unit",
        "stay": "stays on the record of its unit",
    }
)
"""The fates of a fact when its unit becomes another one or ends. Any other name, such as ``"party.functions"``, is a
function registered with ``orgmodel.acts.operations.fates.register``."""


def _slots(slots: Iterable[str]) -> tuple[str, ...]:
    return tuple(slots)


@made_strictly
@frozen
class Track:
    """The declaration of a kind of dated fact, which decides everything that is done with it.

    Attributes:
        id: the track, ``"fact:term"``; of a family, such as ``measure``, the part before the colon.
        name: for people, English.
        name_vi: for people, Vietnamese.
        slots: the parts of a slot; empty: one value per subject. ``("post", "seat")`` is a pair.
        values: the type of the values: ``text``, ``number``, ``flag``, ``day``, ``when``, ``period``, ``unit``,
            ``cluster``, ``person`` or ``any``. Units and clusters are ids.
        subject: the sort of the subjects: ``unit``, ``cluster``, ``matter``, or ``any`` of them.
        merged: its fate if units merge into a new one, or one is replaced: a word of :data:`FATES`, or the name of a
            registered function.
        taken_over: its fate if units end in one that goes on.
        divided: its fate in the parts of a divided unit. A unit that goes on with a part keeps its facts.
        ended: its fate if the unit ends without a successor: ``lapse`` or ``stay``.
        rated: whether the ``RatingPolicy`` of an operation decides instead.
        goes_with: another track that it accompanies slot by slot: the origin of an officer goes with the office.
        unique: whether no two units of one kind may have the same value.
        personal: whether slots or values name persons.

    >>> Track("fact:motto", "motto", "phương châm", values="text").merged
    'keep'
    """

    id: str
    name: str = ""
    name_vi: str = ""
    slots: tuple[str, ...] = field(default=(), converter=_slots)
    values: str = "any"
    subject: str = "unit"
    merged: str = field(default="keep", kw_only=True)
    taken_over: str = field(default="survivor", kw_only=True)
    divided: str = field(default="lapse", kw_only=True)
    ended: str = field(default="lapse", kw_only=True)
    rated: bool = field(default=False, kw_only=True)
    goes_with: str = field(default="", kw_only=True)
    unique: bool = field(default=False, kw_only=True)
    personal: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        plain_text(self.id, "the id of a track")
        texts = ("name", "name_vi", "values", "subject", "merged", "taken_over", "divided", "ended", "goes_with")
        check_texts("the declaration of a track", **{name: getattr(self, name) for name in texts})
        for slot in self.slots:
            plain_text(slot, "a slot of a track", empty=False)
        fates = {name: getattr(self, name) for name in ("merged", "taken_over", "divided")}
        faults = [
            Finding("fate", f"{name}={fate!r} is no fate; use {', '.join(FATES)}, or a registered name with a dot")
            for name, fate in fates.items()
            if fate not in FATES and "." not in fate
        ]
        if self.ended not in ("lapse", "stay"):
            faults.append(Finding("fate", f"ended={self.ended!r} is no fate; use lapse or stay"))
        if faults:
            raise Refused(f"the declaration of {self.id!r}", faults)

    @property
    def label(self) -> str:
        """The name, else the id without its family.

        >>> Track("fact:plan").label
        'plan'
        """
        return self.name or item(self.id)

    @property
    def has_one_slot(self) -> bool:
        """Whether each subject has one value, so that a slot has no meaning."""
        return not self.slots

    @property
    def refers(self) -> bool:
        """Whether its values are ids of units or clusters."""
        return self.values in ("unit", "cluster")


_DECLARED: Final = (
    Track(LIFE, "existence", "sự tồn tại"),
    Track(KIND, "kind", "loại tổ chức", values="text", divided="same"),
    Track(CATEGORY, "category", "phân loại", values="text", divided="same"),
    Track(NAME, "name", "tên", values="text"),
    Track(CODE, "code", "mã", values="text", unique=True),
    Track(PARENT, "parent", "cấp trên trực tiếp", values="unit", merged="ask", divided="same"),
    Track(MEASURE, "figure", "số liệu", ("scope",), "number", merged="add", taken_over="add", divided="add"),
    Track(MEMBER, "member of", "thành viên", ("cluster",), "cluster", merged="follow"),
    Track(ROLE, "role", "vai trò trong cụm", ("role", "seat"), "unit", "cluster", merged="lapse", taken_over="lapse"),
    Track(OFFICE, "office", "chức vụ", ("post", "seat"), "person", merged="lapse", personal=True),
    Track("fact:origin", "origin of the holder", "nơi đến", ("post", "seat"), "unit", merged="lapse", goes_with=OFFICE,
          personal=True),
    Track("fact:vacant_because", "why the post is vacant", "lý do khuyết", ("post", "seat"), "text", merged="lapse"),
    Track(CORRESPONDS, "corresponds to", "tương ứng với", values="unit", merged="ask", divided="ask"),
    Track(LINK, "became", "trở thành", ("unit",)),
    Track(STEP, "step", "bước", ("step", "n"), "when", "matter"),
    Track(PARTY, "party", "bên tham gia", ("role", "n"), "any", "matter"),
    Track(WITH, "of the party", "của bên tham gia", ("role", "n"), "any", "matter"),
    Track(SAID, "said", "nội dung", ("field",), "any", "matter"),
)  # fmt: skip

CORE: Final[Mapping[str, Track]] = MappingProxyType({track.id: track for track in _DECLARED})
"""The library's own tracks and families of tracks, by id."""


def parent_track(hierarchy: str = MAIN) -> str:
    """The track of parents in a named hierarchy.

    >>> parent_track(), parent_track("state")
    ('parent', 'parent:state')
    """
    return PARENT if hierarchy == MAIN else f"{PARENT}:{hierarchy}"


def measure_track(measure: str) -> str:
    """The track of a measure.

    >>> measure_track("members")
    'measure:members'
    """
    return f"{MEASURE}:{measure}"


def member_track(clustering: str) -> str:
    """The track of membership in the clusters of a clustering.

    >>> member_track("emulation")
    'member:emulation'
    """
    return f"{MEMBER}:{clustering}"


# Cached, as they are called for each event of a replay.


@lru_cache(maxsize=4096)
def family(track: str) -> str:
    """The family of a track: the part before the colon, or the track itself.

    >>> family("measure:members"), family("parent"), family("parent:state")
    ('measure', 'parent', 'parent')
    """
    return track.partition(":")[0]


@lru_cache(maxsize=4096)
def item(track: str) -> str:
    """The part of a track after its family: the measure, the clustering, the hierarchy, the fact.

    >>> item("measure:members"), item("parent"), item("parent:state"), item("name")
    ('members', 'main', 'state', 'name')
    """
    head, colon, tail = track.partition(":")
    return tail if colon else MAIN if head == PARENT else head


@lru_cache(maxsize=4096)
def is_known(track: str) -> bool:
    """Whether there is such a track: one of the library's, or a member of one of its families, such as ``fact:NAME``.

    >>> [name for name in ("name", "name:short", "fact:plan", "measure:members", "nme", "fact", "kind:x") if is_known(name)]
    ['name', 'name:short', 'fact:plan', 'measure:members']
    """
    head, colon, tail = track.partition(":")
    if head in (MEASURE, MEMBER, FACT):
        return bool(tail)
    return head in CORE and (not colon or (head in (PARENT, NAME, CODE) and bool(tail)))


@lru_cache(maxsize=4096)
def declared(track: str) -> Track:
    """The library's own declaration of a track; for an unknown one the default for undeclared facts.

    >>> declared("parent:state").name, declared("fact:plan").merged, declared("fact:plan").slots
    ('parent', 'keep', ('slot',))
    """
    declaration = CORE.get(track) or CORE.get(family(track))
    if declaration is None:
        return Track(track, slots=("slot",))
    return declaration if declaration.id == track else evolve(declaration, id=track)


@lru_cache(maxsize=4096)
def is_parent(track: str) -> bool:
    """Whether the track holds parents of some hierarchy.

    >>> is_parent("parent:state"), is_parent("name")
    (True, False)
    """
    return family(track) == PARENT


@lru_cache(maxsize=4096)
def is_measure(track: str) -> bool:
    """Whether the track holds numbers of a measure.

    >>> is_measure("measure:members"), is_measure("name")
    (True, False)
    """
    return family(track) == MEASURE and track != MEASURE


@lru_cache(maxsize=4096)
def is_scheme(track: str) -> bool:
    """Whether the track holds a further name or code, such as those of another register.

    >>> is_scheme("code:gso"), is_scheme("code"), is_scheme("measure:members")
    (True, False, False)
    """
    return family(track) in (NAME, CODE) and track != family(track)


@lru_cache(maxsize=4096)
def is_member(track: str) -> bool:
    """Whether the track holds membership in the clusters of a clustering.

    >>> is_member("member:emulation"), is_member("role")
    (True, False)
    """
    return family(track) == MEMBER and track != MEMBER


@lru_cache(maxsize=4096)
def has_one_slot(track: str) -> bool:
    """Whether each subject has one value in the track, so that a slot has no meaning.

    >>> [name for name in ("parent", "name", "measure:members", "role") if has_one_slot(name)]
    ['parent', 'name']
    """
    return declared(track).has_one_slot


@lru_cache(maxsize=4096)
def refers_to_subject(track: str) -> bool:
    """Whether the engine stores the track's values as row numbers of units or clusters.

    Facts that a schema declares store ids as texts, because the engine knows no schema.

    >>> [name for name in ("parent", "name", "member:emulation", "role", "fact:origin") if refers_to_subject(name)]
    ['parent', 'member:emulation', 'role']
    """
    return family(track) != FACT and declared(track).refers
