"""The HTTP contract every target serves: which workloads exist, their requests, and the exact answers.

Rules of this file:
- data only, standard library only: the engine builds load from it, the servers and the tests are held to it;
- same path, same bytes, whatever the framework: bodies are compact JSON in UTF-8, `application/json` without
  parameters, and errors are part of the contract as much as successes are;
- a target keeps nothing between requests: an answer follows from its request alone.

Tasks 1 to `TASK_COUNT` exist and no others; task n is called "Task n" and is done where n is even. Creating
one echoes it under the next id; replacing, changing and deleting answer as if they had been done.
"""

from dataclasses import dataclass

CONTENT_TYPE = "application/json"
"""Of every answer that has a body."""

TASK_COUNT = 100
"""How many tasks exist, under the ids 1 to this."""
PAGE_SIZE = 10
"""How many of them the list shows: the first ones."""
TITLE_LENGTH = 200
"""The most characters a title has; it has one at least."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a workload, and what every target answers to it."""

    name: str
    """Unique within its workload; results are kept by it."""
    method: str
    path: str
    json: dict[str, object] | None = None
    """The body, to be sent as JSON; None for a request without one."""
    expect_status: tuple[int, ...] = (200,)
    """Any other status is a failure."""
    weight: int = 1
    """How often it is sent, relative to the workload's other requests."""
    answer: bytes = b""
    """The whole body of the expected answer; empty where the answer has none."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a user requests."""

    name: str
    about: str
    """One line for the lobby."""
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that every target refuses, and how. `body` goes out as it stands."""

    name: str
    method: str
    path: str
    status: int
    answer: bytes
    """The whole body of the answer; a HEAD request gets its headers alone."""
    allow: str = ""
    """The `Allow` header of a 405."""
    content_type: str = ""
    """Of the request; empty to send none."""
    body: bytes = b""


def _task(number: int, title: str, *, done: bool) -> str:
    return f'{{"id":{number},"title":"{title}","done":{str(done).lower()}}}'


_PAGE = ",".join(_task(number, f"Task {number}", done=number % 2 == 0) for number in range(1, PAGE_SIZE + 1))

HEALTH = Workload(
    "health",
    "a tiny answer without any work",
    (Request("health", "GET", "/health", answer=b'{"status":"ok"}'),),
)

HELLO = Workload(
    "hello",
    "a static JSON object",
    (Request("hello", "GET", "/test", answer=b'{"message":"Hello, world!"}'),),
)

TASKS = Workload(
    "tasks",
    "read, create, replace, change and delete tasks; no database",
    (
        Request(
            "list", "GET", "/tasks", weight=2, answer=f'{{"tasks":[{_PAGE}],"total":{TASK_COUNT}}}'.encode()
        ),
        Request("read", "GET", "/tasks/42", weight=4, answer=_task(42, "Task 42", done=True).encode()),
        Request(
            "create",
            "POST",
            "/tasks",
            json={"title": "Ring Zoë", "done": False},
            expect_status=(201,),
            answer=_task(101, "Ring Zoë", done=False).encode(),
        ),
        Request(
            "replace",
            "PUT",
            "/tasks/7",
            json={"title": "Buy bread", "done": True},
            answer=_task(7, "Buy bread", done=True).encode(),
        ),
        Request(
            "change",
            "PATCH",
            "/tasks/7",
            json={"done": True},
            answer=_task(7, "Task 7", done=True).encode(),
        ),
        Request("delete", "DELETE", "/tasks/7", expect_status=(204,)),
    ),
)

WORKLOADS: dict[str, Workload] = {workload.name: workload for workload in (HEALTH, HELLO, TASKS)}
"""Every workload by name."""

NOT_FOUND = b'{"error":"not found"}'
NO_SUCH_TASK = b'{"error":"no such task"}'
METHOD_NOT_ALLOWED = b'{"error":"method not allowed"}'


def _unprocessable(*reasons: tuple[str, str]) -> bytes:
    listed = ",".join(f'{{"field":"{field}","reason":"{reason}"}}' for field, reason in reasons)
    return f'{{"error":"unprocessable","reasons":[{listed}]}}'.encode()


_NOT_JSON = _unprocessable(("body", "is not valid JSON"))
_NOT_OBJECT = _unprocessable(("body", "must be a JSON object"))
_BAD_TITLE = _unprocessable(("title", f"must be a text of 1 to {TITLE_LENGTH} characters"))
_BAD_DONE = _unprocessable(("done", "must be true or false"))
_NO_TITLE = _unprocessable(("title", "is missing"))


def _post(name: str, body: bytes, answer: bytes, content_type: str = CONTENT_TYPE) -> Refusal:
    return Refusal(name, "POST", "/tasks", 422, answer, content_type=content_type, body=body)


def _method(name: str, method: str, path: str, allow: str) -> Refusal:
    return Refusal(name, method, path, 405, METHOD_NOT_ALLOWED, allow=allow)


_ON_TASK = "DELETE, GET, PATCH, PUT"

REFUSALS: tuple[Refusal, ...] = (
    Refusal("unknown path", "GET", "/nothing", 404, NOT_FOUND),
    Refusal("unknown path, POST", "POST", "/nothing", 404, NOT_FOUND),
    Refusal("root", "GET", "/", 404, NOT_FOUND),
    Refusal("trailing slash", "GET", "/tasks/", 404, NOT_FOUND),
    Refusal("id is a word", "GET", "/tasks/first", 404, NOT_FOUND),
    Refusal("id is negative", "GET", "/tasks/-1", 404, NOT_FOUND),
    Refusal("no task 0", "GET", "/tasks/0", 404, NO_SUCH_TASK),
    Refusal("no task 101", "GET", "/tasks/101", 404, NO_SUCH_TASK),
    Refusal("id is huge", "GET", f"/tasks/{10**30}", 404, NO_SUCH_TASK),
    Refusal("delete no task", "DELETE", "/tasks/101", 404, NO_SUCH_TASK),
    Refusal(
        "change no task",
        "PATCH",
        "/tasks/101",
        404,
        NO_SUCH_TASK,
        content_type=CONTENT_TYPE,
        body=b'{"done":true}',
    ),
    Refusal(
        "a bad body comes before no task",
        "PUT",
        "/tasks/101",
        422,
        _BAD_DONE,
        content_type=CONTENT_TYPE,
        body=b'{"title":"a","done":1}',
    ),
    _method("health takes GET alone", "POST", "/health", "GET"),
    _method("hello takes GET alone", "DELETE", "/test", "GET"),
    _method("HEAD is not served", "HEAD", "/test", "GET"),
    _method("OPTIONS is not served", "OPTIONS", "/tasks", "GET, POST"),
    _method("the list is not replaced", "PUT", "/tasks", "GET, POST"),
    _method("a task takes no POST", "POST", "/tasks/1", _ON_TASK),
    _post("no body", b"", _NOT_OBJECT),
    _post("no body, no content type", b"", _NOT_OBJECT, ""),
    _post("malformed JSON", b'{"title":', _NOT_JSON),
    _post("two JSON values", b'{"title":"a"} {}', _NOT_JSON),
    _post("not UTF-8", b'{"title":"\xff"}', _NOT_JSON),
    _post("nested too deep", b"[" * 100_000, _NOT_JSON),
    _post("JSON, but plain text", b'{"title":"a"}', _NOT_OBJECT, "text/plain"),
    _post("JSON, without a content type", b'{"title":"a"}', _NOT_OBJECT, ""),
    _post("a form", b"title=a", _NOT_OBJECT, "application/x-www-form-urlencoded"),
    _post("a list", b"[1,2]", _NOT_OBJECT),
    _post("a text", b'"title"', _NOT_OBJECT),
    _post("null", b"null", _NOT_OBJECT),
    _post("no title", b"{}", _NO_TITLE),
    _post("title is a number", b'{"title":1}', _BAD_TITLE),
    _post("title is null", b'{"title":null}', _BAD_TITLE),
    _post("title is empty", b'{"title":""}', _BAD_TITLE),
    _post("title is too long", b'{"title":"%s"}' % (b"a" * (TITLE_LENGTH + 1)), _BAD_TITLE),
    _post("title is half a character", rb'{"title":"\ud800"}', _BAD_TITLE),
    _post("done is a word", b'{"title":"a","done":"yes"}', _BAD_DONE),
    _post("done is a number", b'{"title":"a","done":1}', _BAD_DONE),
    _post(
        "two reasons",
        b'{"done":1}',
        _unprocessable(("title", "is missing"), ("done", "must be true or false")),
    ),
    Refusal(
        "replacing needs every part",
        "PUT",
        "/tasks/7",
        422,
        _unprocessable(("title", "is missing"), ("done", "is missing")),
        content_type=CONTENT_TYPE,
        body=b"{}",
    ),
    Refusal(
        "changing to a wrong type",
        "PATCH",
        "/tasks/7",
        422,
        _BAD_DONE,
        content_type=CONTENT_TYPE,
        body=b'{"done":null}',
    ),
)
"""What every target refuses, to the byte."""
