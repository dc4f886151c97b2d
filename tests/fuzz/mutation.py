"""Inputs out of good ones: bytes that are cut, doubled, spliced and flipped, values that are odd."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

MOST_BYTES = 200_000

INTERESTING = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r\n", b"\n", b"\t", b" ", b"\x1b[2J", b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"%", b"%00", b"%zz", b"..", b"/", b"//", b"\\", b'"', b"'", b"{", b"}", b"{{", b"[", b"]", b":", b"=",
    b",",
    b"0", b"-0", b"-1", b"1e309", b"nan", b"inf", b"99999999999999999999", b"0.1", b"\xd9\xa3",
    "ü".encode(),
    "😀".encode(), b"~", b"~2", b"#", b"*", b"$", b"\x7f", b"\xc2\x85", b"a" * 300,
)  # fmt: skip
"""Pieces that parsers stumble over."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 0.0, -0.5, 1e308,
    5e-324,
    float("nan"), float("inf"), "", " ", "\x00", "\r\n", "\x1b]0;x\x07", "\u202e", "ü/ø", "😀",
    "a" * 5000, "..",
    "/", "//", "{user}", "{", "}", "{{", "{nobody}", "%", "%zz", "1", "-1 s", "1e999 s", "0 s", "nan s",
    "10 ms",
    "5 s to 1 s", "about 0 s", "http://", "http://[::1", "https://a..b/", "http://x:99999",
    "file:///etc/passwd",
    "p95 < 1 ms", "p0 < 1 s", "p100 < 0 ms", "errors < 200 %", "none", "auto", "\u0663", "0x10", "1_000",
    "\ud800",
    [], {}, [[]], [{}], {"": ""}, [1, "a", None], ["a"] * 50, {"a": {"b": {"c": []}}},
)  # fmt: skip
"""Values that nobody means."""


def mutated(data: bytes, random: Random, pieces: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """The data after one to four changes. `others` are spliced in, and may be as good as itself."""
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        data = random.choice(_CHANGES)(data, random, pieces, others)[:MOST_BYTES]
    return data


def _span(data: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(data) + 1)
    return begin, min(begin + random.choice((0, 1, 1, 2, 4, 8, 32, 200)), len(data))


def _replace(data: bytes, random: Random, pieces: Sequence[bytes], _: Sequence[bytes]) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + random.choice(pieces) + data[end:]


def _delete(data: bytes, random: Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[end:]


def _repeat(data: bytes, random: Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[begin:end] * random.choice((2, 2, 3, 20, 2000)) + data[end:]


def _flip(data: bytes, random: Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _splice(data: bytes, random: Random, _: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    other = random.choice(others)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _move(data: bytes, random: Random, _: Sequence[bytes], __: Sequence[bytes]) -> bytes:
    begin, end = _span(data, random)
    rest = data[:begin] + data[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + data[begin:end] + rest[at:]


_CHANGES: tuple[Callable[[bytes, Random, Sequence[bytes], Sequence[bytes]], bytes], ...] = (
    _replace,
    _replace,
    _replace,
    _delete,
    _repeat,
    _flip,
    _splice,
    _move,
)


def changed_value(value: Any, random: Random, odd: Sequence[Any] = ODD) -> Any:
    """Plain data with one odd value somewhere in it, a key more or fewer, or one that is written wrongly.
    Every place is as likely as any other, however deep it is."""
    path = random.choice(list(_places(value)))
    return _with(value, path, lambda old: _changed(old, random, odd))


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where there is a value, as keys and indices from the top."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*path, key))


def _with(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """A copy with the value at a place changed."""
    if not path:
        return change(value)
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = _with(copied[path[0]], path[1:], change)
    return copied


def _changed(value: Any, random: Random, odd: Sequence[Any]) -> Any:
    """One value in another's place."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        match random.randrange(3):
            case 0:
                return {name: each for name, each in value.items() if name != key}
            case 1:
                return value | {f"{key}x": value[key]}
            case _:
                return value | {random.choice(list(value)): value[key]}
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        return random.choice((value * 20, [], value[:at] + value[at + 1 :], [*value, value[at]]))
    if isinstance(value, str) and random.random() < 0.4:
        begin = random.randrange(len(value) + 1)
        piece = random.choice([each for each in odd if isinstance(each, str)])
        return value[:begin] + piece + value[begin + random.randrange(3) :]
    return random.choice(odd)
