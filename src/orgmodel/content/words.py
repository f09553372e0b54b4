"""What notebooks and reports say, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from orgmodel.content.blocks import value_text
from orgmodel.model.source import SEEN, Source
from orgmodel.model.words import Language, word

__all__ = [
    "WORDS",
    "cited",
    "say",
]

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "at the end": ("At the end", "Vào ngày cuối"),
    "audit": ("Audit on {day}", "Kiểm tra vào ngày {day}"),
    "baseline": ("baseline", "hiện trạng"),
    "basis": ("basis", "cơ sở"),
    "citation": ("citation", "căn cứ"),
    "comes after": ("comes after", "sau khi"),
    "comparison": ("Comparison on {day}", "So sánh vào ngày {day}"),
    "created": ("Created", "Thành lập"),
    "days it takes": ("days it takes", "số ngày thực hiện"),
    "ended units": ("Ended", "Kết thúc"),
    "figure": ("figure", "số liệu"),
    "finding": ("finding", "nội dung"),
    "findings": ("Findings", "Kết quả"),
    "has ended": ("has ended", "đã kết thúc"),
    "history": ("{count} acts, {first} to {last}", "{count} văn bản, từ {first} đến {last}"),
    "inexact cell": ("not exact", "không chính xác tuyệt đối"),
    "measured": ("Figures", "Số liệu"),
    "more clusters": ("{count} more clusters changed.", "{count} cụm nữa có thay đổi."),
    "more lines": ("... and {count} more", "... và {count} dòng nữa"),
    "moved": ("Moved", "Chuyển cấp trên trực tiếp"),
    "others": ("Other facts", "Thông tin khác"),
    "outcome": ("outcome", "đánh giá"),
    "plan": ("Plan", "Kế hoạch"),
    "reclassified": ("Reclassified", "Đổi loại"),
    "recoded": ("Recoded", "Đổi mã"),
    "renamed": ("Renamed", "Đổi tên"),
    "rule": ("rule", "quy định"),
    "rules": ("Rules", "Quy định"),
    "satisfied": ("satisfied", "đạt"),
    "says": ("says", "nội dung"),
    "stage": ("stage", "bước"),
    "structure": ("Structure on {day}", "Tổ chức vào ngày {day}"),
    "undecided": ("undecided", "chưa xác định"),
    "unit": ("unit", "đơn vị"),
    "units": ("units", "số đơn vị"),
    "violated": ("violated", "không đạt"),
    "act": ("act", "văn bản"),
    "acts": ("Acts", "Các văn bản"),
    "after": ("after", "sau"),
    "as known": ("as known on {day}", "theo ghi nhận đến {day}"),
    "became": ("Who became whom", "Đơn vị nào thành đơn vị nào"),
    "became caption": (
        "{kind} before and after; dashed: only a part. Sources: {sources}",
        "{kind} trước và sau; nét đứt: chỉ một phần. Căn cứ: {sources}",
    ),
    "before": ("before", "trước"),
    "below": ("Units directly below", "Các đơn vị trực thuộc"),
    "between": ("from {a} to {b}", "từ {a} đến {b}"),
    "biography": ("What was said of it, and by which act", "Quá trình và căn cứ"),
    "category": ("category", "phân loại"),
    "certainty": ("certainty", "mức chắc chắn"),
    "change": ("change", "tăng, giảm"),
    "clusters": ("Clusters", "Các cụm"),
    "code": ("code", "mã"),
    "counts": ("Units by kind", "Số đơn vị theo loại"),
    "day": ("day", "ngày"),
    "effective": ("effective", "ngày hiệu lực"),
    "ended": ("It ended on {day}.", "Đã kết thúc từ ngày {day}."),
    "events": ("events", "sự kiện"),
    "fact": ("fact", "nội dung"),
    "figures": ("Figures", "Số liệu"),
    "first recorded": (
        "{kind}: {count} first recorded on {day}, which were there before: their number is no change.",
        "{count} {kind} được ghi nhận lần đầu ngày {day}: các đơn vị đã có từ trước, không phải là thay đổi.",
    ),
    "inexact": (
        (
            "The correspondence of {kind} is not exact: ground of several origins was divided, and what went where is known "
            "within bounds only."
        ),
        "Đối chiếu {kind} không chính xác tuyệt đối: chỉ biết trong một khoảng giới hạn.",
    ),
    "issuer": ("issuer", "cơ quan ban hành"),
    "kind": ("kind", "loại"),
    "last known": (
        "{kind}: what became of {count} is not on record.",
        "Chưa có ghi nhận về đơn vị kế tục của {count} {kind}.",
    ),
    "level ended": (
        "{kind}: the level ended; {count} before, none after.",
        "Kết thúc cấp này: trước có {count} {kind}, sau không còn.",
    ),
    "leader": ("leader", "cụm trưởng"),
    "life": ("life", "tồn tại"),
    "life since": ("from {a}", "từ {a}"),
    "members changed": ("{name}: {before} → {after} members", "{name}: {before} → {after} thành viên"),
    "name": ("name", "tên"),
    "no whole day": ("no whole day, within {a}", "không trọn một ngày, trong ngày {a}"),
    "new": ("new unit", "đơn vị mới"),
    "no acts": ("No act took effect.", "Không có văn bản có hiệu lực."),
    "not on record": (
        "{kind}: not on record on {day}; the record begins on {first}.",
        "{kind}: không có ghi nhận vào ngày {day}; ghi nhận bắt đầu từ {first}.",
    ),
    "now": ("It is now: {units}.", "Nay là: {units}."),
    "old": ("old unit", "đơn vị cũ"),
    "extent": ("extent", "phạm vi"),
    "place": ("stands under", "trực thuộc"),
    "reform": ("What changed", "Những thay đổi"),
    "since": ("since", "từ ngày"),
    "to": ("to", "đến ngày"),
    "type": ("succession", "hình thức"),
    "unchanged": ("{kind}: {count} unchanged.", "{count} {kind} giữ nguyên."),
    "unsure": (
        "{count} of the acts were not read in their text: {acts}.",
        "{count} văn bản chưa được đọc toàn văn: {acts}.",
    ),
    "value": ("value", "giá trị"),
    "what happened": ("what happened", "thay đổi"),
    "without successor": (
        "{kind}: {count} ended without successor.",
        "{count} {kind} kết thúc, không có đơn vị kế tục.",
    ),
}
"""Key -> English and Vietnamese.

A number stands behind the name of a kind in English, as names of kinds have no plural.
"""


def say(key: str, language: Language, **values: Any) -> str:
    """A text of :data:`WORDS` with values put in as people of the language write them.

    >>> import datetime as dt
    >>> say("ended", "vi", day=dt.date(2025, 7, 1))
    'Đã kết thúc từ ngày 01/07/2025.'
    """
    text = WORDS[key][language == "vi"]
    return text.format(**{name: value_text(value, language) for name, value in values.items()})


def cited(source: Source, language: Language) -> str:
    """A source as it is cited, with how sure it is in the words of the language.

    >>> cited(Source("12/NQ", certainty="memory"), "vi")
    '12/NQ (theo trí nhớ)'
    """
    label = (language == "vi" and (source.number or source.title_vi)) or source.label
    if source.certainty in ("", SEEN):
        return label
    return f"{label} ({word('certainty', source.certainty, language)})"
