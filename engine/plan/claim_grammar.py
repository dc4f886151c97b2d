"""The language of claims: `fastapi.goodput > 1.6 x django-wsgi.goodput at 100 users`. Pure.

    claim       comparison ("and" comparison)*
    comparison  sum ("<" | "<=" | ">" | ">=" | "=" ["about"]) sum [scope]
    sum         product (("+" | "-") product)*
    product     atom (("x" | "/") atom)*
    atom        NUMBER [UNIT] | TARGET.METRIC [scope] | "cv" "(" TARGET.METRIC scope ")" | "(" sum ")"
    scope       "at" NUMBER ("," NUMBER)* ["and" NUMBER] "users" ["with" NUMBER "workers"]

Rules of this file:
- a target is written with options (`fastapi:workers=4`), or as its label in quotes (`"fastapi ×4"`);
- a scope holds for the figure before it, and for the figures of its comparison that have none; a comparison
  without one takes that of the next comparison that has one;
- `cv(…)` is the coefficient of variation of a figure over several levels, which are its own;
- times, rates and memory are never compared with each other; a number without a unit may be a rate.
"""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, cast

from engine.plan.claim_parts import (
    Arithmetic,
    Comparison,
    FigureOf,
    Number,
    Operation,
    Operator,
    Part,
    Predicate,
    Scope,
    Variation,
    figures_in,
    single_figures_in,
)
from engine.plan.quantities import (
    METRICS,
    NUMBER,
    SCALES,
    Dimension,
    Metric,
    Unit,
    decimals_of,
    dimension_of,
    in_words,
)

MAX_CHARACTERS = 1000
MAX_DEPTH = 20
"""Of parentheses."""
MAX_VARIED = 10
"""Levels of one coefficient of variation."""


class ClaimError(ValueError):
    """A claim that cannot be read; its text names the column and what is allowed."""


def parse_claim(text: str) -> Predicate:
    """The predicate of a claim. Raises ClaimError."""
    if len(text) > MAX_CHARACTERS:
        raise ClaimError(f"a claim has at most {MAX_CHARACTERS} characters, not {len(text)}")
    return _Parser(text).claim()


