"""Cookies of a journey: those that the traffic itself sets are the users' own, others are sent as recorded.
Pure."""

import re
from dataclasses import dataclass, field

from engine.imports.clean import clean
from engine.imports.har.given_values import cookies_set
from engine.imports.har.linked_values import Links
from engine.imports.har.steps import Step
from engine.imports.marked_text import variable
from engine.imports.traffic import Note
from engine.imports.variables import variable_name

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LISTED = 5


def sent_cookies(step: Step) -> dict[str, str]:
    """The cookies that a step's request sent, by name."""
    lines = [value for name, value in step.entry.headers if name.lower() == "cookie"]
    pairs = [part.strip().partition("=") for line in lines for part in line.split(";")]
    found = {name: value for name, equals, value in pairs if equals} or dict(step.entry.cookies)
    return {name: value for name, value in found.items() if _TOKEN.fullmatch(name)}


@dataclass(slots=True)
class JourneyCookies:
    """The cookies that the steps so far have set, and those that none has."""

    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables for cookies from before the recording, each with a few words."""
    notes: list[Note] = field(default_factory=list)
    _set_at: dict[str, int] = field(default_factory=dict)
    """By name: the number of the step that set a cookie last."""
    _steps: int = 0

    def bring(self, step: Step, links: Links) -> None:
        """Gives the next step the cookies that no earlier response has set, as a header. That header takes
        the place of the user's own cookies, so these are filled into it as well."""
        sent = sent_cookies(step)
        foreign = [name for name in sent if name not in self._set_at]
        if foreign:
            line = "; ".join(f"{name}={self._value(name, links)}" for name in sent)
            step.headers = (*step.headers, ("Cookie", line))
            self._note(step, foreign)
        for name, value in cookies_set(step):
            if value:
                self._set_at[name] = self._steps
            else:
                self._set_at.pop(name, None)
        self._steps += 1

    def _value(self, name: str, links: Links) -> str:
        if name in self._set_at:
            return links.take(f"cookie_{name}", self._set_at[name], f"cookie:{name}")
        word = variable_name(name)
        self.variables.setdefault(word, f"the cookie {clean(name, 40)}, from before the recording")
        return variable(word)

    def _note(self, step: Step, foreign: list[str]) -> None:
        names = ", ".join(clean(name, 40) for name in foreign[:_LISTED])
        more = f" and {len(foreign) - _LISTED} more" if len(foreign) > _LISTED else ""
        what = f"sends cookies from before the recording: {names}{more}"
        if not any(note.what == what for note in self.notes):
            self.notes.append(Note(step.entry.place, what, "no response in the file sets them"))
