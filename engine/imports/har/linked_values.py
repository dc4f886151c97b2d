"""Values of a journey that an earlier response gave: the plan takes them from it anew each time. Pure.

Recorded tokens are worth nothing in another session. Each value that looks like one is searched for in the
responses before it, the newest first:

- a token, which is a header, a field or a parameter with the name of one (`X-CSRFToken`): in JSON, in
  cookies, in headers and in pages;
- an id, in a path or elsewhere, if the response to a request that is no GET gave it: it was created;
- Django's `csrfmiddlewaretoken`: it is masked anew for each page, but its cookie `csrftoken` is the same
  secret unmasked, and Django takes either (`django.middleware.csrf._does_token_match`).
"""

import re
from dataclasses import dataclass, field

from engine.imports.clean import clean
from engine.imports.har.file import path_of
from engine.imports.har.given_values import Given
from engine.imports.har.steps import Step, path_segments, sent_values
from engine.imports.id_kinds import is_id, is_random
from engine.imports.marked_text import has_marks, placeholder
from engine.imports.placeholder_names import free_name
from engine.imports.traffic import Note
from targets.secrets import is_secret

_DJANGO_NAMES = frozenset({"csrfmiddlewaretoken", "x-csrftoken"})
_DJANGO_COOKIE = "csrftoken"
_LEAST_TOKEN = 8
_TYPED = re.compile(r"pass|pwd|otp|^(user|user_?name|e?mail|login|pin)$", re.IGNORECASE)
"""In names of what people type, even if it is a secret."""
_AGAINST_FORGERY = re.compile(
    r"csrf|xsrf|authenticity|verification|nonce|^state$|viewstate|eventvalidation", re.IGNORECASE
)
"""In names of tokens against forged requests."""


@dataclass(slots=True)
class Links:
    """The values that the steps of one journey take from each other."""

    notes: list[Note] = field(default_factory=list)
    """On tokens that are in no earlier response."""
    _given: list[Given] = field(default_factory=list)
    """By the steps so far."""
    _names: dict[tuple[int, str], str] = field(default_factory=dict)
    """Names of taken values, by the number of the step that takes it and where it takes it from; of a cookie,
    which has one newest value, without the number."""

    def follow(self, step: Step) -> None:
        """Takes what the next step sends from the steps before it."""
        if not self._follow_redirect(step):
            self._follow_created(step)
        for name, value in list(sent_values(step)):
            token = value.partition(" ")[2] if name.lower() == "authorization" else value
            if _is_token(name, token):
                self._follow_token(step, name, token)
            elif _may_be_id(token):
                self._link_created(step, token)
        self._given.append(Given.by(step))

    def take(self, name: str, at: int, where: str) -> str:
        """The mark of a value that the step with number `at` takes, under this name if it is free."""
        source = (-1 if where.startswith("cookie:") else at), where
        if source not in self._names:
            self._names[source] = free_name(name, set(self._names.values()))
        self._given[at].step.takes[self._names[source]] = where
        return placeholder(self._names[source])

    def _newest_first(self) -> "list[tuple[int, Given]]":
        return list(reversed(list(enumerate(self._given))))

    def _follow_token(self, step: Step, name: str, value: str) -> None:
        is_linked = self._link_django(step, name, value) or self._link(step, name, value)
        if not is_linked and _AGAINST_FORGERY.search(name):
            what = f"{clean(name, 40)} is sent as it was recorded"
            why = "no earlier response has it; the server may reject it in another session"
            self.notes.append(Note(step.entry.place, what, why))

    def _link(self, step: Step, name: str, value: str) -> bool:
        for at, given in self._newest_first():
            if where := given.where(value):
                wanted = name if where.startswith("regex:") else _last_word(where)
                step.put_in(value, self.take(wanted, at, where))
                return True
        return False

    def _link_django(self, step: Step, name: str, value: str) -> bool:
        """Takes the token from its cookie, after the step that set it last. Where a file has no cookies
        (Chromium leaves them out unless asked), that is the last page."""
        if name.lower() not in _DJANGO_NAMES:
            return False
        has_cookies = any(given.cookies for given in self._given)
        for at, given in self._newest_first():
            if _DJANGO_COOKIE in given.cookies.values() or (given.page and not has_cookies):
                step.put_in(value, self.take(_DJANGO_COOKIE, at, f"cookie:{_DJANGO_COOKIE}"))
                return True
        return False

    def _follow_redirect(self, step: Step) -> bool:
        """Goes where a response led, if that is to a new id."""
        for at, given in self._newest_first():
            if self._leads_to_new(given, step):
                step.url = self.take("location", at, "header:Location")
                return True
        return False

    def _leads_to_new(self, given: Given, step: Step) -> bool:
        is_same = given.step.entry.leads_to == step.url
        return is_same and any(is_id(each) and self._is_new(each, given) for each in path_segments(step.url))

    def _follow_created(self, step: Step) -> None:
        """Takes ids in a path from the response that created them."""
        for segment in path_segments(step.url):
            if has_marks(segment) or not _may_be_id(segment):
                continue
            for at, given in self._newest_first():
                where = given.where_created(segment)
                if where and self._is_new(segment, given):
                    _put_in_path(step, segment, self.take(_last_word(where), at, where))
                    break

    def _link_created(self, step: Step, value: str) -> None:
        for at, given in self._newest_first():
            if where := given.where_created(value):
                step.put_in(value, self.take(_last_word(where), at, where))
                return

    def _is_new(self, segment: str, given: Given) -> bool:
        """Whether no request up to this one has a segment in its path."""
        until = self._given[: self._given.index(given) + 1]
        return not any(segment in each.asked for each in until)


def _may_be_id(text: str) -> bool:
    """Whether a text may be the id of what a request created, if its response had it: `17`, `cart-7`,
    `cus_Nf9`."""
    return is_id(text) or is_random(text) or (len(text) > 2 and any(map(str.isdigit, text)))


def _is_token(name: str, value: str) -> bool:
    """Whether a value is a token by its name; one without a digit is a word."""
    if _TYPED.search(name) or len(value) < _LEAST_TOKEN or not re.search(r"\d", value):
        return False
    return is_secret(name) or bool(_AGAINST_FORGERY.search(name))


def _put_in_path(step: Step, segment: str, mark: str) -> None:
    path = path_of(step.url)
    filled = "/".join(mark if each == segment else each for each in path.split("/"))
    before, _, after = step.url.partition(path)
    step.url = f"{before}{filled}{after}"


def _last_word(where: str) -> str:
    """`id` of `/data/id`, `X-Token` of `header:X-Token`."""
    return where.rpartition("/")[2].rpartition(":")[2]
