"""What the commands print, in English and Vietnamese.

A command says its texts in English through :func:`say`; here stand the same texts in Vietnamese. The language is that of
``--lang``, which every command has. Names, ids and texts of sources are never translated; the words for values, such as
the type of an event, stand in :mod:`orgmodel.model.words`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from orgmodel.content.blocks import value_text
from orgmodel.model.words import Language

__all__ = [
    "LANGUAGE_VARIABLE",
    "VIETNAMESE",
    "language",
    "say",
    "speaking",
]

LANGUAGE_VARIABLE: Final = "ORGMODEL_LANG"
"""A variable of the environment: the language where ``--lang`` is not given."""

_LANGUAGE: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """The language in which the command prints."""
    return _LANGUAGE.get()


@contextmanager
def speaking(lang: Language) -> Iterator[None]:
    """Inside of the block, commands print in a language.

    >>> with speaking("vi"):
    ...     print(say("{count} units on {day}", count=10035, day="1/7/2025"))
    10.035 đơn vị vào ngày 1/7/2025
    """
    before = _LANGUAGE.set(lang)
    try:
        yield
    finally:
        _LANGUAGE.reset(before)


def say(text: str, /, **values: Any) -> str:
    """A text in the language of the command, with values put in as people of that language write them.

    Args:
        text: the English text, as it stands in :data:`VIETNAMESE`.
        values: what stands in its braces; numbers are grouped, days written out.

    >>> say("{count} units on {day}", count=10035, day="2025-07-01")
    '10,035 units on 2025-07-01'
    """
    chosen = language()
    template = text if chosen == "en" else VIETNAMESE.get(text, text)
    return template.format(**{name: value_text(value, chosen) for name, value in values.items()})


VIETNAMESE: Final[Mapping[str, str]] = {
    " ({certainty}: check it against the act)": " ({certainty}: cần đối chiếu với văn bản)",
    "(the root)": "(cấp cao nhất)",
    ", main successor": ", đơn vị kế tục chính",
    ", {count} written": ", ghi {count} dòng",
    "--json says what was written to a file; - writes CSV on standard output": (
        "--json cho biết đã ghi tệp nào; - ghi CSV ra đầu ra chuẩn"
    ),
    "--limit {limit} is no number of lines; give 0 or more": "--limit {limit} không phải là số dòng; hãy cho số từ 0 trở lên",
    "--on goes with --unit; a reform or a cluster is between --before and --after": (
        "--on đi cùng --unit; sắp xếp tổ chức hoặc cụm thì dùng --before và --after"
    ),
    "--since {start} is not before {day}": "--since {start} không trước {day}",
    "--unit goes with --on, not with --before, --after or --cluster": (
        "--unit đi cùng --on, không đi cùng --before, --after hoặc --cluster"
    ),
    "-part->": "-một phần->",
    "; did you mean {names}?": "; có phải là {names}?",
    "Became (links: {count})": "Trở thành (số quan hệ: {count})",
    "Before and after": "Trước và sau",
    "Came from (links: {count})": "Hình thành từ (số quan hệ: {count})",
    "Cannot be decided": "Chưa xác định được",
    "Cases on {day}": "Các trường hợp ngày {day}",
    "Checks": "Kiểm tra",
    "Codes to look at": "Các mã cần xem lại",
    "Entries that do not fit": "Các dòng không khớp",
    "FAILS": "KHÔNG ĐẠT",
    "In the end: {names}": "Cuối cùng: {names}",
    "It ended on {day} without a successor.": "Đã kết thúc ngày {day}, không có đơn vị kế tục.",
    "It goes on.": "Đang hoạt động.",
    "Nobody ever bore {text}.": "Không có đơn vị nào mang {text}.",
    "On {day}": "Ngày {day}",
    "Plan {plan}": "Phương án {plan}",
    "Replayed {acts} acts with {events} events in {replay} s; {checks} checks in {seconds} s.": (
        "Đã thực hiện lại {acts} văn bản với {events} sự kiện trong {replay} giây; {checks} kiểm tra trong {seconds} giây."
    ),
    "Similar: {names}": "Gần giống: {names}",
    "There are no clusters on {first} or {second}.": "Không có cụm nào vào ngày {first} hoặc {second}.",
    "What is said of it": "Thông tin về đơn vị",
    "What it came from is not on record.": "Chưa có ghi nhận đơn vị hình thành từ đâu.",
    "Who ever bore {text}": "Các đơn vị từng mang {text}",
    "a folder": "thư mục",
    "{options} says nothing to {form}; leave it out": "{options} không có tác dụng với {form}; hãy bỏ đi",
    "a .jsonld file needs the IRI of the units: --base https://example.org/unit/": (
        "tệp .jsonld cần IRI của các đơn vị: --base https://example.org/unit/"
    ),
    "a code of other days, left open": "mã của ngày khác, để trống",
    "a history says itself when its entries were recorded: leave out --recorded": (
        "lịch sử tự cho biết ngày ghi nhận: hãy bỏ --recorded"
    ),
    "act": "văn bản",
    "after": "sau",
    "all of the unit is in the new one": "toàn bộ thuộc đơn vị mới",
    "an argument is empty; write it, or leave it out": "có tham số rỗng; hãy ghi giá trị hoặc bỏ đi",
    "and {count} more": "và {count} nữa",
    "and {count} more; --limit 0 prints all": "và {count} dòng nữa; --limit 0 in tất cả",
    "and {count} more; --report FILE writes all, --limit 0 prints all": (
        "và {count} mã nữa; --report FILE ghi tất cả, --limit 0 in tất cả"
    ),
    "baseline": "hiện trạng",
    "became": "trở thành",
    "before": "trước",
    "below it: {counts}": "trực thuộc: {counts}",
    "bore": "đã mang",
    "borne by": "thuộc về",
    "borne by several units, left open": "nhiều đơn vị cùng mang, để trống",
    "by": "căn cứ",
    "candidates": "các khả năng",
    "cases": "số trường hợp",
    "category": "phân loại",
    "checks": "kiểm tra",
    "cluster changes": "thay đổi của các cụm",
    "code": "mã",
    "comes after": "sau khi",
    "critical path: {path} ({days} days)": "chuỗi bước quyết định thời gian: {path} ({days} ngày)",
    "day": "ngày",
    "deputies": "cụm phó",
    "districts before = those that ended + those that became communes": (
        "cấp huyện trước = kết thúc + trở thành đơn vị cấp xã"
    ),
    "divided, a row for each part": "bị chia, mỗi phần một dòng",
    "divided, left open": "bị chia, để trống",
    "divided, the dominant part taken": "bị chia, lấy phần chính",
    "effective": "ngày hiệu lực",
    "entry": "mục",
    "errors: {errors}; warnings and notes: {others}": "lỗi: {errors}; cảnh báo và lưu ý: {others}",
    "events": "sự kiện",
    "every commune stayed within what its province became": "mọi đơn vị cấp xã vẫn thuộc tỉnh kế tục của mình",
    "every invariant holds after every day": "mọi điều kiện bất biến đều đúng sau mỗi ngày",
    "every new commune comes from old units": "mọi đơn vị cấp xã mới đều hình thành từ đơn vị cũ",
    "fact": "nội dung",
    "first row": "dòng đầu tiên",
    "fits best: {fit}": "khớp nhất: {fit}",
    "fits equally well: {fit}": "khớp như nhau: {fit}",
    "from": "từ ngày",
    "from {clusters}; ": "từ {clusters}; ",
    "from {start}": "từ {start}",
    "head {head}": "mã băm cuối {head}",
    "holds": "đạt",
    "how": "cách khớp",
    "id {unit}, {life}; shown on {day}": "định danh {unit}, {life}; xem vào ngày {day}",
    "in all": "qua mọi thời kỳ",
    "is now": "nay là",
    "its head is {actual}, not {head}: it is another history, or its past was rewritten": (
        "mã băm cuối là {actual}, không phải {head}: đây là lịch sử khác, hoặc quá khứ đã bị viết lại"
    ),
    "itself": "chính đơn vị này",
    "kind": "loại",
    "leader": "cụm trưởng",
    "line {row}: ": "dòng {row}: ",
    "merged": "các đơn vị hợp nhất",
    "missing": "còn thiếu",
    "mixed vintages: of the {misfits} entries that do not fit, {matched} are of another time: {period}": (
        "lẫn nhiều thời kỳ: trong {misfits} dòng không khớp có {matched} dòng thuộc thời kỳ khác: {period}"
    ),
    "name": "tên",
    "name a file of borders with --neighbours: there are none in the package for these units": (
        "hãy cho tệp địa giới bằng --neighbours: gói không có sẵn cho các đơn vị này"
    ),
    "name at least one plan, a TOML file": "hãy cho ít nhất một phương án (tệp TOML)",
    "never a code, left open": "chưa từng là mã, để trống",
    "next best: {fit}": "khớp tiếp theo: {fit}",
    "no code, left open": "không có mã, để trống",
    "no successor, left open": "không có đơn vị kế tục, để trống",
    "no unit has the id, code or name {text}": "không có đơn vị nào có định danh, mã hoặc tên {text}",
    "no unit has the id, code or name {text} on {day}": (
        "không có đơn vị nào có định danh, mã hoặc tên {text} vào ngày {day}"
    ),
    "no unit {text} lives on {day}; on other days there are {others}: choose --on or give an id": (
        "không có đơn vị {text} vào ngày {day}; vào ngày khác có {others}: hãy chọn --on hoặc cho định danh"
    ),
    "nobody": "không có đơn vị nào",
    "none at all": "không có cụm nào",
    "none recorded": "chưa có ghi nhận",
    "none: it is the root": "không có: đây là cấp cao nhất",
    "nothing is different": "không có gì khác",
    "nothing is on record of {day}: the history begins on {first}": "không có ghi nhận về ngày {day}: lịch sử bắt đầu từ {first}",
    "old units of commune level = whole ones + divided ones; none is lost": (
        "đơn vị cấp xã cũ = giữ toàn bộ + bị chia; không mất đơn vị nào"
    ),
    "on {day}": "vào ngày {day}",
    "part of {units}": "một phần của {units}",
    "provinces after = those that go on + one for each merger": "tỉnh sau = giữ nguyên + mỗi lần hợp nhất một tỉnh",
    "provinces before = those that go on + those that merged, each once": (
        "tỉnh trước = giữ nguyên + đã hợp nhất, mỗi tỉnh một lần"
    ),
    "reading the acts": "đang đọc các văn bản",
    "reason": "lý do",
    "recorded": "ngày ghi nhận",
    "result": "kết quả",
    "row": "dòng",
    "rows": "số dòng",
    "rule": "quy định",
    "rule {rule} is not modelled: {why}": "quy định {rule} chưa được mô hình hóa: {why}",
    "satisfied": "đạt",
    "say what to report: --after DAY for a reform, --unit for a unit, --cluster and --after for a cluster": (
        "hãy cho biết nội dung báo cáo: --after DAY cho một đợt sắp xếp, --unit cho một đơn vị, --cluster và --after cho một cụm"
    ),
    "say which cluster: --cluster ID": "hãy cho biết cụm nào: --cluster ID",
    "simulating {plan}": "đang thử {plan}",
    "since": "từ ngày",
    "source": "căn cứ",
    "stage": "bước",
    "stands under": "trực thuộc",
    "status": "kết quả",
    "such as": "ví dụ",
    "superior of {kind} changes": "{kind} đổi cấp trên trực tiếp",
    "takes": "thời gian",
    "the beginning": "lúc đầu",
    "the day before is as it was before the reform was enacted": "ngày trước đó vẫn như trước khi sắp xếp",
    "the ending of {target} says no form; use .jsonl, .om, .db, .sqlite or postgresql://...": (
        "phần đuôi của {target} không cho biết dạng tệp; hãy dùng .jsonl, .om, .db, .sqlite hoặc postgresql://..."
    ),
    "the ending {ending} is not known; use .jsonl, .csv, .xlsx, .parquet, .gexf, .graphml, .mmd, .dot, .jsonld or .json, or a folder": (
        "phần đuôi {ending} không có trong danh sách; hãy dùng .jsonl, .csv, .xlsx, .parquet, .gexf, .graphml, .mmd, .dot, "
        ".jsonld hoặc .json, hoặc một thư mục"
    ),
    "the history does not go on from the register: entry {number} is another one, or is not there": (
        "lịch sử không nối tiếp sổ đăng ký: mục {number} khác hoặc không có"
    ),
    "give one file, not {count}": "chỉ cho một tệp, không phải {count}",
    "the history is empty: it has no act": "lịch sử trống: không có văn bản nào",
    "the same": "như cũ",
    "the verb {verb} is not known here; what it came to counts": (
        "thao tác {verb} không có ở đây; kết quả của thao tác vẫn được tính"
    ),
    "there is no cluster {cluster} on {first} or {second}; there are {known}": (
        "không có cụm {cluster} vào ngày {first} hoặc {second}; có {known}"
    ),
    "there is no rule {rule}; there are {known}": "không có quy định {rule}; có {known}",
    "there is no unit at all on {day}, the last day of {period}; name one that lived with --unit": (
        "không có đơn vị nào vào ngày {day}, ngày cuối của {period}; hãy cho một đơn vị bằng --unit"
    ),
    "there is no unit of the kind {kind} here on {day}": "không có đơn vị loại {kind} ở đây vào ngày {day}",
    "this history has no act of {day}, the day of the reform": "lịch sử này không có văn bản ngày {day}, ngày sắp xếp",
    "to": "đến ngày",
    "to {clusters}; ": "sang {clusters}; ",
    "translating": "đang chuyển mã",
    "type": "loại",
    "unchanged": "không đổi",
    "undecided": "chưa xác định",
    "under {unit}": "thuộc {unit}",
    "unit": "đơn vị",
    "units": "đơn vị",
    "units that day": "số đơn vị ngày đó",
    "value": "giá trị",
    "violated": "không đạt",
    "what": "nội dung",
    "why": "lý do",
    "without kind": "không rõ loại",
    "wrote {count} files into {target}": "đã ghi {count} tệp vào {target}",
    "wrote {target}": "đã ghi {target}",
    "wrote {target}: head {head}": "đã ghi {target}: mã băm cuối {head}",
    "{acts} acts on {days} days, {units} units, head {head}": (
        "{acts} văn bản trong {days} ngày, {units} đơn vị, mã băm cuối {head}"
    ),
    "{all} = {whole} + {divided}": "{all} = {whole} + {divided}",
    "{cluster}: the members after are what the members before became, and nothing else": (
        "{cluster}: thành viên sau đúng là những gì thành viên trước trở thành"
    ),
    "{count} breaches; the first: {first}": "{count} vi phạm; đầu tiên: {first}",
    "{count} communes": "{count} đơn vị cấp xã",
    "{count} days": "{count} ngày",
    "{count} earlier entries; --limit 0 prints all. ": "còn {count} mục trước đó; --limit 0 in tất cả. ",
    "{count} mergers of provinces": "{count} lần hợp nhất tỉnh",
    "{count} more rules in force had nothing to decide on (--undecided tells what is missing).": (
        "{count} quy định khác đang có hiệu lực không có trường hợp để xét (--undecided cho biết còn thiếu gì)."
    ),
    "{count} rows are inexact: they rest on a division of what was mixed before": (
        "{count} dòng không chính xác tuyệt đối: dựa trên việc chia một đơn vị đã gộp trước đó"
    ),
    "{count} rules of the book are not modelled; the reference of the rulebook says why.": (
        "{count} quy định chưa được mô hình hóa; trang tra cứu quy định cho biết lý do."
    ),
    "{count} rules were not asked: what held on {day} is not on record.": (
        "{count} quy định không được xét: chưa có ghi nhận về ngày {day}."
    ),
    "{count} strays; the first: {first}": "{count} đơn vị lạc; đầu tiên: {first}",
    "{count} units on {day}": "{count} đơn vị vào ngày {day}",
    "{day}: acts: {count}": "{day}: số văn bản: {count}",
    "{file} is sound: {size}": "{file} hợp lệ: {size}",
    "{file}: faults: {count}": "{file}: số lỗi: {count}",
    "{name}: {before} -> {after} members": "{name}: {before} -> {after} thành viên",
    "{old} = {ended} + {on}; {new} after": "{old} = {ended} + {on}; sau còn {new}",
    "{path} is not CSV: {error}": "{path} không phải là CSV: {error}",
    "{path}: each line needs two columns or more, under a line of titles": (
        "{path}: mỗi dòng cần ít nhất hai cột, dưới một dòng tiêu đề"
    ),
    "{name} is {cell}; write a whole number": "{name} là {cell}; hãy ghi số nguyên",
    "the file is empty; its first row must name the columns": "tệp rỗng; dòng đầu phải ghi tên các cột",
    "{target}: the ending says no form; write .csv or .parquet": (
        "{target}: phần đuôi không cho biết định dạng; hãy ghi .csv hoặc .parquet"
    ),
    "{path}: {size} MB; open it in a browser": "{path}: {size} MB; hãy mở bằng trình duyệt",
    "{period}: {matched} of {listed} entries fit, of {live} {kind} ({share})": (
        "{period}: {matched} trong {listed} dòng khớp, trên {live} {kind} ({share})"
    ),
    "{reached} of {all}, by {links} links": "{reached} trong {all}, qua {links} quan hệ",
    "{register} has the head {head}, and not {expect}": "{register} có mã băm cuối {head}, không phải {expect}",
    "{register}: {count} entries, head {head}": "{register}: {count} mục, mã băm cuối {head}",
    "{role} of {cluster}": "{role} {cluster}",
    "{role} {unit} has ended; it became {heirs}": "{role} {unit} đã kết thúc, nay là {heirs}",
    "{same} of {count} numbers are as before": "{same} trong {count} số liệu như cũ",
    "{second} is before {first}: give the earlier day first": "{second} trước {first}: hãy cho ngày sớm hơn trước",
    "{source}: there is no column {missing} (there are {columns})": "{source}: không có cột {missing} (có {columns})",
    "{start} to {end}": "{start} đến {end}",
    "{target}: {count} units on {day}, from {rows} rows": "{target}: {count} đơn vị ngày {day}, từ {rows} dòng",
    "{target}: {rows} rows read": "{target}: đọc {rows} dòng",
    "{text} is no bound; say a measure and a number, as area=100 or members=now": (
        "{text} không phải là giới hạn; hãy cho chỉ tiêu và số, như area=100 hoặc members=now"
    ),
    "{text} is nothing to be better by; there are few, many, compact, even=MEASURE": (
        "{text} không phải là tiêu chí; có few, many, compact, even=MEASURE"
    ),
    "{text} means {count} units {where}: {candidates}. Give one of the ids": (
        "{text} chỉ {count} đơn vị {where}: {candidates}. Hãy cho một định danh"
    ),
    "{what}, nothing was written: faults: {count}": "{what}, không ghi gì: số lỗi: {count}",
    "{what}: faults: {count}": "{what}: số lỗi: {count}",
    "made {register}: {count} entries, head {head}": "đã tạo {register}: {count} mục, mã băm cuối {head}",
}
"""English text -> Vietnamese."""
