"""A target's life: its states, the events that move it on, and what people see of it. Pure.

Rules of this file:
- `TRANSITIONS` is the whole truth: an event that a state does not list cannot happen in it, and raises;
- a state says everything that decides what an event means: a process that ends in `ready` has died, in
  `at risk` it was brought down by a fault, in `stopping` that was the point;
- several states can look the same to people (`SHOWN`); only what they see is recorded;
- `gone` is final: whatever was still under way for a target that was removed ends there.
"""

from collections.abc import Mapping
from enum import StrEnum

from engine.metrics.snapshot import TargetState


class State(StrEnum):
    """Where a target is in its life."""

    WAITING = "waiting"
    """It was added; nothing of it was started."""
    STARTING = "starting"
    READY = "ready"
    AT_RISK = "at risk"
    """Ready, but a fault takes something away from it that may end it."""
    DOWN = "down"
    """A fault ended it. Its users stay, and meet that."""
    RECOVERING = "recovering"
    """It is being started again under load, by a fault or at the end of one."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    """It did not get ready."""
    DIED = "died"
    """It ended by itself once it was ready."""
    LEAVING = "leaving"
    """It is being removed."""
    GONE = "gone"
    """It was removed."""


class Event(StrEnum):
    """What can happen to a target."""

    START = "start"
    READY = "ready"
    START_FAILED = "start failed"
    PUT_AT_RISK = "put at risk"
    RISK_LIFTED = "risk lifted"
    KILL = "kill"
    RESTART_UNDER_LOAD = "restart under load"
    REVIVE = "revive"
    ENDED = "ended"
    """Its process ended, whatever the reason."""
    STOP = "stop"
    STOPPED = "stopped"
    REMOVE = "remove"
    REMOVED = "removed"


class ImpossibleEventError(RuntimeError):
    """An event that cannot happen in a state: a mistake in abreast."""

    def __init__(self, state: State, event: Event) -> None:
        possible = ", ".join(TRANSITIONS[state]) or "nothing"
        super().__init__(f"{event!s} cannot happen to a target that is {state!s}; possible: {possible}")


_ENDS: Mapping[Event, State] = {Event.STOP: State.STOPPING, Event.REMOVE: State.LEAVING}
"""The ways out of every state in which something of the target runs."""

TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.WAITING: {
        Event.START: State.STARTING,
        Event.STOP: State.WAITING,
        Event.REMOVE: State.LEAVING,
    },
    State.STARTING: {
        Event.READY: State.READY,
        Event.START_FAILED: State.FAILED,
        **_ENDS,
    },
    State.READY: {
        Event.ENDED: State.DIED,
        Event.KILL: State.DOWN,
        Event.RESTART_UNDER_LOAD: State.RECOVERING,
        Event.PUT_AT_RISK: State.AT_RISK,
        **_ENDS,
    },
    State.AT_RISK: {
        Event.ENDED: State.DOWN,
        Event.KILL: State.DOWN,
        Event.RESTART_UNDER_LOAD: State.RECOVERING,
        Event.PUT_AT_RISK: State.AT_RISK,
        Event.RISK_LIFTED: State.READY,
        **_ENDS,
    },
    State.DOWN: {
        Event.ENDED: State.DOWN,
        Event.REVIVE: State.RECOVERING,
        **_ENDS,
    },
    State.RECOVERING: {
        Event.ENDED: State.RECOVERING,
        Event.READY: State.READY,
        Event.START_FAILED: State.FAILED,
        **_ENDS,
    },
    State.STOPPING: {
        Event.ENDED: State.STOPPING,
        Event.STOPPED: State.STOPPED,
        Event.START: State.STARTING,
        **_ENDS,
    },
    State.STOPPED: {
        Event.ENDED: State.STOPPED,
        Event.START: State.STARTING,
        Event.STOP: State.STOPPED,
        Event.REMOVE: State.LEAVING,
    },
    State.FAILED: {
        Event.START: State.STARTING,
        Event.STOP: State.FAILED,
        Event.REMOVE: State.LEAVING,
    },
    State.DIED: {
        Event.START: State.STARTING,
        Event.STOP: State.DIED,
        Event.REMOVE: State.LEAVING,
    },
    State.LEAVING: {
        Event.ENDED: State.LEAVING,
        Event.STOP: State.LEAVING,
        Event.REMOVE: State.LEAVING,
        Event.REMOVED: State.GONE,
    },
    State.GONE: {
        Event.ENDED: State.GONE,
        Event.STOP: State.GONE,
    },
}
"""State → event → the state that it leads to."""

SHOWN: Mapping[State, TargetState] = {
    State.WAITING: "waiting",
    State.STARTING: "starting",
    State.READY: "ready",
    State.AT_RISK: "ready",
    State.DOWN: "down",
    State.RECOVERING: "down",
    State.STOPPING: "stopping",
    State.STOPPED: "stopped",
    State.FAILED: "failed",
    State.DIED: "died",
    State.LEAVING: "stopping",
    State.GONE: "stopped",
}
"""State → what people see and what is recorded."""

BEING_STARTED = frozenset({State.STARTING, State.RECOVERING})
"""A start is under way, and still wanted."""

CHANGING = BEING_STARTED | {State.WAITING, State.STOPPING, State.LEAVING, State.GONE}
"""Something is under way that another command must not interfere with."""


def next_state(state: State, event: Event) -> State:
    """Where an event leads. Raises ImpossibleEventError."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise ImpossibleEventError(state, event) from None


def is_possible(state: State, event: Event) -> bool:
    """Whether an event can happen in a state."""
    return event in TRANSITIONS[state]
