"""A HAR file as traffic: its requests by weight, or as a journey in order with its pauses. Pure.

In a journey what belongs to one session is made anew: cookies are the users' own, tokens and new ids are
taken from the responses that give them, and a login is sent once.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.imports.clean import clean, listed
from engine.imports.har.bodies import body_of
from engine.imports.har.choice import Choice, chosen, origin_of, places
from engine.imports.har.cookies import JourneyCookies, sent_cookies
from engine.imports.har.file import HarEntry, read_har
from engine.imports.har.given_values import PAGES
from engine.imports.har.linked_values import Links
from engine.imports.har.logins import login_steps
from engine.imports.har.steps import Step
from engine.imports.headers import kept_headers
from engine.imports.id_kinds import is_id, is_random
from engine.imports.marked_text import is_placeholder
from engine.imports.options import ImportOptions
from engine.imports.traffic import ImportedRequest, ImportedTraffic, Note
from engine.plan.workload import MAX_REQUESTS
from targets.secrets import is_secret

LONGEST_PAUSE_S = 30.0
"""Of a journey; a longer one was a break."""
LONGEST_TITLE = 100
"""Characters of a page's title that is checked."""
_OF_BROWSERS = frozenset(
    {"accept-encoding", "cache-control", "pragma", "upgrade-insecure-requests", "user-agent", "x-client-data"}
)
_ACCEPTS_PAGES = "text/html,*/*;q=0.8"
"""The long list of types that browsers ask for a page with, in short."""
_OF_ORIGIN = frozenset({"origin", "referer"})
_OF_SESSIONS = _OF_ORIGIN | {"authorization", "content-type", "cookie"}
"""Headers that do not tell requests apart: they differ with the session, the page, or the body."""
_NOT_IN_WORDS = re.compile(r"[^\w+/.~-]+")
_LEAST_MADE = 8
"""Characters of a word that a machine makes anew each time."""
_TITLE = re.compile(r"<title>([^<\r\n]{1,1000})</title>", re.IGNORECASE)


def har_traffic(text: str, options: ImportOptions) -> ImportedTraffic:
    """The traffic of a file with this text.

    Requests to the hosts of the options are kept, by default those to the server of the first page; as a
    journey, by default if a request changes something. Raises UsageError for what cannot be read, or if
    nothing is left.
    """
    name = clean(options.name)
    entries, notes = read_har(text, name)
    choice = chosen(entries, hosts=options.hosts, include_static=options.include_static, name=name)
    traffic = ImportedTraffic(
        source=f"the HAR file {name}", base_url=choice.origins[0], notes=[*notes, *choice.notes]
    )
    journey = traffic.journey = _is_journey(choice, options.journey, traffic)
    steps, lacks = _steps(choice, traffic, most=MAX_REQUESTS if journey else len(choice.entries))
    if journey:
        _make_journey(steps, lacks, traffic)
    else:
        traffic.requests = _weighted(_request(step, lacks) for step in map(_with_cookies, steps))
    return traffic


def _is_journey(choice: Choice, asked: bool | None, traffic: ImportedTraffic) -> bool:
    """Whether requests are steps in order: as it was asked for, or if one of them changes something, which
    rarely works out of its order."""
    if asked is not None:
        return asked
    changing = next((entry for entry in choice.entries if entry.method not in {"GET", "HEAD"}), None)
    if changing is not None:
        what = f"the requests are steps of a journey, since {changing.method} may need those before it"
        traffic.notes.append(Note(changing.place, what, "--mix draws them by weight"))
    return changing is not None


def _steps(choice: Choice, traffic: ImportedTraffic, most: int) -> tuple[list[Step], dict[int, str]]:
    """The requests that are kept, and by entry what they lack. Notes what was left out of them."""
    steps: list[Step] = []
    lacks: dict[int, str] = {}
    dropped: set[str] = set()
    elsewhere: list[HarEntry] = []
    for entry in choice.entries[:most]:
        found = body_of(entry)
        if found.lacks:
            lacks[entry.number] = found.lacks
            traffic.notes.append(Note(entry.place, "is written as a comment", found.lacks))
        if origin_of(entry.url) != choice.origins[0]:
            elsewhere.append(entry)
        url = entry.url if origin_of(entry.url) == choice.origins[0] else _path_of(entry.url)
        steps.append(Step(entry, url, _kept(entry, dropped), found.body))
    if len(choice.entries) > most:
        what = f"left out the last {len(choice.entries) - most:,} requests"
        traffic.notes.append(Note("", what, f"a journey has at most {most:,} steps"))
    if elsewhere:
        what = f"requests to {listed(list(choice.origins[1:]))} go to the plan's target like all others"
        traffic.notes.append(Note(places(elsewhere), what, "all requests of a plan go to one server"))
    if dropped:
        what = f"left out browser headers: {', '.join(sorted(dropped))}"
        traffic.notes.append(Note("", what, "abreast sends its own, and has no cache"))
    return steps, lacks


def _path_of(url: str) -> str:
    rest = url.partition("://")[2]
    cut = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return rest[cut:] if rest[cut : cut + 1] == "/" else f"/{rest[cut:]}"


