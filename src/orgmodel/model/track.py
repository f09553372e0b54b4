"""The names of tracks: every dated fact is a row of one of them.

A track is a set of rows (subject, slot, start, end, value, act). Most have one slot
per subject; a cover's slot is the cluster, a post's is the post and the seat.

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
``link``             unit that was                what the link says           unit that became
==================== ============================ ============================ ===============
"""

from __future__ import annotations

from typing import Final

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
MAIN: Final = "main"
"""The name of the hierarchy that is meant when none is named."""

OWN: Final = "own"
SUBTREE: Final = "subtree"


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
    return f"measure:{measure}"


def member_track(clustering: str) -> str:
    """The track of membership in the clusters of a clustering.

    >>> member_track("emulation")
    'member:emulation'
    """
    return f"member:{clustering}"


def is_parent(track: str) -> bool:
    """Whether the track holds parents of some hierarchy.

    >>> is_parent("parent:state"), is_parent("name")
    (True, False)
    """
    return track == PARENT or track.startswith("parent:")


def has_one_slot(track: str) -> bool:
    """Whether the track says one thing of each subject, so that a slot has no meaning.

    >>> [name for name in ("parent", "name", "measure:members", "role") if has_one_slot(name)]
    ['parent', 'name']
    """
    return is_parent(track) or track in (LIFE, KIND, CATEGORY, NAME, CODE, CORRESPONDS)


def refers_to_subject(track: str) -> bool:
    """Whether the track's values are ids of units or clusters, held as row numbers by the engine.

    >>> [name for name in ("parent", "name", "member:emulation", "role") if refers_to_subject(name)]
    ['parent', 'member:emulation', 'role']
    """
    return is_parent(track) or track.startswith("member:") or track in (ROLE, CORRESPONDS)
