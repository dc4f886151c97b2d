"""A step that needs what a step takes which is off is off too."""

import tomllib

from engine.imports.marked_text import placeholder, variable
from engine.imports.plan_text import plan_text
from engine.imports.taken_values import TakenValues, filled_in
from engine.imports.traffic import FormBody, ImportedRequest, ImportedTraffic, JsonBody

ID = placeholder("id")


def step(url: str = "http://h.example/a", **more: object) -> ImportedRequest:
    """A step of a journey."""
    return ImportedRequest("GET", url, place="entry 1", **more)  # type: ignore[arg-type]


def test_placeholders_anywhere_in_a_request() -> None:
    for request in (
        step(f"http://h.example/{ID}"),
        step(headers=(("x", ID),)),
        step(body=FormBody((("a", ID),))),
        step(body=JsonBody({"a": [{"b": ID}]})),
    ):
        assert filled_in(request) == {"id"}
    assert filled_in(step(headers=(("x", variable("API_ID")),))) == set()


def test_a_value_is_there_once_a_step_that_is_sent_has_taken_it() -> None:
    first, second = step(takes={"id": "/id"}), step(f"http://h.example/{ID}/{placeholder('user')}")
    taken = TakenValues.of([first, second])
    assert taken.missing(second) == ["id"], "{user} is built in"
    taken.send(first)
    assert taken.missing(second) == []


def test_a_plan_has_no_step_without_its_values() -> None:
    traffic = ImportedTraffic(
        "it",
        journey=True,
        requests=[
            step(),
            step(takes={"id": "/id"}, enabled=False),
            step(f"http://h.example/{ID}", takes={"next": "/next"}),
            step(f"http://h.example/{placeholder('next')}"),
        ],
    )
    written = plan_text(traffic)
    assert (written.requests, written.disabled) == (1, 3)
    assert [each["path"] for each in tomllib.loads(written.text)["step"]] == ["/a"]
    assert [note.why for note in written.notes] == [
        "the step that takes id is off, or left out",
        "the step that takes next is off, or left out",
    ]
