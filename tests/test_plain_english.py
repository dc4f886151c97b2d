"""Texts of the product avoid phrases that no native speaker would write; each has a plain form beside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("engine", "presets", "targets", "tui")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

INSTEAD = {
    r"\b(is|are|was|were) told\b": "is reported, shown, logged",
    r"\btells? of\b": "reports",
    r"\bstands? nowhere\b": "is not stored",
    r"\bheld against\b": "checked against",
    r"\bheld to\b": "checked against, limited to",
    r"\b(be|is|are) well\b": "is healthy",
    r"\bat its birth\b": "at the start",
    r"\banother hand\b": "outside abreast",
    r"\bby other hands\b": "outside abreast",
    r"\bcanar(y|ies)\b": "health probe",
    r"\bknobs?\b": "setting",
    r"\blodging\b": "placement",
    r"\b(helm|helmsman)\b": "controller",
    r"\bcrews?\b": "users",
    r"\btall(y|ies)\b": "counts, counters",
    r"\b(the|its|your|their) dice\b": "random number generator",
    r"\bwitness(es|ed)?\b": "response capture",
    r"\berrands?\b": "task",
    r"\bmould\b": "container spec",
    r"\bsomebody\b|\bnobody\b": "name the thing",
    r"\bwho recovers\b": "which recovers",
    r"\bunless said\b": "by default",
    r"\bin vain\b": "did not happen within",
    r"\bof somebody else\b": "that abreast did not start",
    r"\bas it is told\b": "as configured",
    r"\bgives? way\b": "is replaced",
    r"\bis no (url|path|host|share|file|folder|number|text|slo|json|service|variable|name)\b": "is not a …",
    r"\bleans? on\b": "needs, uses",
    r"\b(cannot be|is|are) looked for\b": "is searched for",
    r"\b(the|its) usual\b": "the default",
}
"""Pattern → what to write in its place."""
ON_PAGES = {
    r"\bfold(s|ed|ing)?\b": "read, judge and record; add up",
    r"\b(may|can) stand\b": "can be, is set by",
    r"\bdealt\b": "shared out, spread over",
}
"""The same for pages only: docstrings may use the words of the code."""


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a module, with their lines: messages, hints, docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    yield from enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def found_in(path: Path) -> list[str]:
    texts = texts_of(path) if path.suffix == ".py" else lines_of(path)
    patterns = INSTEAD | ON_PAGES if path.suffix == ".md" else INSTEAD
    name = path.relative_to(ROOT)
    return [
        f"{name}:{line}: {match[0]!r}, better: {instead}"
        for line, text in texts
        for pattern, instead in patterns.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_texts_of_the_product_are_plain(package: str) -> None:
    paths = [*(ROOT / package).rglob("*.py"), *(ROOT / package).rglob("*.toml")]
    assert [each for path in sorted(paths) for each in found_in(path)] == []


def test_pages_are_plain() -> None:
    assert [each for path in PAGES for each in found_in(path)] == []
