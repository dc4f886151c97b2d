"""What every target does, whatever its framework: the shared work, from request values to answer bytes.

Rules of this file:
- no framework, and nothing kept between requests: an answer follows from its arguments;
- it answers with a status and bytes (`Answer`); an app around it only carries them;
- a body is checked by the same pydantic models everywhere, parsed as FastAPI parses it (`read`), and what
  is wrong with it is said by one function (`unprocessable`), in words that no release of pydantic can change.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, Field, StrictBool, StrictStr, ValidationError

from targets.contract import MAX_FEATURES, MAX_PACE_MS, MAX_TOKENS, PAGE_SIZE, TASK_COUNT, TITLE_LENGTH
from targets.contract.rows import WORK_HEADER

Title = Annotated[StrictStr, Field(min_length=1, max_length=TITLE_LENGTH)]


class NewTask(BaseModel):
    """The body of a POST."""

    title: Title
    done: StrictBool = False


class WholeTask(BaseModel):
    """The body of a PUT: every part."""

    title: Title
    done: StrictBool


class TaskChange(BaseModel):
    """The body of a PATCH: any part. The defaults say that a part may be left out; they are never used."""

    title: Title = ""
    done: StrictBool = False


Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: JSON bytes, or nothing where `body` is empty."""

    status: int
    body: bytes = b""
    allow: str = ""
    """The `Allow` header, on a 405."""
    work: str = ""
    """What was done for it, where the request asked to be counted."""

    @property
    def headers(self) -> dict[str, str]:
        """What it says beside its body."""
        if self.work:
            return {WORK_HEADER: self.work}
        if self.status == 401:
            return {"www-authenticate": "Bearer"}
        return {"allow": self.allow} if self.allow else {}


class UnprocessableError(Exception):
    """A body that cannot be taken; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode())
        self.answer = answer


def health() -> Answer:
    """The target is well."""
    return _answer(200, {"status": "ok"})


def hello() -> Answer:
    """A static object, encoded anew for each request, as an app would."""
    return _answer(200, {"message": "Hello, world!"})


def list_tasks() -> Answer:
    """The first page of tasks."""
    page = [_task(number) for number in range(1, PAGE_SIZE + 1)]
    return _answer(200, {"tasks": page, "total": TASK_COUNT})


def read_task(number: int) -> Answer:
    """One task."""
    return _answer(200, _task(number)) if _exists(number) else no_such_task()


def create_task(task: NewTask) -> Answer:
    """The task as it was sent, under the next id."""
    return _answer(201, {"id": TASK_COUNT + 1, **task.model_dump()})


def replace_task(number: int, task: WholeTask) -> Answer:
    """The task as it was sent."""
    return _answer(200, {"id": number, **task.model_dump()}) if _exists(number) else no_such_task()


def change_task(number: int, change: TaskChange) -> Answer:
    """The task with the parts that were sent."""
    if not _exists(number):
        return no_such_task()
    return _answer(200, _task(number) | change.model_dump(exclude_unset=True))


def delete_task(number: int) -> Answer:
    """Nothing, for a task that is."""
    return Answer(204) if _exists(number) else no_such_task()


def not_found() -> Answer:
    """No such path."""
    return _answer(404, {"error": "not found"})


def no_such_task() -> Answer:
    """The path is one of a task, and there is none."""
    return _answer(404, {"error": "no such task"})


def method_not_allowed(allowed: Iterable[str]) -> Answer:
    """The path exists, and takes the `allowed` methods only."""
    return _answer(405, {"error": "method not allowed"}, allow=", ".join(sorted(allowed)))


def broken() -> Answer:
    """The app failed; the server's log says how."""
    return _answer(500, {"error": "internal server error"})


def malformed() -> Answer:
    """The body is not JSON."""
    return unprocessable([{"type": "json_invalid", "loc": ()}])


def unprocessable(errors: Iterable[Mapping[str, Any]]) -> Answer:
    """The body does not fit; `errors` are pydantic's, of which the type and the place are read."""
    found = dict.fromkeys((_field(error), _reason(error)) for error in errors)
    reasons = [{"field": field, "reason": reason} for field, reason in found]
    return _answer(422, {"error": "unprocessable", "reasons": reasons})


def read(model: type[Body], content_type: str, body: bytes) -> Body:
    """A request's body as `model`, read by FastAPI's rules, for a framework that reads none itself.

    `content_type` comes without parameters, in lower case. Raises UnprocessableError.
    """
    try:
        value = json.loads(body) if body and _is_json(content_type) else body
    except (ValueError, RecursionError) as error:
        raise UnprocessableError(malformed()) from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise UnprocessableError(unprocessable(error.errors(include_url=False))) from error


def _is_json(content_type: str) -> bool:
    main, _, kind = content_type.partition("/")
    return main == "application" and (kind == "json" or kind.endswith("+json"))


def _exists(number: int) -> bool:
    return 1 <= number <= TASK_COUNT


def _task(number: int) -> dict[str, object]:
    return {"id": number, "title": f"Task {number}", "done": number % 2 == 0}


def _field(error: Mapping[str, Any]) -> str:
    """The part that an error is about, or `body`. FastAPI puts `body` or `query` before the part, and
    pydantic the place in a list behind it."""
    return next((part for part in reversed(error["loc"]) if part in _RULES), "body")


def _reason(error: Mapping[str, Any]) -> str:
    field = _field(error)
    if error["type"] == "json_invalid":
        return "is not valid JSON"
    return "is missing" if error["type"] == "missing" and field != "body" else _RULES[field]


_RULES = {
    "body": "must be a JSON object",
    "title": f"must be a text of 1 to {TITLE_LENGTH} characters",
    "done": "must be true or false",
    "features": f"must be a list of 1 to {MAX_FEATURES} finite numbers",
    "user": "must be a text of 1 to 200 characters",
    "password": "must be a text of 1 to 200 characters",
    "n": f"must be a whole number from 1 to {MAX_TOKENS}",
    "pace_ms": f"must be a whole number from 0 to {MAX_PACE_MS}",
}


def _answer(status: int, value: object, allow: str = "") -> Answer:
    return Answer(status, orjson.dumps(value), allow)
