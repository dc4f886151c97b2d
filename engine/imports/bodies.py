"""Bodies in the form that a plan shows best: JSON as a table, forms as fields, everything else as a text.
Pure.

The same is sent, but for what has no meaning: spaces in JSON, the spelling of an escape in a form.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from engine.imports.limits import MAX_DEPTH
from engine.imports.traffic import Body, FormBody, JsonBody

FORM_TYPE = "application/x-www-form-urlencoded"


def media_type(content_type: str) -> str:
    """`application/json` of `Application/JSON; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def is_json_type(content_type: str) -> bool:
    """Whether a content type is one of JSON."""
    return media_type(content_type).endswith(("/json", "+json"))


def readable(body: Body, content_type: str) -> Body:
    """A text of a known content type as the value that it is of; other bodies as they are."""
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            return body
    if not isinstance(body, str):
        return body
    if is_json_type(content_type):
        try:
            return JsonBody(plan_json(body))
        except ValueError:
            return body
    if media_type(content_type) == FORM_TYPE:
        fields = form_fields(body)
        return body if fields is None else FormBody(fields)
    return body


def plan_json(text: str) -> Any:
    """The value of a JSON text, if a plan can have it. Raises ValueError if not: TOML has no null, and its
    tables no two values of one name."""
    try:
        value = json.loads(text, object_pairs_hook=_table, parse_constant=_constant, parse_float=_number)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    check_for_plan(value)
    return value


def check_for_plan(value: Any) -> None:
    """Raises ValueError for a JSON value that a plan cannot have."""
    waiting = [(0, value)]
    while waiting:
        depth, each = waiting.pop()
        if depth >= MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        if each is None:
            raise ValueError("TOML has no null")
        if isinstance(each, float) and not math.isfinite(each):
            raise ValueError(f"JSON has no {each}")
        if isinstance(each, Mapping):
            waiting += [(depth + 1, part) for part in each.values()]
        elif isinstance(each, list | tuple):
            waiting += [(depth + 1, part) for part in each]


def form_fields(text: str) -> tuple[tuple[str, str], ...] | None:
    """The fields of a URL-encoded form; None if a table of fields could not say the same: a part without an
    equals sign, bytes that are not UTF-8, or fields of one name with another one between them."""
    if not text or not all("=" in part for part in text.split("&")):
        return None
    try:
        fields = tuple(parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict"))
    except ValueError:
        return None
    return fields if is_grouped(name for name, _ in fields) else None


def is_grouped(names: Iterable[str]) -> bool:
    """Whether equal names follow each other."""
    seen: set[str] = set()
    last: str | None = None
    for name in names:
        if name != last and name in seen:
            return False
        seen.add(name)
        last = name
    return True


def grouped(fields: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Fields as a table: several values of one name are a list."""
    table: dict[str, str | list[str]] = {}
    for name, value in fields:
        before = table.get(name)
        if before is None:
            table[name] = value
        else:
            table[name] = [*before, value] if isinstance(before, list) else [before, value]
    return table


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("two values have the same name")
    return table


def _constant(text: str) -> Any:
    raise ValueError(f"JSON has no {text}")


def _number(text: str) -> float:
    """A number that is written again as it was, as far as its value goes."""
    number = float(text)
    mantissa = text.lower().partition("e")[0].replace("-", "").replace(".", "").strip("0")
    if not math.isfinite(number) or len(mantissa) > _EXACT_DIGITS:
        raise ValueError("a number has more digits than are kept")
    return number


_EXACT_DIGITS = 15
"""Of a decimal number, that a float always keeps (IEEE 754, binary64)."""
