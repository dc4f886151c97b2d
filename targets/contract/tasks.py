"""The workloads that never wait: `health`, `hello` and `tasks`.

Only the tasks 1 to `TASK_COUNT` exist; task n is called "Task n", and is done if n is even. Creating one
echoes it with the next id; replacing, changing and deleting answer as if they had happened.
"""

from targets.contract.shapes import (
    CONTENT_TYPE,
    NOT_FOUND,
    NOT_JSON,
    NOT_OBJECT,
    Refusal,
    Request,
    Workload,
    unprocessable,
    wrong_method,
)

TASK_COUNT = 100
"""Number of tasks; their ids are 1 to this."""
PAGE_SIZE = 10
"""How many tasks the list has: the first ones."""
TITLE_LENGTH = 200
"""The most characters of a title, of at least one."""


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


NO_SUCH_TASK = b'{"error":"no such task"}'

_BAD_TITLE = unprocessable(("title", f"must be a text of 1 to {TITLE_LENGTH} characters"))
_BAD_DONE = unprocessable(("done", "must be true or false"))
_NO_TITLE = unprocessable(("title", "is missing"))


def _post(name: str, body: bytes, answer: bytes, content_type: str = CONTENT_TYPE) -> Refusal:
    return Refusal(name, "POST", "/tasks", 422, answer, content_type=content_type, body=body)


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
    wrong_method("health takes GET alone", "POST", "/health", "GET"),
    wrong_method("hello takes GET alone", "DELETE", "/test", "GET"),
    wrong_method("HEAD is not served", "HEAD", "/test", "GET"),
    wrong_method("OPTIONS is not served", "OPTIONS", "/tasks", "GET, POST"),
    wrong_method("the list is not replaced", "PUT", "/tasks", "GET, POST"),
    wrong_method("a task takes no POST", "POST", "/tasks/1", _ON_TASK),
    _post("no body", b"", NOT_OBJECT),
    _post("no body, no content type", b"", NOT_OBJECT, ""),
    _post("malformed JSON", b'{"title":', NOT_JSON),
    _post("two JSON values", b'{"title":"a"} {}', NOT_JSON),
    _post("not UTF-8", b'{"title":"\xff"}', NOT_JSON),
    _post("nested too deep", b"[" * 100_000, NOT_JSON),
    _post("JSON, but plain text", b'{"title":"a"}', NOT_OBJECT, "text/plain"),
    _post("JSON, without a content type", b'{"title":"a"}', NOT_OBJECT, ""),
    _post("a form", b"title=a", NOT_OBJECT, "application/x-www-form-urlencoded"),
    _post("a list", b"[1,2]", NOT_OBJECT),
    _post("a text", b'"title"', NOT_OBJECT),
    _post("null", b"null", NOT_OBJECT),
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
        unprocessable(("title", "is missing"), ("done", "must be true or false")),
    ),
    Refusal(
        "replacing needs every part",
        "PUT",
        "/tasks/7",
        422,
        unprocessable(("title", "is missing"), ("done", "is missing")),
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
"""Their requests that are refused, and paths that do not exist."""
