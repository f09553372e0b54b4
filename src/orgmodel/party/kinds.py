"""The kinds of Party organisations in Viet Nam, and which stood under which, from when to when.

Until 2025-06-30 there were four levels: the centre, provinces, districts, communes. From
2025-07-01 there are three (Regulation 294-QĐ/TW of 2025-05-26, section 10). The schema is
checked at the end of each day, so that on the day of the reform both may be seen between
two acts.
"""

from __future__ import annotations

from typing import Final

from orgmodel.model.measure import Measure
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.track import MAIN
from orgmodel.party.matter_kinds import MATTERS
from orgmodel.party.tracks import TRACKS
from orgmodel.period import Period, as_day

__all__ = [
    "AGENCY", "CELL", "CELL_OF_GRASSROOTS", "CENTRAL_ORGANISATION", "CENTRE", "COMMITTEE_OF_GRASSROOTS", "COMMUNE",
    "DELEGATION", "DEPARTMENT", "DIRECT_ORGANISATION", "DISTRICT", "FRONT", "GRASSROOTS", "KINDS",
    "MASS_ORGANISATION", "MEASURES", "PARTY_GROUP", "POLITICAL_SYSTEM", "PROVINCE", "SCHEMA", "SECTION", "STATE_BODY",
    "STATE_COMMUNE", "STATE_DISTRICT", "STATE_PROVINCE", "SYSTEM", "THREE_LEVELS_FROM",
]  # fmt: skip

THREE_LEVELS_FROM: Final = as_day("2025-07-01")
"""The first day without the district level."""

CENTRE: Final = "centre"
CENTRAL_ORGANISATION: Final = "central-organisation"
PROVINCE: Final = "province"
DIRECT_ORGANISATION: Final = "direct-organisation"
DISTRICT: Final = "district"
COMMUNE: Final = "commune"
GRASSROOTS: Final = "grassroots-organisation"
SECTION: Final = "section"
CELL: Final = "cell"
PARTY_GROUP: Final = "party-group"
AGENCY: Final = "agency"
DELEGATION: Final = "delegation"
DEPARTMENT: Final = "department"

SYSTEM: Final = "system"
"""The second hierarchy: the State, the Front and the mass organisations (hệ thống chính trị ngoài Đảng)."""

POLITICAL_SYSTEM: Final = "system"
STATE_PROVINCE: Final = "state-province"
STATE_DISTRICT: Final = "state-district"
STATE_COMMUNE: Final = "state-commune"
STATE_BODY: Final = "state-body"
FRONT: Final = "front"
MASS_ORGANISATION: Final = "mass-organisation"

COMMITTEE_OF_GRASSROOTS: Final = "đảng bộ cơ sở"
"""Category of a grassroots organisation that has cells under a committee."""

CELL_OF_GRASSROOTS: Final = "chi bộ cơ sở"
"""Category of a grassroots organisation that is itself a cell."""

KINDS: Final = (
    Kind(
        CENTRE, "centre", "Trung ương", ground=(CENTRAL_ORGANISATION, PROVINCE, DIRECT_ORGANISATION, DISTRICT, COMMUNE)
    ),
    Kind(
        CENTRAL_ORGANISATION,
        "organisation directly under the centre",
        "đảng bộ trực thuộc Trung ương",
        ground=(DIRECT_ORGANISATION, GRASSROOTS),
    ),
    Kind(PROVINCE, "province", "tỉnh, thành phố trực thuộc trung ương", ground=(DISTRICT, COMMUNE)),
    Kind(
        DIRECT_ORGANISATION,
        "organisation above the grassroots",
        "đảng bộ cấp trên trực tiếp cơ sở",
        ground=(GRASSROOTS,),
    ),
    Kind(DISTRICT, "district", "quận, huyện, thị xã, thành phố", ground=(COMMUNE,)),
    Kind(COMMUNE, "commune", "xã, phường, thị trấn, đặc khu", ground=()),
    Kind(GRASSROOTS, "grassroots organisation", "tổ chức cơ sở đảng", ground=()),
    Kind(SECTION, "section", "đảng bộ bộ phận", ground=()),
    Kind(CELL, "cell", "chi bộ", ground=()),
    Kind(PARTY_GROUP, "party group", "tổ đảng", ground=()),
    Kind(AGENCY, "agency", "cơ quan tham mưu, giúp việc", agency=True, ground=()),
    Kind(DEPARTMENT, "department", "vụ, cục, văn phòng, phòng", agency=True, ground=()),
    Kind(DELEGATION, "delegation", "đảng đoàn, ban cán sự đảng"),
    # Outside the Party, in the hierarchy SYSTEM: made only where somebody asks about correspondence.
    Kind(POLITICAL_SYSTEM, "political system", "hệ thống chính trị", ground=(STATE_PROVINCE,)),
    Kind(STATE_PROVINCE, "province of the State", "đơn vị hành chính cấp tỉnh", ground=(STATE_DISTRICT, STATE_COMMUNE)),
    Kind(STATE_DISTRICT, "district of the State", "đơn vị hành chính cấp huyện", ground=(STATE_COMMUNE,)),
    Kind(STATE_COMMUNE, "commune of the State", "đơn vị hành chính cấp xã", ground=()),
    Kind(STATE_BODY, "body of the State", "cơ quan nhà nước", agency=True, ground=()),
    Kind(FRONT, "Fatherland Front", "Ủy ban Mặt trận Tổ quốc", agency=True, ground=()),
    Kind(MASS_ORGANISATION, "mass organisation", "tổ chức chính trị - xã hội", agency=True, ground=()),
)
"""From the top, each with the kinds that it consists of; cells are dissolved and founded without a border changing.

Rules decide further what a schema cannot: a section only under a
grassroots organisation of the category :data:`COMMITTEE_OF_GRASSROOTS`, for one."""

