"""A target's states, the events that change them, and how they are shown to users. Pure.

Rules of this file:
- `TRANSITIONS` is complete: an event that a state does not list cannot happen in it, and raises an error;
- the state alone determines what an event means: if the process ends in `ready`, the target has died; in
  `at risk`, a fault brought it down; in `stopping`, that was intended;
- several states can look the same to users (`SHOWN`); only the state shown is recorded;
- `gone` is final: late events of a removed target leave it there.
"""

from collections.abc import Mapping
from enum import StrEnum

from engine.metrics.target_snapshot import TargetState


class State(StrEnum):
    """The states of a target."""

    WAITING = "waiting"
    """It was added, but has not been started."""
    STARTING = "starting"
    READY = "ready"
    AT_RISK = "at risk"
    """It is ready, but a fault limits it in a way that may end it."""
    DOWN = "down"
    """A fault ended it. Its users stay, and their requests meet the outage."""
    RECOVERING = "recovering"
    """It is being started again under load, during a fault or at the end of one."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    """It did not become ready."""
    DIED = "died"
    """It ended by itself after it was ready."""
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
    """Its process ended, for any reason."""
    STOP = "stop"
    STOPPED = "stopped"
    REMOVE = "remove"
    REMOVED = "removed"


class ImpossibleEventError(RuntimeError):
    """Raised for an event that cannot happen in a state; it means a bug in abreast."""

    def __init__(self, state: State, event: Event) -> None:
        possible = ", ".join(TRANSITIONS[state]) or "nothing"
        super().__init__(f"{event!s} cannot happen to a target that is {state!s}; possible: {possible}")


_ENDS: Mapping[Event, State] = {Event.STOP: State.STOPPING, Event.REMOVE: State.LEAVING}
"""Transitions of every state in which a part of the target may run."""

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
"""State → event → next state."""

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
"""State → the state that is shown to users and recorded."""

BEING_STARTED = frozenset({State.STARTING, State.RECOVERING})
"""The states in which a start is under way and still wanted."""

CHANGING = BEING_STARTED | {State.WAITING, State.STOPPING, State.LEAVING, State.GONE}
"""The states in which another command must not interfere."""


def next_state(state: State, event: Event) -> State:
    """Returns the state that an event leads to. Raises ImpossibleEventError if it cannot happen."""
    try:
        return TRANSITIONS[state][event]
    except KeyError:
        raise ImpossibleEventError(state, event) from None


def is_possible(state: State, event: Event) -> bool:
    """Returns whether an event can happen in a state."""
    return event in TRANSITIONS[state]
