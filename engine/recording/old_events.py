"""What events of older journals say, read from their texts. Pure.

Journals from before events had a detail (`engine.metrics.event_detail`) have only the text. This is the one
place that reads it, by the words that those versions wrote.
"""

import re
from collections.abc import Callable, Mapping

from engine.metrics.event_detail import NO_DETAIL, Action, EventDetail

_STAGE = re.compile(r"(?:.* alone(?:, \d+/\d+)? · )?(?:(?:stage|level) [^:]*: )?(?P<does>.+)")
_TURN_OVER = re.compile(r"(?P<label>.+) is done")
_MOVED = re.compile(r".* \(manual\)")
_WARM = re.compile(r"warm-up over after [^:]*: (?P<reason>.*)")
_FAULT = re.compile(r"(?P<what>.+?)(?: for (?P<lasts_s>[\d.e+-]+) s)?")
_LIGHT = re.compile(r"generator (?P<light>\w+)(?:: (?P<reason>.*)| again)?", re.DOTALL)
_OVER, _DOWN, _EXITED, _OPTIONS = " is over", "it is down: ", "ended by itself: ", "options "
_OF_TARGETS: Mapping[str, Action] = {
    "joins": "joins",
    "leaves": "leaves",
    "restarts": "restarts",
    "is ready again": "ready-again",
}


def detail_of(kind: str, text: str) -> EventDetail:
    """The detail of an event; empty if its kind has none, or the text is not one that abreast wrote."""
    read = _READERS.get(kind)
    return NO_DETAIL if read is None else read(text)


def _stage(text: str) -> EventDetail:
    if _MOVED.fullmatch(text):
        return EventDetail("moved")
    if found := _WARM.fullmatch(text):
        return EventDetail("over", "warm-up", found["reason"])
    if found := _TURN_OVER.fullmatch(text):
        return EventDetail("turn-over", found["label"])
    stage = _STAGE.fullmatch(text)
    return EventDetail("begins", stage["does"]) if stage else NO_DETAIL


def _fault(text: str) -> EventDetail:
    if text.startswith(_DOWN):
        return EventDetail("down", reason=text.removeprefix(_DOWN))
    if text.endswith(_OVER):
        return EventDetail("over", text.removesuffix(_OVER))
    found = _FAULT.fullmatch(text)
    if found is None:
        return NO_DETAIL
    try:
        lasts_s = None if found["lasts_s"] is None else float(found["lasts_s"])
    except ValueError:
        return EventDetail("injected", text)
    return EventDetail("injected", found["what"], lasts_s=lasts_s)


def _target(text: str) -> EventDetail:
    if text.startswith(_OPTIONS):
        return EventDetail("options", text.removeprefix(_OPTIONS))
    return EventDetail(_OF_TARGETS[text]) if text in _OF_TARGETS else NO_DETAIL


def _trouble(text: str) -> EventDetail:
    is_exit = text.startswith(_EXITED)
    return EventDetail("exited", reason=text.removeprefix(_EXITED)) if is_exit else NO_DETAIL


def _health(text: str) -> EventDetail:
    found = _LIGHT.fullmatch(text)
    return EventDetail("changed", found["light"], found["reason"] or "") if found else NO_DETAIL


def _pause(text: str) -> EventDetail:
    if text == "paused":
        return EventDetail("paused")
    return EventDetail("resumed") if text == "resumed" else NO_DETAIL


_READERS: Mapping[str, Callable[[str], EventDetail]] = {
    "stage": _stage,
    "fault": _fault,
    "target": _target,
    "trouble": _trouble,
    "health": _health,
    "pause": _pause,
}
