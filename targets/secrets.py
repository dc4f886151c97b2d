"""Recognizes secrets, and hides them in everything that is written and shown. Standard library only. Pure.

Rules of this file:
- a secret is recognized by its name, however that is spelled (`apiKey`, `X-Api-Key`, `API_KEY`), or by its
form (a bearer token, a private key, the password in a URL); hiding too much is better than too little;
- names and structure stay, values are hidden: a record still shows what was sent;
- a placeholder (`{token}`) is not a secret: its values are hidden where they are listed.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_plus

HIDDEN = "(hidden)"
"""Replaces a secret in records."""

MIN_REPEATED_LENGTH = 4
"""Length of a secret that is hidden wherever it occurs again; a shorter one may be part of another word."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STEMS = re.compile(
    r"passw(or)?d|passwort|passphrase|passcode|passkey|pwd|secret|token(?!s|i[sz])|authori[sz]ation"
    r"|authentication|cookie|credential|bearer|session(id|key|token)|signature"
    r"|(api|access|private|signing|encryption)key"
)
_ENDS = ("pass", "key")
_PARTS_OF_SECRETS = {
    "auth", "csrf", "jwt", "key", "otp", "pass", "pat", "pin", "pw", "session", "sid", "sig", "token", "xsrf"
}  # fmt: skip
"""Words anywhere in a name that make it the name of a secret."""


def is_secret(name: str) -> bool:
    """Whether a value with this name is a secret."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    whole = "".join(parts)
    return bool(_STEMS.search(whole)) or whole.endswith(_ENDS) or not _PARTS_OF_SECRETS.isdisjoint(parts)


def _is_plainly_secret(name: str) -> bool:
    """Whether a value with this name is a secret even in a sentence, in which `session: 5` is none."""
    return bool(_STEMS.search("".join(_PARTS.findall(name.lower()))))


_URL = re.compile(r"(?P<scheme>[\w+.-]://)[^/\s@]*(?:@[^/\s@]*)*@(?=[^/\s@]+)")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.+?)(?=-----END|\Z)", re.DOTALL)
_SCHEME = re.compile(r"\b((?:Bearer|Basic|Digest|Token)\s+)(?=[^\s{]*[\d=+/])([\w+/=.~-]{6,})", re.IGNORECASE)
_JWT = re.compile(r"()(\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*)")
_QUOTED = r"""\"(?:[^"\\]|\\.)*\"|'[^']*'"""
_NAMED = (
    (re.compile(r"""(["'])(?P<name>[^"'\s]{1,80})\1\s*:\s*"""), re.compile(rf"{_QUOTED}|-?\d[\w.]*")),
    (
        re.compile(r"(?<![\w.%\[\]-])(?P<name>[\w.%\[\]-]{1,80})\s*=\s*"),
        re.compile(rf"{_QUOTED}|[^\s&\"'<>]+"),
    ),
    (re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w-]{0,80})[ \t]+"), re.compile(r"[^\s-]\S*")),
    (re.compile(r"<(?P<name>[A-Za-z][\w:.-]{0,80})(?:\s[^<>]*)?>"), re.compile(r"[^<]+(?=</)")),
)
"""Patterns of a name and the value that follows: in JSON, a pair, a flag, an XML element."""
_HEADER = (
    re.compile(r"(?<![\w/-])(?P<name>[\w-]{1,80}):[ \t]+"),
    re.compile(r"(?!\(hidden\))[^\s\"'{][^\r\n\"']*"),
)
_PLACEHOLDER = re.compile(r"(?<!\{)\{(?P<name>[A-Za-z_]\w*)(?::[^{}]*)?(?:\|\w+)?\}(?!\})")
_BARE_SCHEME = re.compile(r"\b(?:Bearer|Basic|Digest|Token)\b", re.IGNORECASE)
_SIMPLE = re.compile(r"(?!.*eyJ)[\w.,;/@+!?#%&|~]*")
"""A text that matches none of the patterns above, as most of the thousands of values that a plan may list."""
_EXAMPLES = {"value", "VALUE"}
"""Values in explanations of syntax: `key=value`."""
_USER_FLAGS = {"-u", "--user", "--proxy-user"}


