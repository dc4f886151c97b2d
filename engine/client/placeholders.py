"""The `{words}` of a request: from what a plan says to slots in the bytes that are sent.

A word is replaced by a *token* of letters and digits before httpx encodes the request, and the token is found
again afterwards. So only httpx needs to know how a query, a form or JSON is written, and the token's position
says how values must be escaped there.

    {user}  {n}  {uuid}  {random:1-100}  {NAME}  {NAME:user}      {{word}} is the text {word}
    {data.FILE.COLUMN}                                            a value of a row of a data file
    {setup.NAME}                                                  a value that a setup request took
    "{n|number}"                                                  a JSON value: the number, without its quotes
    ${NAME}  ${NAME:-default}                                     a variable of the environment, as if its
                                                                  value were written there; $${ is the text ${
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

from engine.client.template_fill import TemplateFillError, escaped
from engine.protocol.request import Escape, Slot
from targets.errors import UsageError, unknown
from targets.variables import VARIABLE, VariableError, Variables

BUILT_IN = ("user", "n", "uuid", "random")
"""Words that every plan has; no list and no taken value may have these names."""

_NAME = r"(?:(?:data|setup)\.[^{}|:]+|[A-Za-z_]\w*)"
_WORD = re.compile(
    rf"(?P<variable>{VARIABLE.pattern})"
    rf"|\{{\{{(?P<literal>{_NAME}(?:[:|][^{{}}]*)?)\}}\}}"
    rf"|\{{(?P<word>{_NAME})"
    r"(?::(?P<argument>[^{}|]*))?(?P<number>\|number)?\}",
    re.ASCII,
)
_LITERAL = re.compile(rf"\$\{{|\{{{_NAME}(?:[:|][^{{}}]*)?\}}", re.ASCII)
"""What a plan takes for the beginning of a variable, and for a word."""
_LENGTH = re.compile(rb"(\r\ncontent-length: )\d+", re.IGNORECASE)
_READY = frozenset({"cookies", "basic", "length"})
"""Sources whose values need no escaping."""
_RANGE = re.compile(r"(?P<low>-?\d{1,18})-(?P<high>-?\d{1,18})", re.ASCII)


def as_literal(text: str) -> str:
    """A text as a plan must have it, so that exactly this is sent: nothing in it is a word or a variable."""
    return _LITERAL.sub(lambda found: "$${" if found[0] == "${" else f"{{{found[0]}}}", text)


@dataclass(frozen=True, slots=True)
class Words:
    """The words that a request may use, besides the built-in ones."""

    data: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The plan's lists of values."""
    taken: frozenset[str] = frozenset()
    """Names of values that earlier steps take from their responses."""
    variables: Variables = field(default_factory=Variables)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The names of all columns of each data file."""
    setup: Mapping[str, str | None] = field(default_factory=dict)
    """Values that setup requests took; None: not taken yet, when requests are only checked."""


@dataclass(slots=True)
class Placeholders:
    """The words of one request while it is being encoded."""

    request: str
    """The request's name."""
    words: Words | None
    """None: the request is sent as it is written."""
    _slots: list[Slot] = field(default_factory=list)
    """By the number in their token; their positions are not known yet."""
    _found: int = 0
    """How many tokens were found again."""
    _nonce: str = field(default_factory=lambda: f"Q{secrets.token_hex(8)}Q")

    def tokenised(self, value: Any) -> Any:
        """The same value with a token for every word, in texts at any depth; other values as they are.

        Raises UsageError for an unknown word.
        """
        if self.words is None:
            return value
        if isinstance(value, str):
            return _WORD.sub(self._token, value)
        if isinstance(value, Mapping):
            return {self.tokenised(key): self.tokenised(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.tokenised(each) for each in value]
        return value

    def basic(self, user: str, password: str) -> str:
        """`user:password` as Basic authentication encodes it; a token if there are words in it."""
        first = len(self._slots)
        inner = self.tokenised(f"{user}:{password}").encode()
        if len(self._slots) == first:
            return b64encode(inner).decode()
        found, slots = self._without_tokens(inner, lambda at: "text")
        del self._slots[first:]
        if not slots:
            return b64encode(found).decode()
        return self._hide(Slot(0, "basic", inner=found, inner_slots=slots))

    def resolved(
        self, head: bytes, body: bytes, *, body_escape: Escape, with_cookies: bool
    ) -> tuple[bytes, tuple[Slot, ...]]:
        """The encoded request without its tokens, and its slots, each where its token stood.

        `head` ends with its empty line; values in the body get `body_escape`. With `with_cookies`, a
        slot for the user's cookies is added to the head; where the body has slots, one for its length.
        Raises UsageError if a token got lost, or a number is outside JSON.
        """
        if not self._slots and not with_cookies:
            return head + body, ()
        expected = len(self._slots)
        self._found = 0
        body, body_slots = self._without_tokens(body, lambda at: body_escape)
        length = self._hide(Slot(0, "length")) if body_slots else str(len(body))
        if self._found:
            head = _LENGTH.sub(lambda line: line[1] + length.encode(), head)
        if with_cookies:
            head = head[:-2] + self._hide(Slot(0, "cookies")).encode() + head[-2:]
        target_end = head.index(b"\r\n")
        head, head_slots = self._without_tokens(head, lambda at: "url" if at < target_end else "header")
        slots = (*head_slots, *(replace(slot, at=slot.at + len(head)) for slot in body_slots))
        if self._found - sum(slot.source in {"length", "cookies"} for slot in slots) != expected:
            raise self._rejected("a word stands where none can be filled in", "leave it out there")
        return head + body, slots

    def _without_tokens(
        self, data: bytes, escape_at: Callable[[int], Escape]
    ) -> tuple[bytes, tuple[Slot, ...]]:
        """The data without its tokens, and their slots in order."""
        left, slots, done = bytearray(), [], 0
        for token in re.finditer(rb'"?%s(\d+)Z"?' % self._nonce.encode(), data):
            slot = self._slots[int(token[1])]
            opens, closes = token[0].startswith(b'"'), token[0].endswith(b'"')
            escape = escape_at(token.start())
            if slot.escape == "number" and not (escape == "json" and opens and closes):
                raise self._rejected("|number stands outside a JSON value", 'write it as in "{n|number}"')
            if slot.escape == "number":
                opens = closes = False
                escape = "number"
            elif slot.source in _READY:
                escape = "none"
            self._found += 1
            left += data[done : token.start() + opens]
            done = token.end() - closes
            if slot.source == "fixed":
                left += self._fixed(replace(slot, escape=escape))
            else:
                slots.append(self._checked(replace(slot, at=len(left), escape=escape)))
        return bytes(left + data[done:]), tuple(slots)

    def _fixed(self, slot: Slot) -> bytes:
        """A value that is the same in every request, as its place needs it."""
        try:
            return escaped(slot.values[0], slot)
        except TemplateFillError as error:
            raise self._rejected(str(error), "look at what the setup request takes") from error

    def _checked(self, slot: Slot) -> Slot:
        """The slot. Raises UsageError if a value of its list is not allowed at its place."""
        try:
            for value in slot.values:
                escaped(value, slot)
        except TemplateFillError as error:
            raise self._rejected(str(error), f"correct the list data.{slot.name}, or its place") from error
        return slot

    def _token(self, match: re.Match[str]) -> str:
        if match["variable"]:
            return self._variable(match)
        if match["literal"]:
            return f"{{{match['literal']}}}"
        slot = self._slot(match["word"], match["argument"])
        return self._hide(replace(slot, escape="number") if match["number"] else slot)

    def _variable(self, match: re.Match[str]) -> str:
        try:
            return (self.words or Words()).variables.replacement(match)
        except VariableError as error:
            raise UsageError(
                f"the request {self.request!r} cannot be sent", why=str(error), hint=error.hint
            ) from error

    def _hide(self, slot: Slot) -> str:
        self._slots.append(slot)
        return f"{self._nonce}{len(self._slots) - 1}Z"

    def _slot(self, word: str, argument: str | None) -> Slot:
        words = self.words or Words()
        salt = crc32(f"{self.request}/{len(self._slots)}".encode())
        if word.startswith("data."):
            return self._row(word, argument, words)
        if word.startswith("setup."):
            return self._taken_in_setup(word, argument, words)
        if word == "random":
            return self._random(argument or "", salt)
        if word in words.data and argument in {None, "user"}:
            return Slot(0, "data", name=word, values=words.data[word], by_user=argument == "user")
        if argument is not None:
            raise self._rejected(
                f"{{{word}:{argument}}} means nothing", "only {random:1-100} and {NAME:user} have a colon"
            )
        if word in words.taken:
            return Slot(0, "taken", name=word)
        match word:
            case "user" | "n" | "uuid":
                return Slot(0, word, salt=salt)
        known = [*BUILT_IN, *words.data, *sorted(words.taken)]
        raise self._unknown("word", word, known, word)

    def _row(self, word: str, argument: str | None, words: Words) -> Slot:
        """A slot for a value of a data file."""
        table, _, column = word.removeprefix("data.").partition(".")
        if argument is not None:
            raise self._rejected(f"{{{word}:{argument}}} means nothing", "leave out the colon")
        if table in words.data:
            raise self._rejected(f"data.{table} is a list, not a file", f"write {{{table}}}")
        if table not in words.columns:
            raise self._unknown("data file", table, list(words.columns), word)
        if column not in words.columns[table]:
            raise self._unknown(f"column of data.{table}", column, list(words.columns[table]), word)
        return Slot(0, "row", name=column, table=table)

    def _taken_in_setup(self, word: str, argument: str | None, words: Words) -> Slot:
        """A slot for a value that a setup request took, which is known before anything is sent."""
        name = word.removeprefix("setup.")
        if argument is not None:
            raise self._rejected(f"{{{word}:{argument}}} means nothing", "leave out the colon")
        if name not in words.setup:
            raise self._unknown("value taken by a setup request", name, list(words.setup), word)
        value = words.setup[name]
        return Slot(0, "fixed", name=word, values=("0" if value is None else value,))

    def _unknown(self, kind: str, name: str, known: list[str], word: str) -> UsageError:
        problem = unknown(kind, name, known, hint=f"or write {{{{{word}}}}} for the text itself")
        return UsageError(f"the request {self.request!r}: {problem.what}", why=problem.why, hint=problem.hint)

    def _random(self, argument: str, salt: int) -> Slot:
        ends = _RANGE.fullmatch(argument)
        if ends is None or int(ends["low"]) > int(ends["high"]):
            raise self._rejected(
                f"{{random:{argument}}} has no range", "write it as in {random:1-100}, with 18 digits at most"
            )
        return Slot(0, "random", salt=salt, low=int(ends["low"]), high=int(ends["high"]))

    def _rejected(self, why: str, hint: str) -> UsageError:
        return UsageError(f"the request {self.request!r} cannot be sent", why=why, hint=hint)
