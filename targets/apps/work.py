"""The work that all targets share, whatever the framework: from request values to answer bytes.

Rules of this file:
- no framework, and no state between requests: an answer follows from its arguments;
- an answer is a status and bytes (`Answer`), which the app around it only sends;
- bodies are validated by the same pydantic models everywhere, parsed as FastAPI parses them (`read`), and one
  function reports what is wrong (`unprocessable`), in words that no release of pydantic can change.
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
    """The body of a PUT: all fields."""

    title: Title
    done: StrictBool


class TaskChange(BaseModel):
    """The body of a PATCH: any fields. The defaults only make fields optional, and are never used."""

    title: Title = ""
    done: StrictBool = False


Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: JSON bytes, or no body if `body` is empty."""

    status: int
    body: bytes = b""
    allow: str = ""
    """The `Allow` header, on a 405."""
    work: str = ""
    """The counted work, if the request asked for it."""

    @property
    def headers(self) -> dict[str, str]:
        """Its headers."""
        if self.work:
            return {WORK_HEADER: self.work}
        if self.status == 401:
            return {"www-authenticate": "Bearer"}
        return {"allow": self.allow} if self.allow else {}


class UnprocessableError(Exception):
    """A body that cannot be accepted; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode())
        self.answer = answer


def health() -> Answer:
    """The target is healthy."""
    return _answer(200, {"status": "ok"})


def hello() -> Answer:
    """A static object, encoded for each request, as an app would do."""
    return _answer(200, {"message": "Hello, world!"})


def list_tasks() -> Answer:
    """The first page of tasks."""
    page = [_task(number) for number in range(1, PAGE_SIZE + 1)]
    return _answer(200, {"tasks": page, "total": TASK_COUNT})


def read_task(number: int) -> Answer:
    """One task."""
    return _answer(200, _task(number)) if _exists(number) else no_such_task()


def create_task(task: NewTask) -> Answer:
    """Creates a task: the task as sent, with the next id."""
    return _answer(201, {"id": TASK_COUNT + 1, **task.model_dump()})


def replace_task(number: int, task: WholeTask) -> Answer:
    """The task as it was sent."""
    return _answer(200, {"id": number, **task.model_dump()}) if _exists(number) else no_such_task()


def change_task(number: int, change: TaskChange) -> Answer:
    """The task with the fields that were sent."""
    if not _exists(number):
        return no_such_task()
    return _answer(200, _task(number) | change.model_dump(exclude_unset=True))


def delete_task(number: int) -> Answer:
    """Nothing, for a task that exists."""
    return Answer(204) if _exists(number) else no_such_task()


def not_found() -> Answer:
    """No such path."""
    return _answer(404, {"error": "not found"})


def no_such_task() -> Answer:
    """The path is that of a task that does not exist."""
    return _answer(404, {"error": "no such task"})


def method_not_allowed(allowed: Iterable[str]) -> Answer:
    """The path exists, but only with the `allowed` methods."""
    return _answer(405, {"error": "method not allowed"}, allow=", ".join(sorted(allowed)))


def broken() -> Answer:
    """The app failed; the server's log has the reason."""
    return _answer(500, {"error": "internal server error"})


def malformed() -> Answer:
    """The body is not JSON."""
    return unprocessable([{"type": "json_invalid", "loc": ()}])


def unprocessable(errors: Iterable[Mapping[str, Any]]) -> Answer:
    """The body does not fit its model; type and location of pydantic's `errors` are used."""
    found = dict.fromkeys((_field(error), _reason(error)) for error in errors)
    reasons = [{"field": field, "reason": reason} for field, reason in found]
    return _answer(422, {"error": "unprocessable", "reasons": reasons})


def read(model: type[Body], content_type: str, body: bytes) -> Body:
    """A request's body as `model`, parsed by FastAPI's rules, for frameworks that parse none themselves.

    `content_type` has no parameters, and is in lower case. Raises UnprocessableError.
    """
    return fitting(model, decoded(content_type, body))


def decoded(content_type: str, body: bytes) -> Any:
    """The JSON value of a body; a body of another type than JSON is itself, which fits no model.

    `content_type` has no parameters, and is in lower case. Raises UnprocessableError.
    """
    try:
        return json.loads(body) if body and _is_json(content_type) else body
    except (ValueError, RecursionError) as error:
        raise UnprocessableError(malformed()) from error


def fitting(model: type[Body], value: object) -> Body:
    """The value as `model`. Raises UnprocessableError."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise UnprocessableError(unprocessable(error.errors(include_url=False))) from error


def media_type(content_type: str) -> str:
    """A `Content-Type` header without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _is_json(content_type: str) -> bool:
    main, _, kind = content_type.partition("/")
    return main == "application" and (kind == "json" or kind.endswith("+json"))


def _exists(number: int) -> bool:
    return 1 <= number <= TASK_COUNT


def _task(number: int) -> dict[str, object]:
    return {"id": number, "title": f"Task {number}", "done": number % 2 == 0}


def _field(error: Mapping[str, Any]) -> str:
    """The field that an error is about, or `body`. FastAPI puts `body` or `query` before the field, and
    pydantic a list index after it."""
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
