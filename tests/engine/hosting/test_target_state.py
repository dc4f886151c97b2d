"""The life of a target: every state and its exits, and what they mean."""

from typing import get_args

import pytest

from engine.hosting.target_state import (
    CHANGING,
    SHOWN,
    TRANSITIONS,
    Event,
    ImpossibleEventError,
    State,
    is_possible,
    next_state,
)
from engine.metrics.target_snapshot import TAKES_LOAD, TargetState

DRAWN = """
waiting    : start → starting, remove → leaving
starting   : ready → ready, start failed → failed, stop → stopping, remove → leaving
ready      : ended → died, kill → down, restart under load → recovering, put at risk → at risk, \
stop → stopping, remove → leaving
at risk    : ended → down, kill → down, restart under load → recovering, risk lifted → ready, \
stop → stopping, remove → leaving
down       : revive → recovering, stop → stopping, remove → leaving
recovering : ready → ready, start failed → failed, stop → stopping, remove → leaving
stopping   : stopped → stopped, start → starting, remove → leaving
stopped    : start → starting, remove → leaving
failed     : start → starting, remove → leaving
died       : start → starting, remove → leaving
leaving    : removed → gone
gone       :
"""


def test_every_state_has_the_exits_that_are_drawn() -> None:
    drawn = "\n".join(
        f"{state:<11}: "
        + ", ".join(f"{event} → {after}" for event, after in exits.items() if after is not state)
        for state, exits in TRANSITIONS.items()
    )
    assert [line.rstrip() for line in drawn.splitlines()] == DRAWN.strip().splitlines()


def test_every_state_is_reached_and_every_one_leads_to_gone() -> None:
    def reachable(start: State) -> set[State]:
        found = {start}
        while more := {after for state in found for after in TRANSITIONS[state].values()} - found:
            found |= more
        return found

    assert reachable(State.WAITING) == set(State)
    assert all(State.GONE in reachable(state) for state in State)


def test_every_event_happens_somewhere() -> None:
    assert {event for exits in TRANSITIONS.values() for event in exits} == set(Event)


@pytest.mark.parametrize("state", State)
def test_a_target_can_be_stopped_in_every_state(state: State) -> None:
    assert next_state(state, Event.STOP) in {state, State.STOPPING}


@pytest.mark.parametrize("state", [each for each in State if each is not State.GONE])
def test_a_target_can_be_removed_in_every_state_and_is_not_started_again(state: State) -> None:
    leaving = next_state(state, Event.REMOVE)
    assert leaving is State.LEAVING
    assert not is_possible(leaving, Event.START)
    assert next_state(next_state(leaving, Event.STOP), Event.REMOVED) is State.GONE
    assert set(TRANSITIONS[State.GONE].values()) == {State.GONE}


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ([Event.ENDED], "died"),
        ([Event.PUT_AT_RISK, Event.ENDED], "down"),
        ([Event.PUT_AT_RISK, Event.RISK_LIFTED, Event.ENDED], "died"),
        ([Event.KILL, Event.ENDED], "down"),
        ([Event.KILL, Event.ENDED, Event.REVIVE, Event.READY], "ready"),
        ([Event.RESTART_UNDER_LOAD, Event.ENDED, Event.START_FAILED], "failed"),
        ([Event.PUT_AT_RISK, Event.STOP, Event.ENDED, Event.START, Event.READY, Event.ENDED], "died"),
        ([Event.STOP, Event.STOPPED, Event.ENDED], "stopped"),
    ],
)
def test_what_an_end_means_depends_on_what_happened_before(events: list[Event], shown: TargetState) -> None:
    state = State.READY
    for event in events:
        state = next_state(state, event)
    assert SHOWN[state] == shown


def test_an_impossible_event_names_what_is_possible() -> None:
    message = r"revive cannot happen to a target that is waiting; .*start"
    with pytest.raises(ImpossibleEventError, match=message):
        next_state(State.WAITING, Event.REVIVE)


def test_people_see_only_states_that_they_know() -> None:
    assert set(SHOWN) == set(State)
    assert set(SHOWN.values()) <= set(get_args(TargetState))


def test_no_target_that_is_removed_takes_load() -> None:
    assert not {SHOWN[State.LEAVING], SHOWN[State.GONE]} & TAKES_LOAD
    assert {State.LEAVING, State.GONE} <= CHANGING
