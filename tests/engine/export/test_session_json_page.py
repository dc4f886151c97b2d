"""`docs/session-json.md` lists every field of the session JSON, in the words of the schema."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.export.session_json import schema

PAGE = (Path(__file__).parents[3] / "docs" / "session-json.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<field>[^`]+)` \| (?P<unit>[^|]*) \| (?P<meaning>.+) \|$", re.MULTILINE)
SEE = re.compile(r" See \[\w+\]\(#[\w-]+\)\.$")
UNITS = {
    "_per_s": "1/s",
    "_rps": "1/s",
    "_ms": "ms",
    "_us": "µs",
    "_s": "s",
    "_mb": "MB",
    "_pct": "%",
    "_bytes": "bytes",
}
LISTED_BY_NAME = {"latency": "latency.", "meanAndMax": "meanAndMax.", "spread": "spread."}
"""Definitions whose fields are listed with a prefix; others are listed as they are."""


def fields_of(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every field below a node of the schema, as the page writes it, with its description."""
    for name, below in node.get("properties", {}).items():
        items = below.get("items", {})
        is_list = "properties" in items
        reference = next((each["$ref"] for each in (below, *below.get("anyOf", ())) if "$ref" in each), "")
        referred = schema()["$defs"].get(reference.rpartition("/")[2], {})
        at = f"{prefix}{name}{'[]' if is_list else ''}"
        yield at, below.get("description") or referred["description"]
        yield from fields_of(below, f"{at}.")
        yield from fields_of(items, f"{at}.")


def all_fields() -> list[tuple[str, str]]:
    whole = schema()
    targets = whole["properties"].pop("targets")
    found = [*fields_of(whole), *fields_of(targets["items"], "targets[].")]
    for name, node in whole["$defs"].items():
        found += fields_of(node, LISTED_BY_NAME.get(name, ""))
    return [*found, ("light", whole["$defs"]["light"]["description"])]


def listed() -> list[tuple[str, str, str]]:
    return [
        (row["field"], row["unit"].strip(), SEE.sub("", row["meaning"]).replace("\\|", "|"))
        for row in ROW.finditer(PAGE)
    ]


def test_the_page_lists_every_field_with_the_schemas_meaning() -> None:
    assert sorted((field, meaning) for field, _, meaning in listed()) == sorted(all_fields())


def test_units_are_those_of_the_names() -> None:
    wrong = [
        (field, unit, named)
        for field, unit, _ in listed()
        if (named := next((each for suffix, each in UNITS.items() if field.endswith(suffix)), unit)) != unit
    ]
    assert wrong == []


def test_the_page_names_the_present_version() -> None:
    assert f"`{schema()['$id']}`" in PAGE
