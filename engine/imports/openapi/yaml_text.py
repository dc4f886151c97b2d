"""YAML as plain values, with limits. Pure.

Rules of this file:
- scalars are read by the core schema of YAML 1.2, as OpenAPI asks for: `no` and `2024-01-31` are texts;
- keys are texts (`200:` is `"200"`), and a tag never makes anything but a text, a number or a table;
- the parser's events are read one after another, without recursion, so depth is only a number; what aliases
  stand for is counted before it is used, so a document that unfolds to billions of values is refused.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.imports.limits import MAX_DEPTH
from engine.imports.marked_text import unmarked

MAX_VALUES = 5_000_000
"""Of a document, each alias counted as all that it stands for."""

MAX_DIGITS = 100
"""Of a number; a longer one is a text."""

_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_STANDARD_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "binary", "merge")
)
_TEXT_TAG = "tag:yaml.org,2002:str"
_MERGE = "<<"


class YamlError(ValueError):
    """The text is not YAML, or more than the limits allow; its text says where."""


@dataclass(slots=True)
class _Open:
    """A list or a table that has not ended yet."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    line: int
    key: str | None = None
    is_merge: bool = False
    """Whether the value that comes next is merged into the table."""
    merged: dict[str, Any] = field(default_factory=dict)
    size: int = 1


def read_yaml(text: str) -> Any:
    """The value of a YAML document. Raises YamlError."""
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark is not None else ""
        raise YamlError(f"{place}{error.problem or error.context or 'it is not YAML'}") from error
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split())) from error
    return reader.result


class _Reader:
    """Makes a value of a parser's events."""

    def __init__(self) -> None:
        self.result: Any = None
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Any, int]] = {}
        """Finished values and their sizes."""
        self._size = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Reads one event. Raises YamlError."""
        line = event.start_mark.line + 1 if event.start_mark is not None else 0
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise YamlError(f"line {line}: a second document begins, and abreast reads only one")
            case yaml.MappingStartEvent():
                self._begin({}, event, line)
            case yaml.SequenceStartEvent():
                self._begin([], event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.AliasEvent():
                self._alias(event.anchor or "", line)

    def _begin(self, value: dict[str, Any] | list[Any], event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise YamlError(f"line {line}: it is nested more than {MAX_DEPTH} levels deep")
        if self._awaits_key():
            raise YamlError(f"line {line}: a key must be a string")
        _check_tag(event.tag, line)
        self._count(1, line)
        self._open.append(_Open(value, event.anchor, line))

    def _end(self) -> None:
        done = self._open.pop()
        value = done.value
        if isinstance(value, dict) and done.merged:
            value = {**done.merged, **value}
        if done.anchor:
            self._anchored[done.anchor] = (value, done.size)
        self._put(value, done.size, done.line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        _check_tag(event.tag, line)
        self._count(1, line)
        text = unmarked(event.value)
        if self._awaits_key():
            table = self._open[-1]
            table.key = text
            table.is_merge = text == _MERGE and event.implicit[0]
            if event.anchor:
                self._anchored[event.anchor] = (text, 1)
            return
        is_text = not event.implicit[0] and (event.tag is None or event.tag == _TEXT_TAG)
        value = text if is_text else scalar(text)
        if event.anchor:
            self._anchored[event.anchor] = (value, 1)
        self._put(value, 1, line)

    def _alias(self, name: str, line: int) -> None:
        if name not in self._anchored:
            is_inside = any(each.anchor == name for each in self._open)
            raise YamlError(f"line {line}: *{name} {'contains itself' if is_inside else 'is not defined'}")
        value, size = self._anchored[name]
        self._count(size, line)
        if self._awaits_key():
            self._open[-1].key = str(value)
            return
        self._put(value, size, line)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    def _put(self, value: Any, size: int, line: int) -> None:
        if not self._open:
            self.result = value
            return
        above = self._open[-1]
        above.size += size
        if isinstance(above.value, list):
            above.value.append(value)
            return
        assert above.key is not None
        if above.is_merge:
            _merge(above, value, line)
        else:
            above.value[above.key] = value
        above.key, above.is_merge = None, False

    def _count(self, values: int, line: int) -> None:
        self._size += values
        if self._size > MAX_VALUES:
            raise YamlError(f"line {line}: with its aliases it has more than {MAX_VALUES:,} values")


def _merge(table: _Open, value: Any, line: int) -> None:
    """The merge key of YAML 1.1 (`<<: *base`), which documents use though YAML 1.2 has none."""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            raise YamlError(f"line {line}: << can merge only mappings")
        table.merged = {**each, **table.merged}


def _check_tag(tag: str | None, line: int) -> None:
    if tag and tag != "!" and tag not in _STANDARD_TAGS:
        raise YamlError(f"line {line}: the tag {tag} has no meaning in OpenAPI")


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a text without quotes, by the core schema of YAML 1.2. What JSON has not stays a text."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return text[0] in "tT"
    if len(text) > MAX_DIGITS:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    return text