@dataclass(slots=True)
class Masker:
    """Hides secrets, and remembers them."""

    placeholders: frozenset[str] = frozenset({"port"})
    """Names of placeholders."""
    hidden: set[str] = field(default_factory=set)
    """The secrets that were hidden."""
    filled: set[str] = field(default_factory=set)
    """Placeholders that are used in the place of secrets."""

    def value(self, value: Any, name: str = "", *, secret: bool = False) -> Any:
        """Plain data (as in JSON) without its secrets, at any depth; `secret` hides all values."""
        secret = secret or is_secret(name)
        if isinstance(value, Mapping):
            return {key: self.value(each, str(key), secret=secret) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each, secret=secret) for each in value]
        if isinstance(value, str):
            return self._secret(value) if secret else self.text(value)
        if secret and isinstance(value, int | float) and not isinstance(value, bool):
            self.hidden.add(str(value))
            return HIDDEN
        return value

    def text(self, text: str) -> str:
        """A text without its secrets: those in URLs, queries, forms, JSON, headers, flags and XML
        elements."""
        if _SIMPLE.fullmatch(text):
            return text
        if text[:1] in {"{", "["} and (whole := self._as_json(text)) is not None:
            return whole
        text = _URL.sub(rf"\g<scheme>{HIDDEN}@", text)
        for shape in (_PRIVATE_KEY, _SCHEME, _JWT):
            text = shape.sub(lambda found: found[1] + self._secret(found[2]), text)
        for name, value in _NAMED:
            text = self._named(text, name, value, is_secret)
        return self._named(text, *_HEADER, _is_plainly_secret)

    def words(self, words: Iterable[str]) -> tuple[str, ...]:
        """The words of a command without its secrets."""
        masked: list[str] = []
        before = ""
        for word in words:
            flag = before if before.startswith("-") and "=" not in before else ""
            if flag and is_secret(flag) and not word.startswith("-"):
                masked.append(self._secret(word))
            elif flag in _USER_FLAGS and ":" in word:
                masked.append(f"{word.partition(':')[0]}:{self._secret(word.partition(':')[2])}")
            else:
                masked.append(self.text(word))
            before = word
        return tuple(masked)

    def known(self, text: str) -> str:
        """A text without its secrets, and without those that were hidden before, wherever they occur. Nothing
        is learned from it: words of servers would be hidden wherever they occur from then on."""
        found = [each for each in self.hidden if len(each) >= MIN_REPEATED_LENGTH and each in text]
        for secret in sorted(found, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
        return Masker(self.placeholders).text(text)

    def _secret(self, value: str) -> str:
        """The replacement of a secret; a value that is only a placeholder stays."""
        found = {each["name"] for each in _PLACEHOLDER.finditer(value)}
        stands_for = found & self.placeholders
        self.filled |= stands_for
        rest = _PLACEHOLDER.sub(lambda each: "" if each["name"] in stands_for else each[0], value)
        if value in _EXAMPLES or not re.search(r"\w", _BARE_SCHEME.sub("", rest)):
            return value
        if value != HIDDEN:
            plain = value.strip("\"'")
            self.hidden |= {plain, unquote_plus(plain), quote(plain, safe=""), *plain.split()[1:]}
        return HIDDEN

    def _named(
        self, text: str, names: re.Pattern[str], values: re.Pattern[str], is_one: Callable[[str], bool]
    ) -> str:
        """A text without the values that follow the names of secrets."""
        parts: list[str] = []
        kept_to = at = 0
        while name := names.search(text, at):
            at = name.end()
            value = values.match(text, at) if is_one(unquote_plus(name["name"])) else None
            if value is None:
                continue
            mark = value[0][0] if value[0][0] in "\"'" and len(value[0]) > 1 else ""
            hidden = self._secret(value[0].removeprefix(mark).removesuffix(mark))
            parts += [text[kept_to:at], mark, hidden, mark]
            kept_to = at = value.end()
        return "".join([*parts, text[kept_to:]])

    def _as_json(self, text: str) -> str | None:
        """A text that is JSON as a whole, without its secrets; None if it is not JSON."""
        try:
            read = json.loads(text)
            masked = self.value(read)
        except (ValueError, RecursionError):
            return None
        return text if masked == read else json.dumps(masked, ensure_ascii=False)


class Masked(str):
    """A text without secrets that is not searched for them again: what follows a secret's name in it, such as
    what is wrong with it, stays."""

    __slots__ = ()


def masked_text(text: str) -> str:
    """A text without its secrets."""
    return text if isinstance(text, Masked) else Masker().text(text)


def masked_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a command without its secrets."""
    return Masker().words(words)


def masked_values(values: Mapping[str, str]) -> dict[str, str]:
    """Headers or variables without their secrets."""
    masked: dict[str, str] = Masker().value(values)
    return masked
