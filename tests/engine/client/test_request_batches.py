"""Requests that are filled in together: each is what it would be by itself, and no number is left out."""

from itertools import count, islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client.placeholders import Words
from engine.client.random_bits import LANES
from engine.client.request_batches import MOST_TEXTS, batch_drawer, in_order
from engine.client.template_fill import FillContext, Filler
from engine.protocol.request import Template
from tests.support.templates import rendered

BASE = "http://127.0.0.1:8000"
SEEDS = st.integers(-(2**53), 2**70)
NAMES = ("Ada", "Zürich & Rom", '"quoted" \\', "7")
WORDS = Words(
    data={"name": NAMES, "count": ("1", "20", "-3e4")},
    taken=frozenset({"id"}),
    columns={"file": ["column"]},
)

TEXT = st.sampled_from(
    ["{uuid}", "{n}", "{name}", "{random:1-100}", f"{{random:-5-{MOST_TEXTS}}}", "x", "%d", "é"]
)
TEXTS = st.lists(TEXT, max_size=4).map("".join)
NUMBER = st.sampled_from(["{n|number}", "{random:0-9|number}", "{count|number}", "{uuid}", 1, None])
ASCII = TEXTS.map(lambda text: text.replace("é", "e"))


def made(method: str = "GET", path: str = "/", **options: Any) -> Template:
    return rendered(BASE, method, path, words=WORDS, **options)


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Requests whose values depend on their numbers only, or that have none."""
    headers = {"X-Id": draw(ASCII.filter(bool)).replace("{name}", "{count}")} if draw(st.booleans()) else {}
    path, query = (
        "/" + draw(TEXTS).replace("{name}", "{n}"),
        {"q": draw(TEXTS)} if draw(st.booleans()) else None,
    )
    match draw(st.integers(0, 3)):
        case 0:
            return made("GET", path, query=query, headers=headers)
        case 1:
            body: Any = {"json": {draw(TEXTS): [draw(TEXTS), {"n": draw(NUMBER)}]}}
        case 2:
            body = {"form": {"a": draw(TEXTS), "b": draw(TEXTS)}}
        case _:
            body = {"body": draw(TEXTS)}
    return made("POST", path, query=query, headers=headers, **body)


@given(templates(), SEEDS, st.integers(0, 2**40), st.integers(1, 70))
def test_requests_filled_in_together_are_what_each_is_by_itself(
    template: Template, seed: int, first: int, stride: int
) -> None:
    draw = batch_drawer(template)
    assert (draw is None) == (not template.slots)
    if draw is None:
        return
    filler = Filler(template)
    numbers = range(first, first + LANES * stride, stride)
    assert list(draw(seed, first, stride)) == [
        filler.fill(FillContext(seed, user, number, {"id": "7"}, stride=stride))
        for user, number in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    "template",
    [
        made(path="/{user}"),
        made(path="/{n}/{id}"),
        made(path="/{n}/{name:user}"),
        made(path="/{n}", headers={"X": "{data.file.column}"}),
        made(path="/{n}", keeps_cookies=True),
        made(basic=("{n}", "pass")),
        made("POST", json={"a": "{uuid|number}"}),
        made("POST", json={"a": "{count:user|number}"}),
        made(path="{id}"),
    ],
    ids=lambda template: template.name,
)
def test_a_value_of_the_user_or_one_that_may_be_rejected_is_filled_in_by_itself(template: Template) -> None:
    assert batch_drawer(template) is None


@given(st.lists(st.integers(0, 5), max_size=100), st.integers(1, 4))
def test_no_number_is_left_out_whoever_else_takes_some(taken: list[int], stride: int) -> None:
    template, numbers = made("POST", "/{n}", json={"id": "{uuid}"}), count(3, stride)
    draw, filler = batch_drawer(template), Filler(template)
    assert draw is not None
    expected = count(3, stride)
    requests = in_order(draw, numbers, 5, stride)
    for others in taken:
        for _ in range(others):
            assert next(numbers) == next(expected)
        assert next(requests) == filler.fill(FillContext(5, 0, next(expected), {}, stride=stride))
    assert len(set(islice(requests, 2 * LANES))) == 2 * LANES
