"""Texts in the formats of schemas (`format: date-time`), and of a length. Pure."""

import math

MAX_TEXT = 10_000
"""Characters of a text that is made."""

_SAMPLES: dict[str, tuple[str, ...]] = {
    "date": ("2025-01-31",),
    "date-time": ("2025-01-31T12:00:00Z",),
    "time": ("12:00:00Z",),
    "duration": ("PT1H", "P1D"),
    "uuid": ("3fa85f64-5717-4562-b3fc-2c963f66afa6",),
    "email": ("user@example.com", "a@b.co"),
    "idn-email": ("user@example.com", "a@b.co"),
    "uri": ("https://example.com/", "http://a.co"),
    "url": ("https://example.com/", "http://a.co"),
    "iri": ("https://example.com/", "http://a.co"),
    "uri-reference": ("/example", "/"),
    "iri-reference": ("/example", "/"),
    "uri-template": ("/example/{id}", "/"),
    "hostname": ("example.com", "a.co"),
    "idn-hostname": ("example.com", "a.co"),
    "ipv4": ("192.0.2.1",),
    "ip": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "byte": ("dGV4dA==", ""),
    "json-pointer": ("/example", ""),
    "relative-json-pointer": ("0/example", "0"),
    "regex": ("^[a-z]+$", ""),
    "decimal": ("1.00", "1"),
}
"""Format → texts, the most readable first, the shortest last (RFC 2606 for names, RFC 5737 and 3849 for
addresses)."""

_PADDED = {
    "email": ("", "a", "@example.com"),
    "idn-email": ("", "a", "@example.com"),
    "uri": ("https://example.com/", "a", ""),
    "url": ("https://example.com/", "a", ""),
    "iri": ("https://example.com/", "a", ""),
    "uri-reference": ("/", "a", ""),
    "byte": ("", "dGV4", ""),
}
"""Format → what a longer text is made of: its beginning, what is repeated, its end."""

_WORD = "text"
_SHORT = ("Text", "TEXT", "1", "1.0", "10", "a", "A")


def text_of(formats: tuple[str, ...], shortest: int = 0, longest: float = math.inf) -> str | None:
    """A text of an allowed length, in the first of the formats that is known. None if there is none.

    Of an unknown format it is any text, as JSON Schema has it.
    """
    if shortest > min(longest, MAX_TEXT):
        return None
    known = next((each for each in formats if each in _SAMPLES), "")
    for sample in _SAMPLES.get(known, ()):
        if shortest <= len(sample) <= longest:
            return sample
    if known:
        text = _padded(known, shortest)
        return text if text is not None and shortest <= len(text) <= longest else None
    return _plain(shortest, longest)


def candidates(formats: tuple[str, ...], shortest: int = 0, longest: float = math.inf) -> list[str]:
    """Readable texts of an allowed length, those in one of the formats first: one of them may match a
    pattern."""
    made = text_of(formats, shortest, longest)
    texts = [sample for each in formats for sample in _SAMPLES.get(each, ())]
    texts += [made or "", _plain(shortest, longest) if shortest <= min(longest, MAX_TEXT) else "", *_SHORT]
    return [each for each in dict.fromkeys(texts) if each and shortest <= len(each) <= longest]


def _plain(shortest: int, longest: float) -> str:
    if shortest > len(_WORD):
        return (f"{_WORD} " * (shortest // 5 + 1))[: shortest - 1] + "t"
    return _WORD[: int(min(longest, len(_WORD)))]


def _padded(name: str, shortest: int) -> str | None:
    if name not in _PADDED:
        return None
    begin, repeated, end = _PADDED[name]
    missing = max(shortest - len(begin) - len(end), 1)
    return begin + repeated * math.ceil(missing / len(repeated)) + end
