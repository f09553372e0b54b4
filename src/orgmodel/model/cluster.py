"""Named groupings of units: a partition or a cover, with dated members and roles."""

from __future__ import annotations

import enum

from attrs import frozen

from orgmodel.errors import Finding, Refused
from orgmodel.model.door import made_strictly
from orgmodel.model.plain import check_texts, plain_text

__all__ = [
    "Absent",
    "Cluster",
    "Clustering",
]

LEADER = "leader"
DEPUTY = "deputy"


class Absent(enum.Enum):
    """Why a seat has no holder: an unknown holder is not a vacant seat.

    >>> Absent("vacant"), str(Absent.UNKNOWN)
    (Absent.VACANT, 'unknown')
    """

    UNKNOWN = "unknown"
    VACANT = "vacant"

    def __repr__(self) -> str:
        return f"Absent.{self.name}"

    def __str__(self) -> str:
        return self.value


@made_strictly
@frozen
class Clustering:
    """A named way to group units.

    Attributes:
        id: the word used everywhere.
        name: for people.
        cover: whether a unit may be in several clusters at once; a partition otherwise.

    >>> Clustering("emulation", name="cụm thi đua").cover
    False
    """

    id: str
    name: str = ""
    cover: bool = False

    def __attrs_post_init__(self) -> None:
        plain_text(self.id, "the id of a clustering", empty=False)
        check_texts("a clustering", name=self.name)
        if type(self.cover) is not bool:
            message = f"cover is True or False, not {self.cover!r}"
            raise Refused("a clustering", [Finding("flag", message)])


@made_strictly
@frozen
class Cluster:
    """A group of a clustering, for example an emulation cluster (cụm thi đua).

    Attributes:
        id: opaque, never reused, distinct from all unit ids. Empty in a cluster to be formed: the act then derives it.
        clustering: id of the clustering.
        name: for people.

    >>> Cluster("cluster-2", "emulation", "Cụm thi đua số 2").clustering
    'emulation'
    """

    id: str
    clustering: str
    name: str = ""

    def __attrs_post_init__(self) -> None:
        plain_text(self.id, "the id of a cluster")
        plain_text(self.clustering, "the clustering of a cluster", empty=False)
        check_texts("a cluster", name=self.name)
