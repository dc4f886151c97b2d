"""Recognizes secrets, and hides them in everything that is written and shown. Standard library only. Pure.

Rules of this file:
- a secret is recognized by its name, however that is spelled (`apiKey`, `X-Api-Key`, `API_KEY`), or by its
form (a bearer token, a private key, the password in a URL); hiding too much is better than too little;
- names and structure stay, values are hidden: a record still shows what was sent;
- a placeholder (`{token}`) is not a secret: its values are hidden where they are listed;
- a variable of the environment (`${TOKEN}`) is not a secret either: it stays, and replaces its value wherever
  that occurs.
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

from targets.graphql import Literal, begins_document, read_document
from targets.variables import VARIABLE, has_variables, without_defaults

HIDDEN = "(hidden)"
"""Replaces a secret in records."""

MIN_REPEATED_LENGTH = 4
"""Length of a secret that is hidden wherever it occurs again; a shorter one may be part of another word."""

MIN_TOKEN_LENGTH = 8
"""Length of a variable's value that is replaced even within a word."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STEMS = re.compile(
    r"passw(or)?d|passwort|passphrase|passcode|passkey|pwd|secret|token(?!s|i[sz])|authori[sz]ation"
    r"|authentication|cookie|credential|bearer|sess(ion)?(id|key|token)|signature"
    r"|(api|access|private|signing|encryption)key"
)
_ENDS = ("pass", "key")
_PARTS_OF_SECRETS = {
    "assertion", "auth", "creds", "csrf", "jwt", "key", "otp", "pass", "pat", "pin", "pw", "saml", "session",
    "sid", "sig", "token", "xsrf",
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
    (
        re.compile(
            r"(?:(?<=%26)|(?<=%3[Ff])|(?<![\w.%-]))(?P<name>(?:[\w.-]|%5[BbDdFf]){1,80})%3[Dd]",
        ),
        re.compile(r"(?:(?!%26|%23|%3[Bb])[^\s&\"'<>])+"),
    ),
    (re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w-]{0,80})[ \t]+"), re.compile(r"[^\s-]\S*")),
    (re.compile(r"<(?P<name>[A-Za-z][\w:.-]{0,80})(?:\s[^<>]*)?>"), re.compile(r"[^<]+(?=</)")),
    (
        re.compile(
            r'form-data;\s*name="(?P<name>[^"\r\n]{1,80})"[^\r\n]{0,200}(?:\r?\n[^\r\n]+){0,5}(?:\r?\n){2}'
        ),
        re.compile(r"[^\r\n]+"),
    ),
)
"""Patterns of a name and the value that follows: in JSON, a pair, a pair in a URL that is a parameter itself,
a flag, an XML element, a field of a multipart form."""
_HEADER = (
    re.compile(r"(?<![\w/-])(?P<name>[\w-]{1,80}):[ \t]+"),
    re.compile(r"(?!\(hidden\))[^\s\"'{][^\r\n\"']*"),
)
_PLACEHOLDER = re.compile(
    r"(?<!\{)\{(?P<name>(?:data|setup)\.[^{}|:]+|[A-Za-z_]\w*)(?::[^{}]*)?(?:\|\w+)?\}(?!\})"
)
_WORD_OF_TEXT = re.compile(r"[^\s\"'<>&=,;(){}\[\]]+")
_BETWEEN_PAIRS = re.compile(r"(\s*[;&]\s*)")
_PAIR_NAME = re.compile(r"[\w.%\[\]-]+=")
_BARE_SCHEME = re.compile(r"\b(?:Bearer|Basic|Digest|Token)\b", re.IGNORECASE)
_SIMPLE = re.compile(r"(?!.*(?:eyJ|%3[Dd]))[\w.,;/@+!?#%&|~]*")
"""A text that matches none of the patterns above, as most of the thousands of values that a plan may list."""
_EXAMPLES = {"value", "VALUE"}
"""Values in explanations of syntax: `key=value`."""
_USER_FLAGS = {"-u", "--user", "--proxy-user"}


def _hidden(value: Any, name: str) -> str:
    del value, name
    return HIDDEN