# ---------------------------------------------------------------- words

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<figure>(?:"(?P<label>[^"]*)"|(?P<target>[a-z][a-z0-9_-]*(?:\#\d+)?(?::[\w.]+=[^\s:()]*?)*))\.(?P<metric>[A-Za-z]\w*))
      | (?P<number>\d+(?:\.\d+)?)(?:\s*(?P<unit>/s\b|ms\b|s\b|%|MB\b))?
      | (?P<sign><=|>=|≤|≥|<|>|=|\+|-|−|/|×|\*|\(|\)|,)
      | (?P<word>[A-Za-z]+)
    )""",
    re.VERBOSE,
)

_SAME = {"≤": "<=", "≥": ">=", "−": "-", "×": "x", "*": "x"}
_OPERATORS = ("<", "<=", ">", ">=", "=")


Kind = Literal["figure", "number", "sign", "end"]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    text: str
    column: int
    match: re.Match[str] | None = None


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if match is None:
            raise ClaimError(f"column {start + 1}: {text[start]!r} has no meaning here; {_EXPECTED}")
        kind: Kind = "figure" if match["figure"] else "number" if match["number"] else "sign"
        text_of = match["sign"] or match["word"] or match["number"] or match[0].strip()
        found.append(_Token(kind, _SAME.get(text_of, text_of), start + 1, match))
        at = match.end()
    return [*found, _Token("end", "", len(text) + 1)]


_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_-]*")

_EXPECTED = "write for example fastapi.goodput > 1.6 x django-wsgi.goodput at 100 users"
_FIGURE_OR_NUMBER = "a figure such as fastapi.p95, or a number"


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _takes(self, *texts: str) -> bool:
        """Takes the next token if it is one of these."""
        if self._next.kind == "sign" and self._next.text in texts:
            self._at += 1
            return True
        return False

    def _fail(self, expected: str, token: _Token | None = None) -> ClaimError:
        token = token or self._next
        found = "the end" if token.kind == "end" else repr(token.text)
        return ClaimError(f"column {token.column}: {found} where {expected} belongs")

    # ------------------------------------------------------------ claims

    def claim(self) -> Predicate:
        """The whole text."""
        comparisons = [self._comparison()]
        while self._takes("and"):
            comparisons.append(self._comparison())
        if self._next.kind != "end":
            raise self._fail('"and", "at … users" or the end')
        found: list[Comparison] = []
        scope = Scope()
        for comparison, own in reversed(comparisons):
            scope = own if own.users else scope
            found.append(_scoped(comparison, scope))
        return tuple(reversed(found))

    def _comparison(self) -> tuple[Comparison, Scope]:
        """A comparison, and its last scope."""
        left, left_is, left_bare = self._sum()
        token = self._next
        if not self._takes(*_OPERATORS):
            raise self._fail("one of < <= > >= =", token)
        is_about = self._takes("about")
        if is_about and token.text != "=":
            raise self._fail('"= about"', token)
        right, right_is, right_bare = self._sum()
        dimension = _common(left_is, right_is, left_bare, right_bare)
        if dimension is None:
            raise ClaimError(
                f"column {token.column}: {in_words(left_is)} is compared with {in_words(right_is)}; "
                "write units: 20 ms, 3 %, 30 /s, 80 MB"
            )
        figures = [*figures_in(left), *figures_in(right)]
        if not figures:
            raise ClaimError(f"column {token.column}: no figure is compared; {_EXPECTED}")
        if self._next.text == "at":  # after a number: fastapi.rps > 30 at 100 users
            scope = self._scope()
        else:
            single = [*single_figures_in(left), *single_figures_in(right)]
            scope = next((each.scope for each in reversed(single) if each.scope.users), Scope())
        return Comparison(left, cast("Operator", token.text), is_about, right, dimension), scope

    # ------------------------------------------------------------ sums

    def _sum(self) -> tuple[Part, Dimension, bool]:
        left, dimension, is_bare = self._product()
        while (token := self._next).kind == "sign" and token.text in {"+", "-"}:
            self._take()
            right, other, other_bare = self._product()
            common = _common(dimension, other, is_bare, other_bare)
            if common is None:
                raise ClaimError(
                    f"column {token.column}: {in_words(dimension)} and {in_words(other)} do not add up"
                )
            left = Operation(cast("Arithmetic", token.text), left, right)
            dimension, is_bare = common, is_bare and other_bare
        return left, dimension, is_bare

    def _product(self) -> tuple[Part, Dimension, bool]:
        left, dimension, is_bare = self._atom()
        while (token := self._next).kind == "sign" and token.text in {"x", "/"}:
            self._take()
            right, other, other_bare = self._atom()
            turn = 1 if token.text == "x" else -1
            left = Operation(cast("Arithmetic", token.text), left, right)
            dimension = (dimension[0] + turn * other[0], dimension[1] + turn * other[1])
            is_bare = is_bare and other_bare
        return left, dimension, is_bare

    def _atom(self) -> tuple[Part, Dimension, bool]:
        token = self._take()
        if token.kind == "number" and token.match:
            number = _number(token.match)
            return number, number.dimension, number.is_bare
        if token.kind == "figure" and token.match:
            figure = self._figure(token)
            return figure, dimension_of(figure.metric), False
        if token.text == "cv" and token.kind == "sign":
            return self._variation(), NUMBER, False
        if token.text == "(" and token.kind == "sign":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise ClaimError(f"column {token.column}: parentheses are nested too deeply")
            found = self._sum()
            if not self._takes(")"):
                raise self._fail('")"')
            self._depth -= 1
            return found
        raise self._fail(_FIGURE_OR_NUMBER, token)

    def _variation(self) -> Variation:
        """What follows `cv`: a figure at several levels, in parentheses."""
        if not self._takes("("):
            raise self._fail('"("')
        token = self._take()
        if token.kind != "figure":
            raise self._fail("a figure such as fastapi.mean", token)
        figure = self._figure(token)
        if not 2 <= len(set(figure.scope.users)) <= MAX_VARIED:
            raise ClaimError(
                f"column {token.column}: a coefficient of variation needs 2 to {MAX_VARIED} levels; "
                "write cv(fastapi.mean at 10, 50 and 100 users)"
            )
        if not self._takes(")"):
            raise self._fail('")"')
        return Variation(figure)

    def _figure(self, token: _Token) -> FigureOf:
        assert token.match is not None
        name = token.match["metric"]
        if name not in METRICS:
            near = get_close_matches(name, METRICS, 1)
            column = token.column + token.match.start("metric") - token.match.start("figure")
            raise ClaimError(
                f"column {column}: {name!r} is not a metric"
                + (f"; did you mean {near[0]!r}?" if near else f"; write one of {', '.join(METRICS)}")
            )
        target = token.match["label"] if token.match["target"] is None else token.match["target"]
        if not target.strip():
            raise ClaimError(f"column {token.column}: a label is missing between the quotes")
        scope = self._scope() if self._next.text == "at" else Scope()
        return FigureOf(target.strip(), cast("Metric", name), scope, token.column)

    def _scope(self) -> Scope:
        """`at 10, 50 and 100 users with 4 workers`."""
        self._take()
        users = [self._count("a number of users")]
        while self._takes(","):
            users.append(self._count("a number of users"))
        if self._takes("and"):
            users.append(self._count("a number of users"))
        if not self._takes("users", "user"):
            raise self._fail('"users"')
        if not self._takes("with"):
            return Scope(tuple(users))
        workers = self._count("a number of workers")
        if not self._takes("workers", "worker"):
            raise self._fail('"workers"')
        return Scope(tuple(users), workers)

    def _count(self, what: str) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > 6 or int(token.text) < 1:
            raise self._fail(what, token)
        return int(token.text)


def _number(match: re.Match[str]) -> Number:
    text, unit = match["number"], cast("Unit", match["unit"] or "")
    scale = SCALES[unit]
    is_whole = (text, unit) == ("100", "%")  # all there is, rather than a rounded figure
    half = 0.0 if is_whole else 0.5 * 10.0 ** -decimals_of(text)
    return Number(float(text) * scale.factor, half * scale.factor, scale.dimension, not unit, unit == "%")


def _common(left: Dimension, right: Dimension, left_bare: bool, right_bare: bool) -> Dimension | None:
    """The dimension of both; a number without a unit may be a rate."""
    if left == right:
        return left
    rate = (-1, 0)
    if (left == rate and right_bare) or (right == rate and left_bare):
        return rate
    return None


def _scoped(comparison: Comparison, scope: Scope) -> Comparison:
    """With the scope for the figures that have none. Raises ClaimError if there is none, or if figures of
    different levels are of several."""
    left, right = _with_scope(comparison.left, scope), _with_scope(comparison.right, scope)
    figures = [*single_figures_in(left), *single_figures_in(right)]
    for each in figures:
        if not each.scope.users:
            raise ClaimError(
                f'column {each.column}: the level of load is missing; write "at 100 users" at the end'
            )
    levels = {each.scope.users for each in figures}
    if len(levels) > 1 and any(len(each) > 1 for each in levels):
        column = next(each.column for each in figures if len(each.scope.users) > 1)
        raise ClaimError(f"column {column}: figures of different levels are compared at one level each")
    return replace(comparison, left=left, right=right)


def _with_scope(part: Part, scope: Scope) -> Part:
    match part:
        case FigureOf():
            return _placed(part, scope)
        case Operation():
            return replace(part, left=_with_scope(part.left, scope), right=_with_scope(part.right, scope))
        case Variation():
            return Variation(_placed(part.figure, scope))
    return part


def _placed(of: FigureOf, scope: Scope) -> FigureOf:
    """A figure with the scope if it has none; `with 4 workers` becomes an option of its target."""
    placed = of if of.scope.users else replace(of, scope=scope)
    workers = placed.scope.workers
    if workers is not None and _PLAIN_NAME.fullmatch(placed.target):
        return replace(placed, target=f"{placed.target}:workers={workers}")
    return placed