def _kept(entry: HarEntry, dropped: set[str]) -> tuple[tuple[str, str], ...]:
    """The headers that a plan may have; names of the others that a server reads are added to `dropped`.

    `Origin` and `Referer` name the recorded server. Only over TLS are they needed: there Django and others
    compare them against forgery.
    """
    kept: list[tuple[str, str]] = []
    for name, value in entry.headers:
        key = name.lower()
        if name.startswith(":") or key == "cookie" or (key, value) == ("accept", "*/*"):
            continue
        is_of_origin = key in _OF_ORIGIN and not entry.url.startswith("https:")
        if key in _OF_BROWSERS or key.startswith("sec-fetch-") or is_of_origin:
            dropped.add(key)
        elif key == "accept" and value.startswith("text/html,"):
            dropped.add("image types in accept")
            kept.append((name, _ACCEPTS_PAGES))
        else:
            kept.append((name, value))
    return tuple(kept)


# ---------------------------------------------------------------- by weight


def _with_cookies(step: Step) -> Step:
    """The step with the cookies that were recorded: users of weighted requests keep none."""
    cookies = "; ".join(f"{name}={value}" for name, value in sent_cookies(step).items())
    if cookies:
        step.headers = (*step.headers, ("Cookie", cookies))
    return step


def _weighted(requests: Iterable[ImportedRequest]) -> list[ImportedRequest]:
    """Equal requests once, with how often they were sent; their statuses are all expected. Requests that ask
    for something else by a header, such as another format, are not equal."""
    found: dict[Any, ImportedRequest] = {}
    for request in requests:
        key = (request.method, request.url, repr(request.body), request.enabled, _asks_for(request.headers))
        before = found.get(key)
        if before is None:
            found[key] = request
        else:
            statuses = tuple(dict.fromkeys((*before.expect_status, *request.expect_status)))
            found[key] = replace(before, weight=before.weight + 1, expect_status=statuses)
    return list(found.values())


def _asks_for(headers: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The headers that make a request another one: not those of a session or a page, and none that a machine
    makes anew for each request."""
    kept = kept_headers(headers, "", reads_body=False).kept
    return frozenset(
        (name.lower(), value)
        for name, value in kept.items()
        if name.lower() not in _OF_SESSIONS and not is_secret(name) and not _is_made(value)
    )


def _is_made(value: str) -> bool:
    """Whether a part of a header's value is made by a machine: an id, a time in milliseconds."""
    parts = _NOT_IN_WORDS.split(value)
    return any(len(part) >= _LEAST_MADE and (is_id(part) or is_random(part)) for part in parts)


# ---------------------------------------------------------------- as a journey


def _make_journey(steps: list[Step], lacks: dict[int, str], traffic: ImportedTraffic) -> None:
    """Fills in the steps of a journey."""
    links, cookies = Links(), JourneyCookies()
    for step in steps:
        cookies.bring(step, links)
        links.follow(step)
    logins = login_steps(steps)
    if all(at in logins or step.entry.number in lacks for at, step in enumerate(steps)):
        logins = []  # nothing would be left to repeat
    for at in logins:
        steps[at].once = True
    if logins:
        place = places([steps[at].entry for at in logins])
        traffic.notes.append(Note(place, "the login is sent once by each user, and not repeated"))
    traffic.notes += [*cookies.notes, *links.notes]
    traffic.variables = dict(cookies.variables)
    for step, pause_s in zip(steps, _pauses(steps, traffic), strict=True):
        checks = _title_check(step)
        request = replace(_request(step, lacks), takes=step.takes, once=step.once, checks=checks)
        traffic.requests.append(replace(request, pause_before_s=pause_s))


def _pauses(steps: Sequence[Step], traffic: ImportedTraffic) -> list[float]:
    """How long nothing was in flight before each step."""
    pauses: list[float] = []
    ended_s: float | None = None
    for step in steps:
        started_s, pause_s = step.entry.started_s, 0.0
        if started_s is not None and ended_s is not None:
            pause_s = max(0.0, started_s - ended_s)
        if pause_s > LONGEST_PAUSE_S:
            what = f"a pause of {pause_s:.0f} s before it is {LONGEST_PAUSE_S:.0f} s in the plan"
            traffic.notes.append(Note(step.entry.place, what, "a longer one was a break"))
        pauses.append(min(pause_s, LONGEST_PAUSE_S))
        if started_s is not None:
            ended_s = max(ended_s or 0.0, started_s + step.entry.took_s)
    return pauses


def _title_check(step: Step) -> dict[str, Any]:
    """A check that a page is the one that was recorded: an error page or a login form has another title.
    Titles with numbers are likely to change."""
    if step.entry.status != 200 or step.entry.content_type not in PAGES:
        return {}
    title = _TITLE.search(step.entry.content)
    if title is None or not title[1].strip() or len(title[0]) > LONGEST_TITLE or re.search(r"\d", title[1]):
        return {}
    return {"contains": [title[0]]}


def _request(step: Step, lacks: dict[int, str]) -> ImportedRequest:
    entry = step.entry
    return ImportedRequest(
        method=entry.method,
        url=step.url,
        place=entry.place,
        name=f"{entry.method} {entry.path}" if is_placeholder(step.url) else "",
        headers=step.headers,
        body=step.body,
        enabled=entry.number not in lacks,
        expect_status=(200 if entry.status == 304 else entry.status,),
        options={"stream": "sse"} if entry.content_type == "text/event-stream" else {},
    )