_BEFORE = Period(None, THREE_LEVELS_FROM)
_AFTER = Period(THREE_LEVELS_FROM, None)
_ALWAYS = Period()

SCHEMA: Final = Schema(
    KINDS,
    (
        Placement(CENTRE, None),
        Placement(CENTRAL_ORGANISATION, CENTRE),
        Placement(PROVINCE, CENTRE),
        *(Placement(DIRECT_ORGANISATION, parent) for parent in (CENTRAL_ORGANISATION, PROVINCE)),
        Placement(DISTRICT, PROVINCE, _BEFORE),
        Placement(COMMUNE, DISTRICT, _BEFORE),
        Placement(COMMUNE, PROVINCE, _AFTER),
        # Until 2025-06-30 the organisation of a commune was itself a grassroots one, with
        # sections and cells; from 2025-07-01 grassroots organisations stand under it.
        *(Placement(GRASSROOTS, parent) for parent in (CENTRAL_ORGANISATION, PROVINCE, DIRECT_ORGANISATION)),
        Placement(GRASSROOTS, DISTRICT, _BEFORE),
        Placement(GRASSROOTS, COMMUNE, _AFTER),
        Placement(SECTION, GRASSROOTS),
        Placement(SECTION, COMMUNE, _BEFORE),
        *(Placement(CELL, parent) for parent in (GRASSROOTS, SECTION, COMMUNE)),
        # A grassroots cell has its party groups without a cell in between (Charter, art. 21).
        *(Placement(PARTY_GROUP, parent) for parent in (CELL, GRASSROOTS)),
        *(
            Placement(AGENCY, parent, period)
            for parent, period in (
                (CENTRE, _ALWAYS),
                (CENTRAL_ORGANISATION, _ALWAYS),
                (PROVINCE, _ALWAYS),
                (DIRECT_ORGANISATION, _ALWAYS),
                (DISTRICT, _BEFORE),
                (COMMUNE, _ALWAYS),
                (GRASSROOTS, _ALWAYS),
            )
        ),
        # They ended in early 2025; the days differ and are not known, so no end is set.
        *(Placement(DELEGATION, parent) for parent in (CENTRE, CENTRAL_ORGANISATION, PROVINCE)),
        *(Placement(DEPARTMENT, parent) for parent in (AGENCY, STATE_BODY, FRONT)),
        Placement(POLITICAL_SYSTEM, None),
        Placement(STATE_PROVINCE, POLITICAL_SYSTEM),
        Placement(STATE_DISTRICT, STATE_PROVINCE, _BEFORE),
        Placement(STATE_COMMUNE, STATE_DISTRICT, _BEFORE),
        Placement(STATE_COMMUNE, STATE_PROVINCE, _AFTER),
        *(
            Placement(child, parent, period)
            for child in (STATE_BODY, FRONT)
            for parent, period in (
                (POLITICAL_SYSTEM, _ALWAYS),
                (STATE_PROVINCE, _ALWAYS),
                (STATE_DISTRICT, _BEFORE),
                (STATE_COMMUNE, _ALWAYS),
            )
        ),
        Placement(STATE_BODY, STATE_BODY),
        Placement(MASS_ORGANISATION, FRONT),
    ),
    hierarchies=(MAIN, SYSTEM),
    tracks=TRACKS,
    matters=MATTERS,
)
"""Which kind stood under which, when, and which facts are declared.

>>> SCHEMA.allows("commune", "district", "2025-06-30"), SCHEMA.allows("commune", "district", "2025-07-01")
(True, False)
>>> SCHEMA.allows("cell", "commune", "2025-07-01")
True
>>> [kind for kind in ("province", "district", "commune") if kind in SCHEMA.kinds_on("2025-07-01")]
['province', 'commune']
"""

MEASURES: Final = (
    Measure("members", unit="members", name_vi="đảng viên"),
    Measure("members_official", unit="members", name_vi="đảng viên chính thức"),
    Measure("members_probationary", unit="members", name_vi="đảng viên dự bị"),
    Measure("members_temporary", unit="members", name_vi="đảng viên sinh hoạt tạm thời"),
    Measure("admitted", unit="members", name_vi="kết nạp"),
    Measure("transferred_in", unit="members", name_vi="chuyển đến"),
    Measure("transferred_out", unit="members", name_vi="chuyển đi"),
    Measure("removed", unit="members", name_vi="xóa tên, khai trừ, xin ra"),
    Measure("deceased", unit="members", name_vi="từ trần"),
)
"""Counts that a Party organisation has: stocks first, then the flows that explain them."""
