"""Inputs that are nearly right: bytes, lines, JSON values and TOML with something wrong in them."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

WORDS: Final = (
    "9" * 5000, "1e400", "1e99999999", "-1", "0", "1e-400", "NaN", "Infinity", "-0.0", "1.5", "1/0", "1/3", "inf", "nan",
    "99999999999999999999", "\x00", "\ufeff", "\u202e", "é", "e\u0301", "", "\r\n", "\r", "\t", '"', "'", "[[", "]]",
    "{", "}", "[" * 3000, "true", "null", "\\", "\\u0000", "\\ud800", "0001-01-01", "9999-12-31", "2025-02-29",
    "2025-07-01", "2025-07-01T00:00:00Z", "07:32:00", "$x", "..", "/dev/zero", "../../etc/passwd", "=", "#", "about 5",
    "more than", "unknown, 5 to ?", "x" * 70000, "a.b.c", "*", "%s", "{0}", "vn", "p0", "c1", "centre", "province", "k1",
)  # fmt: skip
"""What readers trip over: numbers without end, days on the edge, signs of formats, words of the samples."""

VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 5, 10**30, 2**63, 1.5, float("nan"), 1e308, "", "a", "p0", "vn", "c1", "k", "k1", "members",
    "measure:members", "1/3", "1/0", "2025-07-01", "0001-01-01", "9999-12-31", "2025-02-29", "\ud800", "\0", [], [[]],
    {}, {"a": 1}, {"day": "2025-01-01"}, {"absent": "vacant"}, {"fraction": "1/3"}, {"fraction": "1e999999"},
    {"decimal": "1e999999"}, {"decimal": "NaN"}, {"quantity": {"qualifier": "about", "value": 3}},
    {"quantity": {"qualifier": "unknown"}}, ["a", ["b"]], "x" * 3000, "kind", "parent", "name", "code", "life", "link",
    "member:k", "role", "office", "fact:x", "parent:x", "whole", "part", "creation", "closure", "change", "succession",
)  # fmt: skip

FIELDS: Final = (
    "kind", "name", "id", "until", "slot", "parent", "first_known", "last_known", "reestablishes", "out_of", "shares",
    "x", "", "created", "changes", "cross_kind", "complete", "agency", "start", "end", "event", "operation", "of", "op",
    "before", "after", "within", "key", "block", "lines", "previous", "hierarchy", "cover", "evidence",
)  # fmt: skip


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def mutated_bytes(rng: random.Random, sample: bytes) -> bytes:
    """Bytes with a few changes: bits, pieces lost, doubled or put elsewhere, tokens, lines, a cut."""
    raw = bytearray(sample)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        at = rng.randrange(len(raw) + 1)
        to = min(len(raw), at + rng.choice([1, 2, 5, 20, 100]))
        match rng.randrange(9):
            case 0 if raw:
                raw[min(at, len(raw) - 1)] ^= 1 << rng.randrange(8)
            case 1:
                del raw[at:to]
            case 2:
                raw[at:at] = raw[at:to] * rng.choice([1, 2, 50])
            case 3:
                raw[at:at] = _bytes(rng.choice(WORDS))
            case 4:
                raw[at:to] = _bytes(rng.choice(WORDS))
            case 5 | 6:
                tokens = [match.span() for match in re.finditer(rb'"[^"\n]*"|[\w.\-]+', bytes(raw))]
                if tokens:
                    first, last = rng.choice(tokens)
                    if rng.random() < 0.5:
                        other = rng.choice(tokens)
                        new = bytes(raw[slice(*other)])
                    else:
                        new = _bytes(rng.choice(WORDS))
                        new = b'"' + new + b'"' if rng.random() < 0.5 else new
                    raw[first:last] = new
            case 7:
                raw = bytearray(mutated_lines(rng, bytes(raw)))
            case _:
                del raw[at:]
        del raw[2_000_000:]
    return bytes(raw)


def mutated_lines(rng: random.Random, sample: bytes) -> bytes:
    """Lines of which one is lost, doubled or in the place of another."""
    lines = sample.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            del lines[one]
        case _:
            lines.insert(other, lines[one])
    return b"\n".join(lines)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _paths(item, (*path, key))


def mutated_json(rng: random.Random, value: Any, values: Sequence[Any] = VALUES) -> Any:
    """A JSON value in which one part was lost, added, doubled, or is another one."""
    value = copy.deepcopy(value)
    paths = list(_paths(value))
    if not paths:
        return rng.choice(values)

    def get(path: tuple[Any, ...]) -> Any:
        found = value
        for key in path:
            found = found[key]
        return found

    path = rng.choice(paths)
    inside, last = get(path[:-1]), path[-1]
    match rng.randrange(6):
        case 0:
            del inside[last]
        case 1 if isinstance(inside, dict):
            inside[rng.choice(FIELDS)] = copy.deepcopy(rng.choice(values))
        case 2 if isinstance(inside, list):
            inside.insert(last, copy.deepcopy(rng.choice(inside)))
        case 3:
            inside[last] = copy.deepcopy(get(rng.choice(paths)))
        case _:
            inside[last] = copy.deepcopy(rng.choice(values))
    return value


def as_json(value: Any) -> bytes:
    """JSON as a careless program writes it."""
    return json.dumps(value, ensure_ascii=True).encode()


def mutated_json_lines(rng: random.Random, sample: bytes) -> bytes:
    """JSON Lines of which some were changed as :func:`mutated_json` does."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, sample)
    lines = sample.rstrip(b"\n").split(b"\n")
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(lines))
        lines[at] = as_json(mutated_json(rng, json.loads(lines[at])))
    return b"\n".join(lines) + b"\n"


_TOML: Final = (
    '{policy="equal"}', "inf", "-inf", "nan", "1e400", "[[[]]]", "{}", "[]", "[1,2]", "{days=10000000000000}", "true",
    "{years=-3000}", "{weekday=1}", '"1e99999999"', '"1/"', "0x10", "1979-05-27T07:32:00Z", "07:32:00", '""', '"$x"',
    '"$north_west"', '{code="02"}', '{kind="commune"}', '{under="vn"}', '"about 5"', '"more than x"', "-5",
    "99999999999999999999999", '"/dev/zero"', '"../../x.csv"',
)  # fmt: skip


def mutated_toml(rng: random.Random, sample: bytes) -> bytes:
    """TOML of which some keys say something else."""
    if rng.random() < 0.4:
        return mutated_bytes(rng, sample)
    text = sample.decode()
    for _ in range(rng.choice([1, 1, 2, 3])):
        lines = text.split("\n")
        at = rng.randrange(len(lines))
        assigned = re.match(r"\s*(\w+)\s*=\s*(.*)", lines[at])
        match rng.randrange(4):
            case 0 | 1 if assigned:
                lines[at] = f"{assigned[1]} = {rng.choice(_TOML)}"
            case 2 if assigned:
                other = re.match(r"\s*(\w+)\s*=\s*(.*)", rng.choice(lines))
                if other:
                    keep = rng.random() < 0.7
                    lines[at] = f"{assigned[1]} = {other[2]}" if keep else f"{other[1]} = {assigned[2]}"
            case 3:
                found = re.findall(r'"[^"]*"|\b\d[\w./-]*', lines[at])
                if found:
                    lines[at] = lines[at].replace(rng.choice(found), rng.choice(_TOML), 1)
        text = "\n".join(lines)
    return text.encode("utf-8", "surrogatepass")


Mutation = Callable[[random.Random, bytes], bytes]
