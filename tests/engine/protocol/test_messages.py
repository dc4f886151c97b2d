"""Every message survives the way between the front and a worker."""

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.address import Tls
from engine.protocol.histogram import Latencies
from engine.protocol.load_shape import Stage, Steering, ThinkTime
from engine.protocol.messages import (
    AddTarget,
    Heartbeat,
    Message,
    OpenModel,
    RowsPart,
    Sample,
    SetThinkTime,
    SetWorkload,
    Steer,
    Template,
    TemplatePart,
    decode,
    encode,
)
from engine.protocol.request import Check, Escape, Extract, Slot, Source
from engine.protocol.rows import RowOrder
from engine.protocol.tick_stats import RequestTickStats

NUMBERS = st.integers(0, 2**53)
SECONDS = st.floats(0, 1e6)
NAMES = st.text(max_size=20)
COUNTS = st.dictionaries(st.integers(0, 3400), st.integers(1, 2**40), max_size=5)
ERRORS = st.dictionaries(NAMES, NUMBERS, max_size=3)
LATENCIES = st.builds(Latencies, COUNTS, NUMBERS, NUMBERS, NUMBERS)
EXAMPLES = st.dictionaries(NAMES, NAMES, max_size=2)
TALLIES = st.builds(RequestTickStats, LATENCIES, LATENCIES, ERRORS, LATENCIES, LATENCIES, NUMBERS, EXAMPLES)
BYTES = st.binary(max_size=50)
SLOTS = st.builds(
    Slot,
    NUMBERS,
    st.sampled_from(get_args(Source)),
    st.sampled_from(get_args(Escape)),
    NAMES,
    table=NAMES,
    values=st.lists(NAMES, max_size=2).map(tuple),
    by_user=st.booleans(),
    inner=BYTES,
    inner_slots=st.lists(st.builds(Slot, NUMBERS, st.just("n")), max_size=1).map(tuple),
)
CHECKS = st.builds(
    Check, st.sampled_from(["contains", "json", "size"]), NAMES, NAMES, BYTES, NUMBERS, NUMBERS
)
TAKES = st.builds(Extract, NAMES, st.sampled_from(["json", "header", "cookie"]), NAMES)
TEMPLATES = st.builds(
    Template,
    NAMES,
    st.just("GET"),
    st.binary(max_size=50),
    st.lists(st.integers(100, 599), max_size=3).map(tuple),
    slots=st.lists(SLOTS, max_size=2).map(tuple),
    checks=st.lists(CHECKS, max_size=2).map(tuple),
    takes=st.lists(TAKES, max_size=2).map(tuple),
    once=st.booleans(),
    timeout_s=SECONDS,
)
THINK_TIMES = st.builds(ThinkTime, SECONDS, SECONDS, st.booleans())
STAGES = st.lists(st.builds(Stage, NUMBERS, SECONDS), max_size=3).map(tuple)
STEERINGS = st.builds(Steering, STAGES, SECONDS, st.none() | SECONDS, st.none() | NUMBERS, st.booleans())
PARTS: dict[Any, Any] = {
    int: NUMBERS,
    float: SECONDS,
    str: NAMES,
    bool: st.booleans(),
    float | None: st.none() | SECONDS,
}

SPECIAL: dict[type[Any], Any] = {
    AddTarget: st.builds(
        AddTarget,
        NAMES,
        NAMES,
        NUMBERS,
        st.lists(TEMPLATES, max_size=2).map(tuple),
        THINK_TIMES,
        STEERINGS,
        st.none() | TEMPLATES,
        journey=st.booleans(),
        open_model=st.none() | st.builds(OpenModel, st.booleans(), NUMBERS),
        client=st.sampled_from(["own", "httpx"]),
        unix_path=NAMES,
        tls=st.none() | st.builds(Tls, NAMES, NAMES, st.booleans()),
    ),
    Steer: st.builds(Steer, NAMES, STEERINGS, SECONDS),
    TemplatePart: st.builds(TemplatePart, NAMES, NUMBERS, st.lists(TEMPLATES, max_size=2).map(tuple), BYTES),
    RowsPart: st.builds(
        RowsPart,
        NAMES,
        st.sampled_from(get_args(RowOrder)),
        NUMBERS,
        NUMBERS,
        NUMBERS,
        st.dictionaries(NAMES, st.lists(NAMES, max_size=3).map(tuple), max_size=2),
    ),
    SetThinkTime: st.builds(SetThinkTime, NAMES, THINK_TIMES),
    SetWorkload: st.builds(SetWorkload, NAMES, st.lists(TEMPLATES, max_size=2).map(tuple), st.booleans()),
    Sample: st.builds(
        Sample,
        *[NAMES, *[NUMBERS] * 9],
        worker=NUMBERS,
        connects=LATENCIES,
        requests=st.dictionaries(NAMES, TALLIES, max_size=2),
        health_probe=LATENCIES,
        health_probe_waiting_us=NUMBERS,
        health_probe_errors=ERRORS,
        paused=st.booleans(),
        reconnects=NUMBERS,
        arrivals=NUMBERS,
        begun=NUMBERS,
        dropped=NUMBERS,
        waiting=NUMBERS,
        noted=NUMBERS,
    ),
    Heartbeat: st.builds(Heartbeat, NUMBERS, NUMBERS, NUMBERS, SECONDS, LATENCIES),
}


def plain(kind: type[Any]) -> Any:
    """Messages whose fields are numbers, names and flags."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{each.name: PARTS[hints[each.name]] for each in fields(kind)})


@pytest.mark.parametrize("kind", get_args(Message), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_message_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    message: Message = data.draw(SPECIAL[kind] if kind in SPECIAL else plain(kind))
    line = encode(message)
    assert decode(line) == message
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"{}", b"[]", b'["Nonsense", {}]', b'["Ping", {}]', b'["Ping", 5]', b"hello", b"[1,2,3]"],
)
def test_a_line_that_holds_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="not a message"):
        decode(line)


def test_fields_of_a_later_version_are_left_out() -> None:
    assert decode(b'["Hello", {"pid": 5, "mood": "good"}]') == decode(b'["Hello", {"pid": 5}]')
