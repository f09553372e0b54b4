"""What the rulebook may ask of an organisation: the figures and facts that are recorded on units.

Figures are measures (:data:`MEASURES`, beside those of :mod:`orgmodel.party.kinds`), recorded
as the unit's own. Facts are tracks ``fact:NAME``, declared in :mod:`orgmodel.party.tracks`.
"""

from __future__ import annotations

from typing import Final

from orgmodel.model.measure import Measure
from orgmodel.party import kinds

__all__ = [
    "MEASURES",
]

MEASURES: Final = (
    *kinds.MEASURES,
    Measure("merged_from", unit="units", name_vi="số đơn vị hợp nhất"),
    Measure("direct_organisations", unit="organisations", name_vi="tổ chức đảng trực thuộc"),
    Measure("grassroots_organisations", unit="organisations", name_vi="tổ chức cơ sở đảng"),
    Measure("sections", unit="organisations", name_vi="đảng bộ bộ phận"),
    Measure("cells_of_communes", unit="cells", name_vi="chi bộ trực thuộc đảng ủy cấp xã"),
    Measure("cells_of_grassroots", unit="cells", name_vi="chi bộ trực thuộc đảng ủy cơ sở"),
    Measure("chairs_not_local", unit="persons", name_vi="chủ tịch UBND tỉnh không là người địa phương"),
    Measure("secretaries_not_local", unit="persons", name_vi="bí thư tỉnh ủy không là người địa phương"),
    Measure(
        "delegates_to_national_congress", unit="delegates", name_vi="đại biểu dự Đại hội toàn quốc", fate="restart"
    ),
    Measure("delegates_women", unit="delegates", name_vi="đại biểu nữ", fate="restart"),
    Measure("delegates_ethnic", unit="delegates", name_vi="đại biểu người dân tộc thiểu số", fate="restart"),
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
    Measure("staff_quota", unit="persons", name_vi="biên chế được giao"),
    Measure("failed_ballots", unit="ballots", name_vi="số lần bầu không đủ số lượng", fate="restart"),
    Measure("meetings_last_year", unit="meetings", name_vi="số kỳ sinh hoạt trong năm"),
    Measure("meetings_by_group", unit="meetings", name_vi="số kỳ sinh hoạt theo tổ đảng trong năm"),
    Measure("voting_base", unit="members", name_vi="số thành viên của hội nghị đảng viên"),
    Measure("members_away", unit="members", name_vi="đảng viên sinh hoạt tạm thời nơi khác"),
    Measure("members_exempt", unit="members", name_vi="đảng viên được miễn sinh hoạt và vắng mặt"),
    Measure("congress_delegates", unit="delegates", name_vi="đại biểu dự đại hội", fate="restart"),
    Measure("delegates_summoned", unit="delegates", name_vi="đại biểu được triệu tập", fate="restart"),
    Measure("delegates_present", unit="delegates", name_vi="đại biểu có mặt", fate="restart"),
    Measure(
        "organisations_present", unit="organisations", name_vi="tổ chức đảng trực thuộc có đại biểu dự", fate="restart"
    ),
    Measure("fewest_votes", unit="votes", name_vi="số phiếu thấp nhất của người trúng cử", fate="restart"),
    Measure("seats_by_head", unit="delegates", name_vi="đại biểu phân bổ theo đầu mối", fate="restart"),
    Measure("rating_points", "category", name_vi="điểm xếp loại"),
    Measure("tasks_done", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ hoàn thành"),
    Measure("tasks_above_target", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ vượt mức"),
    Measure("tasks_late", "category", unit="per cent", name_vi="tỷ lệ nhiệm vụ chậm tiến độ"),
)
"""Every figure that the rulebook names."""
