"""The `{words}` of a request: from what a plan says to slots in the bytes that go over the wire.

A word is replaced by a *token* of letters and digits before httpx encodes the request, and found again
afterwards: so httpx stays the only one who knows how a query, a form or JSON is written, and where a token is
found says how the values that stand there must be escaped.

    {user}  {n}  {uuid}  {random:1-100}  {NAME}  {NAME:user}      {{word}} stands for the text {word}
    "{n|number}"                                                  a JSON value: the number, without its quotes
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

from engine.protocol.request import Escape, Slot
from targets.errors import UsageError, unknown

BUILT_IN = ("user", "n", "uuid", "random")
"""Words that every plan has; a list or a taken value cannot be called so."""

_WORD = re.compile(
    r"\{\{(?P<literal>[A-Za-z_]\w*(?:[:|][^{}]*)?)\}\}"
    r"|\{(?P<word>[A-Za-z_]\w*)(?::(?P<argument>[^{}|]*))?(?P<number>\|number)?\}",
    re.ASCII,
)
_LENGTH = re.compile(rb"(\r\ncontent-length: )\d+", re.IGNORECASE)
_READY = frozenset({"cookies", "basic", "length"})
"""Sources that give what may stand as it is."""
_RANGE = re.compile(r"(?P<low>-?\d{1,18})-(?P<high>-?\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a request may stand for, beside the built-in ones."""

    data: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The plan's lists of values."""
    taken: frozenset[str] = frozenset()
    """Values that earlier steps have taken out of their answers."""


@dataclass(slots=True)
class Placeholders:
    """The words of one request, while it is being encoded."""

    request: str
    """Its name."""
    words: Words
    _slots: list[Slot] = field(default_factory=list)
    """By the number that their token bears; where they are is not known yet."""
    _nonce: str = field(default_factory=lambda: f"Q{secrets.token_hex(8)}Q")

    def hidden(self, value: Any) -> Any:
        """The same value with a token for every word, in texts at any depth; other values as they are.

        Raises UsageError for a word that stands for nothing.
        """
        if isinstance(value, str):
            return _WORD.sub(self._token, value)
        if isinstance(value, Mapping):
            return {self.hidden(key): self.hidden(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.hidden(each) for each in value]
        return value

    def basic(self, user: str, password: str) -> str:
        """`user:password` as Basic authentication encodes it; a token where words stand in it."""
        first = len(self._slots)
        inner = self.hidden(f"{user}:{password}").encode()
        if len(self._slots) == first:
            return b64encode(inner).decode()
        found, slots = self._found(inner, lambda at: "text")
        del self._slots[first:]
        return self._hide(Slot(0, "basic", inner=found, inner_slots=slots))

    def settled(
        self, head: bytes, body: bytes, *, body_is: Escape, cookies: bool
    ) -> tuple[bytes, tuple[Slot, ...]]:
        """The encoded request without its tokens, and its slots, each where its token stood.

        `head` ends with its empty line. `body_is` says what values in the body go through. With `cookies`, a
        slot for the user's cookies is added to the head; where slots stand in the body, one for its length.
        Raises UsageError where a token got lost, or a number stands outside JSON.
        """
        if not self._slots and not cookies:
            return head + body, ()
        expected = len(self._slots)
        body, body_slots = self._found(body, lambda at: body_is)
        if body_slots:
            head = _LENGTH.sub(lambda line: line[1] + self._hide(Slot(0, "length")).encode(), head)
        if cookies:
            head = head[:-2] + self._hide(Slot(0, "cookies")).encode() + head[-2:]
        target_end = head.index(b"\r\n")
        head, head_slots = self._found(head, lambda at: "url" if at < target_end else "header")
        slots = (*head_slots, *(replace(slot, at=slot.at + len(head)) for slot in body_slots))
        if sum(slot.source not in {"length", "cookies"} for slot in slots) != expected:
            raise self._refused("a word stands where none can be filled in", "leave it out there")
        return head + body, slots

    def _found(self, data: bytes, escape_at: Callable[[int], Escape]) -> tuple[bytes, tuple[Slot, ...]]:
        """Cuts the tokens out: what is left, and the slots in the order in which they stand."""
        left, slots, done = bytearray(), [], 0
        for token in re.finditer(rb'"?%s(\d+)Z"?' % self._nonce.encode(), data):
            slot = self._slots[int(token[1])]
            opens, closes = token[0].startswith(b'"'), token[0].endswith(b'"')
            escape = escape_at(token.start())
            if slot.escape == "number" and not (escape == "json" and opens and closes):
                raise self._refused("|number stands outside a JSON value", 'write it as in "{n|number}"')
            if slot.escape == "number":
                opens = closes = False
                escape = "number"
            elif slot.source in _READY:
                escape = "none"
            left += data[done : token.start() + opens]
            slots.append(replace(slot, at=len(left), escape=escape))
            done = token.end() - closes
        return bytes(left + data[done:]), tuple(slots)

    def _token(self, match: re.Match[str]) -> str:
        if match["literal"]:
            return f"{{{match['literal']}}}"
        slot = self._slot(match["word"], match["argument"])
        return self._hide(replace(slot, escape="number") if match["number"] else slot)

    def _hide(self, slot: Slot) -> str:
        self._slots.append(slot)
        return f"{self._nonce}{len(self._slots) - 1}Z"

    def _slot(self, word: str, argument: str | None) -> Slot:
        salt = crc32(f"{self.request}/{len(self._slots)}".encode())
        if word == "random":
            return self._random(argument or "", salt)
        if word in self.words.data and argument in {None, "user"}:
            return Slot(0, "data", values=self.words.data[word], by_user=argument == "user")
        if argument is not None:
            raise self._refused(
                f"{{{word}:{argument}}} means nothing", "only {random:1-100} and {NAME:user} have a colon"
            )
        if word in self.words.taken:
            return Slot(0, "taken", name=word)
        match word:
            case "user" | "n" | "uuid":
                return Slot(0, word, salt=salt)
        known = [*BUILT_IN, *self.words.data, *sorted(self.words.taken)]
        problem = unknown("word", word, known, hint=f"or write {{{{{word}}}}} for the text itself")
        raise UsageError(f"the request {self.request!r}: {problem.what}", why=problem.why, hint=problem.hint)

    def _random(self, argument: str, salt: int) -> Slot:
        ends = _RANGE.fullmatch(argument)
        if ends is None or int(ends["low"]) > int(ends["high"]):
            raise self._refused(
                f"{{random:{argument}}} has no range", "write it as in {random:1-100}, with 18 digits at most"
            )
        return Slot(0, "random", salt=salt, low=int(ends["low"]), high=int(ends["high"]))

    def _refused(self, why: str, hint: str) -> UsageError:
        return UsageError(f"the request {self.request!r} cannot be sent", why=why, hint=hint)
