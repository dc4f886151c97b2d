"""The values of curl's `--form`: a text or a file, with parameters such as its content type. Pure.

Source: the manual of curl 8, and for its details `tool_formparse.c`.
"""

import re
from dataclasses import dataclass

_VALUE = re.compile(
    r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"[^;]*|(?P<plain>[^;]*))(?P<parameters>.*)', re.DOTALL
)
_PARAMETERS = ("type", "filename", "headers", "encoder")


@dataclass(frozen=True, slots=True)
class FormValue:
    """The value of a field."""

    text: str
    """What it is; of a file, its path."""
    kind: str = ""
    """`@`: the file is uploaded; `<`: the field has the file's text; empty: no file."""
    content_type: str = ""
    left_out: tuple[str, ...] = ()
    """Other parameters that it has."""


def form_value(written: str) -> FormValue:
    """The value of a field as it is written after `name=`."""
    kind = written[:1] if written[:1] in {"@", "<"} else ""
    found = _VALUE.fullmatch(written.removeprefix(kind))
    assert found is not None, "every text matches"
    quoted = found["quoted"]
    text = found["plain"].rstrip() if quoted is None else re.sub(r'\\([\\"])', r"\1", quoted)
    given: dict[str, str] = {}
    for part in found["parameters"].split(";"):
        name, _, value = part.strip().partition("=")
        if name in _PARAMETERS:
            given[name] = value.strip('"')
        elif part.strip() and "type" in given and len(given) == 1:  # a parameter of the content type
            given["type"] += f";{part.strip()}"
    left_out = tuple(name for name in _PARAMETERS[1:] if name in given)
    return FormValue(text, kind, given.get("type", ""), left_out)
