"""The words for values that readers see, in English and Vietnamese.

Values such as ``merger`` or ``more than`` are English and are written so in files; texts in a language look up their
words here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

__all__ = [
    "WORDS",
    "Language",
    "word",
]

Language = Literal["en", "vi"]

WORDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "event": {
        "creation": ("creation", "thành lập"),
        "re-establishment": ("re-establishment", "tái lập"),
        "closure": ("closure", "kết thúc hoạt động"),
        "merger": ("merger", "hợp nhất"),
        "takeover": ("takeover", "sáp nhập"),
        "breakdown": ("breakdown", "chia"),
        "split-off": ("split-off", "tách"),
        "transfer": ("transfer", "điều chỉnh một phần"),
        "reorganisation": ("reorganisation", "sắp xếp lại"),
        "replacement": ("replacement", "thay thế"),
        "renaming": ("renaming", "đổi tên"),
        "recoding": ("recoding", "đổi mã"),
        "reclassification": ("reclassification", "đổi loại"),
        "reassignment": ("reassignment", "chuyển cấp trên trực tiếp"),
        "measurement": ("measurement", "ghi số liệu"),
        "membership": ("membership", "xếp vào cụm"),
        "designation": ("designation", "phân công vai trò"),
        "holding": ("holding", "giữ chức vụ"),
    },
    "change in a cluster": {
        "last known": ("last known, then not on record", "thông tin cuối cùng, sau đó không có ghi nhận"),
        "retained": ("retained", "giữ nguyên"),
        "merged within": ("merged within", "hợp nhất trong cụm"),
        "divided within": ("divided within", "chia tách trong cụm"),
        "absorbed from outside": ("absorbed from outside", "nhận từ ngoài cụm"),
        "joined": ("joined", "vào cụm"),
        "left": ("left", "ra khỏi cụm"),
        "moved to another cluster": ("moved to another cluster", "chuyển sang cụm khác"),
        "ended": ("ended", "kết thúc"),
    },
    "verdict": {
        "explained": ("explained", "giải thích được"),
        "gap": ("gap", "chênh lệch"),
        "undecided": ("undecided", "chưa xác định"),
    },
    "target": {
        "met": ("met", "đạt"),
        "open": ("open", "chưa đến hạn"),
        "missed": ("missed", "không đạt"),
        "unknown": ("unknown", "chưa rõ"),
        "withdrawn": ("withdrawn", "đã rút"),
    },
    "extent": {
        "whole": ("whole", "toàn bộ"),
        "part": ("part", "một phần"),
    },
    "qualifier": {
        "exact": ("exact", "chính xác"),
        "about": ("about", "khoảng"),
        "more than": ("more than", "hơn"),
        "at least": ("at least", "ít nhất"),
        "at most": ("at most", "nhiều nhất"),
        "unknown": ("unknown", "chưa rõ"),
    },
    "absent": {
        "unknown": ("unknown", "chưa rõ"),
        "vacant": ("vacant", "khuyết"),
    },
    "outcome": {
        "violated": ("violated", "không đạt"),
        "undecided": ("undecided", "chưa xác định"),
    },
    "role": {
        "leader": ("leader", "cụm trưởng"),
        "deputy": ("deputy leader", "cụm phó"),
    },
    "severity": {
        "error": ("error", "lỗi"),
        "warning": ("warning", "cảnh báo"),
        "note": ("note", "lưu ý"),
    },
    "certainty": {
        "seen": ("seen", "đã đọc văn bản"),
        "partly memory": ("partly memory", "một phần theo trí nhớ"),
        "memory": ("memory", "theo trí nhớ"),
        "disputed": ("disputed", "còn ý kiến khác nhau"),
        "from lists": ("from lists", "theo danh sách"),
    },
    "evidence": {
        "stated": ("stated", "văn bản ghi rõ"),
        "listed": ("listed", "theo danh sách của bên khác"),
        "inferred": ("inferred", "suy ra"),
    },
    "entry": {
        "act": ("act", "quyết định"),
        "correction": ("correction", "đính chính"),
        "cancellation": ("cancellation", "hủy bỏ"),
    },
    "difference": {
        "created": ("created", "thành lập"),
        "ended": ("ended", "kết thúc"),
        "moved": ("moved", "chuyển cấp trên trực tiếp"),
        "renamed": ("renamed", "đổi tên"),
        "recoded": ("recoded", "đổi mã"),
        "reclassified": ("reclassified", "đổi loại"),
        "measured": ("measured", "ghi số liệu"),
        "others": ("others", "nội dung khác"),
    },
    "match": {
        "id": ("id", "định danh"),
        "code": ("code", "mã"),
        "exact": ("exact", "đúng từng chữ"),
        "folded": ("folded", "không dấu"),
        "former": ("former", "tên cũ"),
        "above": ("above", "theo cấp trên"),
    },
    "status of a code": {
        "same": ("same", "giữ nguyên"),
        "whole": ("whole", "toàn bộ"),
        "dominant": ("dominant", "phần chính"),
        "part": ("part", "một phần"),
        "ambiguous": ("ambiguous", "chưa xác định"),
        "unmapped": ("unmapped", "không có đơn vị kế tục"),
        "other days": ("other days", "mã của ngày khác"),
        "unknown": ("unknown", "chưa rõ"),
        "several": ("several", "nhiều đơn vị"),
        "empty": ("empty", "trống"),
    },
    "misfit": {
        "unknown": ("unknown", "chưa từng có"),
        "other days": ("other days", "thuộc ngày khác"),
        "other kind": ("other kind", "thuộc loại khác"),
        "repeated": ("repeated", "lặp lại"),
    },
    "metric": {
        "units": ("units", "số đơn vị"),
        "span": ("span", "số đơn vị trực thuộc"),
        "depth": ("depth", "số cấp"),
        "agencies": ("agencies", "cơ quan"),
        "clusters": ("clusters", "cụm"),
        "members per unit": ("members per unit", "đảng viên mỗi đơn vị"),
        "leading posts": ("leading posts", "chức vụ lãnh đạo"),
        "findings": ("findings", "nội dung kiểm tra"),
        "targets": ("targets", "chỉ tiêu"),
    },
    "item": {
        "all": ("all", "tất cả"),
        "mean": ("mean", "trung bình"),
        "most": ("most", "nhiều nhất"),
        "spread": ("spread", "chênh lệch"),
        "units": ("units", "đơn vị"),
        "members": ("members", "đảng viên"),
    },
    "choice": {
        "home": ("home", "nơi đến"),
        "cluster": ("cluster", "cụm"),
        "parent": ("parent", "cấp trên trực tiếp"),
        "kind": ("kind", "loại"),
        "successor": ("successor", "đơn vị kế tục"),
    },
}
"""Topic -> value -> its words in English and Vietnamese."""


def word(what: str, value: str, language: Language = "en") -> str:
    """The word for a value.

    Args:
        what: a topic, a key of :data:`WORDS`.
        value: the value; an unknown one, such as a user's own, is returned as it is.
        language: ``en`` or ``vi``.

    >>> word("event", "merger", "vi"), word("qualifier", "at least", "vi"), word("evidence", "a letter", "vi")
    ('hợp nhất', 'ít nhất', 'a letter')
    """
    known = WORDS[what].get(value)
    return value if known is None else known[language == "vi"]
