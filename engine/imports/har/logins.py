"""Which steps of a journey log in: they are sent once, since a server answers a second login in another way.
Pure."""

import re
from collections.abc import Sequence

from engine.imports.har.file import path_of
from engine.imports.har.given_values import PAGES, cookies_set
from engine.imports.har.steps import Step, sent_values

_PASSWORD = re.compile(r"passw|pwd|passphrase", re.IGNORECASE)
_AGAINST_FORGERY = re.compile(r"csrf|xsrf", re.IGNORECASE)


def login_steps(steps: Sequence[Step]) -> list[int]:
    """The numbers of the steps that log in, with the page of their form and the redirects that led to it;
    none if the journey logs out again, since it can then be repeated as a whole.

    A login is the first request with a password that is answered with a redirect, with something else than a
    page, or with a cookie that is not one against forgery.
    """
    at = next((at for at, step in enumerate(steps) if _logs_in(step)), None)
    if at is None or _logs_out(steps[at], steps[at + 1 :]):
        return []
    login = steps[at]
    paths = {login.entry.path}
    if referrer := login.entry.header("referer"):
        paths.add(path_of(referrer))
    found = [at]
    for number in reversed(range(at)):
        step = steps[number]
        leads_there = step.entry.leads_to and path_of(step.entry.leads_to) in paths
        if step.entry.path in paths or leads_there or not login.uses.isdisjoint(step.takes):
            found.append(number)
            paths.add(step.entry.path)
    return sorted(found)


def _logs_in(step: Step) -> bool:
    entry = step.entry
    if entry.method in {"GET", "HEAD"} or not 200 <= entry.status < 400:
        return False
    if not any(_PASSWORD.search(name) for name, _ in sent_values(step)):
        return False
    if entry.status >= 300 or entry.content_type not in PAGES:
        return True
    return any(value and not _AGAINST_FORGERY.search(name) for name, value in cookies_set(step))


def _logs_out(login: Step, later: Sequence[Step]) -> bool:
    """Whether a later response deletes a cookie that the login has set."""
    got = {name for name, value in cookies_set(login) if value}
    return any(name in got and not value for step in later for name, value in cookies_set(step))
