"""What the rulebook may ask of an organisation: the figures and facts that are recorded on units.

Figures are measures (:data:`MEASURES`, beside those of :mod:`orgmodel.party.kinds`), recorded
as the unit's own. Facts are tracks ``fact:NAME`` (:data:`FACTS`); their values say what they are.
None of them names a person: holders of offices and members of committees are opaque ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orgmodel.model.measure import Measure
from orgmodel.party import kinds

MEASURES: Final = (
    *kinds.MEASURES,
    Measure("merged_from", unit="units", name_vi="số đơn vị hợp nhất"),
    Measure("direct_organisations", unit="organisations", name_vi="tổ chức đảng trực thuộc"),
    Measure("executive_committee", unit="seats", name_vi="ủy viên ban chấp hành"),
    Measure("executive_committee_at_merger", unit="seats", name_vi="ủy viên ban chấp hành khi hợp nhất"),
    Measure("executive_committee_2015", unit="seats", name_vi="ủy viên ban chấp hành nhiệm kỳ 2015-2020"),
    Measure("executive_women", unit="persons", name_vi="nữ cấp ủy viên"),
    Measure("executive_under_40", unit="persons", name_vi="cấp ủy viên dưới 40 tuổi"),
    Measure("executive_science", unit="persons", name_vi="cấp ủy viên có trình độ khoa học, công nghệ"),
    Measure("executive_ethnic", unit="persons", name_vi="cấp ủy viên người dân tộc thiểu số"),
    Measure("executive_ethnic_target", unit="persons", name_vi="chỉ tiêu cấp ủy viên người dân tộc thiểu số"),
    Measure("standing_committee", unit="seats", name_vi="ủy viên ban thường vụ"),
    Measure("standing_committee_at_merger", unit="seats", name_vi="ủy viên ban thường vụ khi hợp nhất"),
    Measure("standing_committee_2015", unit="seats", name_vi="ủy viên ban thường vụ nhiệm kỳ 2015-2020"),
    Measure("standing_women", unit="persons", name_vi="nữ ủy viên ban thường vụ"),
    Measure("deputy_secretaries", unit="persons", name_vi="phó bí thư"),
    Measure("deputy_secretaries_at_merger", unit="persons", name_vi="phó bí thư khi hợp nhất"),
    Measure("cell_committee", unit="seats", name_vi="chi ủy viên"),
    Measure("inspection_committee", unit="seats", name_vi="ủy viên ủy ban kiểm tra"),
    Measure("inspection_deputies", unit="persons", name_vi="phó chủ nhiệm ủy ban kiểm tra"),
    Measure("inspection_from_executive", unit="persons", name_vi="ủy viên UBKT là ủy viên ban chấp hành"),
    Measure("staff", unit="persons", name_vi="biên chế"),
    Measure("failed_ballots", unit="ballots", name_vi="số lần bầu không đủ số lượng"),
    Measure("meetings_last_year", unit="meetings", name_vi="số kỳ sinh hoạt trong năm"),
    Measure("meetings_by_group", unit="meetings", name_vi="số kỳ sinh hoạt theo tổ đảng trong năm"),
    Measure("voting_base", unit="members", name_vi="số thành viên của hội nghị đảng viên"),
    Measure("members_away", unit="members", name_vi="đảng viên sinh hoạt tạm thời nơi khác"),
    Measure("members_exempt", unit="members", name_vi="đảng viên được miễn sinh hoạt và vắng mặt"),
    Measure("congress_number", "category", name_vi="đại hội lần thứ"),
    Measure("congress_number_before", "category", name_vi="đại hội trước lần thứ"),
    Measure("congress_delegates", unit="delegates", name_vi="đại biểu dự đại hội"),
    Measure("delegates_summoned", unit="delegates", name_vi="đại biểu được triệu tập"),
    Measure("delegates_present", unit="delegates", name_vi="đại biểu có mặt"),
    Measure("organisations_present", unit="organisations", name_vi="tổ chức đảng trực thuộc có đại biểu dự"),
    Measure("seats_by_head", unit="delegates", name_vi="đại biểu phân bổ theo đầu mối"),
    Measure("rating_points", "category", name_vi="điểm xếp loại"),
    Measure("tasks_done", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ hoàn thành"),
    Measure("tasks_above_target", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ vượt mức"),
    Measure("tasks_late", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ chậm tiến độ"),
)
"""Every figure that the rulebook names."""

FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consent": "id of the unit whose committee consented in writing to an exception; False: it did not",
        "founded_by": "id of the unit whose committee decided the founding",
        "dissolved_by": "id of the unit whose committee decided the dissolution, set in the act that closes the unit",
        "basis": "how a cell is organised: work or residence",
        "delegated_powers": "True: the committee holds delegated powers of a superior of grassroots organisations",
        "legal_person": "True: the host of the cell is a legal person",
        "standing": "what an organisation of a commune is: above grassroots, or grassroots",
        "political_centre": "True: the commune holds the seat of a former district's political centre",
        "function": "slot: a function; value: lead, or part",
        "inspection_origin": "how the inspection committee came about: appointed, or elected",
        "secretary_origin": "how the secretary came about: elected, or appointed",
        "committee": "slot: (executive, standing, secretariat or inspection, opaque id); value: True",
        "term": "slot: the body (committee, council); value: first day/end as ISO days, 2025-10-15/2030-10-15",
        "congress_held": "ISO day of the last congress; False: none was held",
        "delegates_origin": "how the delegates to the superior congress came about: appointed, or elected",
        "transfer": "slot: an opaque case; value: ISO day of the decision/ISO day it was done, the second empty if open",
        "introduction": "slot: an opaque case; value: as transfer, for showing the paper",
        "dissolution": "slot: an opaque case; value: as transfer, for members of a dissolved organisation",
        "origin": "slot: (post, seat); value: id of the unit the holder comes from",
        "vacant_because": "slot: (post, seat); value: why a holding ended",
        "decided_by_level": "slot: (post, seat); value: the level that decided on the holder",
        "rating": "the year's rating: excellent, good, completed, not completed",
        "disciplined": "True: the collective has a disciplined member or unit",
        "steering": "slot: id of a steering committee; value: its task",
        "steering_end": "slot: id of a steering committee; value: the condition that ends it, in words",
        "rated": "slot: a year; value: the grade given for it",
        "rated_under": "slot: a year; value: the scheme the grade was given under, or inherited",
        "four_good": "slot: (year, criterion); value: True or False",
        "score": "slot: (year, criterion); value: points in the emulation of the cluster",
    }
)
"""Every fact that the rulebook and the modules of the Party read, and what its value is."""
