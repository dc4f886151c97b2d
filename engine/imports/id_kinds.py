"""Values that are made by machines: numbers, UUIDs, hexadecimal and random texts. Pure."""

import re

_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?=[a-f]*\d)[0-9a-f]{8,}", re.IGNORECASE)
_MIXED = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{10,}", re.ASCII)
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=.~-]{16,}", re.ASCII)


def is_id(text: str) -> bool:
    """Whether a text is a number, a UUID, hexadecimal (at least eight digits, one of them up to 9), or ten or
    more digits, small and capital letters."""
    return any(kind.fullmatch(text) for kind in (_NUMBER, _UUID, _HEX, _MIXED))


def is_random(text: str) -> bool:
    """Whether a text looks like a token: at least 16 letters, digits and signs of Base64, without spaces."""
    return bool(_RANDOM.fullmatch(text))