@dataclass(slots=True)
class Masker:
    """Hides secrets, and remembers them."""

    placeholders: frozenset[str] = frozenset({"port"})
    """Names of placeholders."""
    hidden: set[str] = field(default_factory=set)
    """The secrets that were hidden."""
    filled: set[str] = field(default_factory=set)
    """Placeholders that are used in the place of secrets."""
    listed: frozenset[str] = frozenset()
    """Secrets of data files, of which there may be very many: hidden where they are a word of a text."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of variables of the environment, by name."""
    stand_in: Callable[[Any, str], str] = field(default=_hidden)
    """What replaces a secret: given the text or number, and the name that it was recognized by, empty if it
    was recognized by its form."""
    _names: dict[str, str] = field(init=False, repr=False)
    """Values of variables, in each of their encodings, and how the variable is written."""

    def __post_init__(self) -> None:
        self._names = {
            each: f"${{{name}}}"
            for name, value in self.variables.items()
            for each in _encodings_of(value)
            if len(each) >= MIN_REPEATED_LENGTH
        }

    def value(self, value: Any, name: str = "", *, secret: bool = False) -> Any:
        """Plain data (as in JSON) without its secrets, at any depth; `secret` hides all values."""
        secret = secret or is_secret(name)
        if isinstance(value, Mapping):
            return {
                key: self.document(each)
                if key == "query" and not secret and begins_document(each)
                else self.value(each, str(key), secret=secret)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(each, name, secret=secret) for each in value]
        if isinstance(value, str):
            return self._secret(value, name) if secret else self.text(value)
        if secret and isinstance(value, int | float) and not isinstance(value, bool):
            self.hidden.add(str(value))
            return self.stand_in(value, name)
        return value

    def learn(self, values: Mapping[str, str]) -> None:
        """Remembers those of these values that are secrets by their names, or are used as secrets under
        them."""
        for name, value in values.items():
            if is_secret(name) or name in self.filled:
                self._hide(value)

    def text(self, text: str) -> str:
        """A text without its secrets: those in URLs, queries, forms, JSON, headers, flags and XML
        elements."""
        if _SIMPLE.fullmatch(text):
            return text
        if text[:1] in {"{", "["} and (whole := self._as_json(text)) is not None:
            return whole
        text = _URL.sub(_without_credentials, text)
        for shape in (_PRIVATE_KEY, _SCHEME, _JWT):
            text = shape.sub(lambda found: found[1] + self._secret(found[2]), text)
        for name, value in _NAMED:
            text = self._named(text, name, value, is_secret)
        return self._named(text, *_HEADER, _is_plainly_secret)

    def document(self, text: str) -> str:
        """A GraphQL document without the secrets among its texts and numbers. One that is not whole may be
        any text, and has no syntax to keep."""
        document = read_document(text, is_secret)
        parts: list[str] = []
        kept_to = 0
        for each in document.literals:
            parts += [text[kept_to : each.start], self._literal(text[each.start : each.end], each)]
            kept_to = each.end
        hidden = "".join([*parts, text[kept_to:]])
        return hidden if document.is_whole else self.text(hidden)

    def _literal(self, value: str, literal: Literal) -> str:
        if not value or (literal.is_number and not literal.is_secret):
            return value
        return self._secret(value, literal.name) if literal.is_secret else self.text(value)

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

    def with_variables(self, text: str) -> str:
        """A text in which every variable replaces its value, however that is encoded."""
        found = [each for each in self._names if each in text]
        if not found:
            return text
        kind = type(text)
        for each in sorted(found, key=len, reverse=True):
            word = re.escape(each)
            pattern = word if len(each) >= MIN_TOKEN_LENGTH else rf"(?<!\w){word}(?!\w)"
            text = re.sub(pattern, partial(_always, self._names[each]), text)
        return kind(text)

    def known(self, text: str) -> str:
        """A text without its secrets, and without those that were hidden before, wherever they occur. Nothing
        is learned from it: words of servers would be hidden wherever they occur from then on."""
        text = self.with_variables(text)
        if self.listed:
            text = _WORD_OF_TEXT.sub(self._unless_listed, text)
        found = [each for each in self.hidden if len(each) >= MIN_REPEATED_LENGTH and each in text]
        for secret in sorted(found, key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
        return Masker(self.placeholders).text(text)

    def _unless_listed(self, found: re.Match[str]) -> str:
        word = found[0]
        bare = word if word in self.listed else word.strip(".:!?")
        return word.replace(bare, HIDDEN) if bare in self.listed else word

    def _secret(self, value: str, name: str = "") -> str:
        """The replacement of a secret; what is only a placeholder or a variable stays. In a list of pairs
        with variables (`a=${A}; b=${B}`), that is so for each pair."""
        if not has_variables(value):
            return value if self._is_filled_in(value) else self._hide(value, name)
        parts = _BETWEEN_PAIRS.split(value)
        return "".join(part if at % 2 else self._beside_variables(part) for at, part in enumerate(parts))

    def _beside_variables(self, part: str) -> str:
        """A secret, or the pair of a name and one, that may be a variable."""
        name = found[0] if (found := _PAIR_NAME.match(part)) else ""
        secret = part[len(name) :]
        if not self._is_filled_in(VARIABLE.sub("", secret)):
            self._hide(VARIABLE.sub("", part))
            return name + HIDDEN
        return name + without_defaults(secret, self._hide)

    def _is_filled_in(self, value: str) -> bool:
        """Whether nothing of a secret is written in a value, besides placeholders and words of syntax."""
        found = {each["name"] for each in _PLACEHOLDER.finditer(value)}
        stands_for = found & self.placeholders
        self.filled |= stands_for
        rest = _PLACEHOLDER.sub(lambda each: "" if each["name"] in stands_for else each[0], value)
        return value in _EXAMPLES or not re.search(r"\w", _BARE_SCHEME.sub("", rest))

    def _hide(self, value: str, name: str = "") -> str:
        """Remembers a secret, and returns its replacement."""
        if value == HIDDEN:
            return HIDDEN
        plain = value.strip("\"'")
        self.hidden |= {plain, unquote_plus(plain), quote(plain, safe=""), *plain.split()[1:]}
        return self.stand_in(value, name)

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
            found = value[0].removeprefix(mark).removesuffix(mark)
            hidden = self._secret(found, unquote_plus(name["name"]))
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


def _always(text: str, _found: re.Match[str]) -> str:
    return text


def _without_credentials(found: re.Match[str]) -> str:
    """A URL's scheme, user and password, without these; a password that is a variable stays."""
    credentials = found[0].removeprefix(found["scheme"]).removesuffix("@")
    user, colon, password = credentials.partition(":")
    is_variable = colon and not VARIABLE.sub("", password) and not has_variables(user)
    if is_variable and without_defaults(password, lambda _: "") == password:
        return found[0]
    return f"{found['scheme']}{HIDDEN}@"


def _encodings_of(value: str) -> set[str]:
    """A text as it may stand in URLs, forms, JSON, HTML and Basic authentication, and its longer lines."""
    as_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    in_base64 = b64encode(value.encode("utf-8", "replace")).decode().rstrip("=")
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= MIN_TOKEN_LENGTH}
    in_urls = {quote(value), quote(value, safe=""), quote_plus(value)}
    return {value, html.escape(value), in_base64, *as_json, *lines, *in_urls}


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
