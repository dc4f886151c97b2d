"""What counts as alike, and how a difference is told."""

import pytest

from engine.preflight.parity import (
    Seen,
    differences,
    differing_bodies,
    files_instead_of,
    pools_without_effect,
    setting_differences,
)

HELLO = Seen(200, "application/json", b'{"message":"hello"}')
WORK = Seen(200, "application/json", b"{}", "INSERT=10;COMMIT=8")


def told(one: Seen, other: Seen, again: tuple[Seen, Seen] | None = None) -> list[str]:
    second = {"a": [again[0]], "b": [again[1]]} if again else {}
    return [str(each) for each in differences(["hello"], {"a": [one], "b": [other]}, second)]


def test_the_same_is_no_difference() -> None:
    assert told(HELLO, HELLO) == []
    assert not differing_bodies(["hello"], {"a": [HELLO], "b": [HELLO]})


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Seen(404, "application/json", b"{}"), "hello: status differs: a: 200; b: 404"),
        (Seen("refused"), "hello: status differs: a: 200; b: refused"),
        (
            Seen(200, "text/html", HELLO.body),
            "hello: content type differs: a: application/json; b: text/html",
        ),
        (
            Seen(200, "application/json", b'{"message":"hallo"}'),
            'hello: body differs: a: {"message":"hello"}; b: {"message":"hallo"}',
        ),
        (Seen(200, "application/json", HELLO.body, redirects=1), "hello: redirects differs: a: 0; b: 1"),
        (Seen(200, "application/json", b""), 'hello: body differs: a: {"message":"hello"}; b: nothing'),
    ],
)
def test_what_differs_is_told_with_who_said_what(other: Seen, expected: str) -> None:
    assert told(HELLO, other) == [expected]


def test_work_is_compared_among_those_that_tell() -> None:
    less = Seen(200, "application/json", b"{}", "INSERT=10;COMMIT=4")

    assert told(WORK, Seen(200, "application/json", b"{}")) == []
    assert told(WORK, less) == ["hello: work differs: a: INSERT=10;COMMIT=8; b: INSERT=10;COMMIT=4"]


def test_targets_that_agree_are_named_together() -> None:
    answers = {"a": [HELLO], "b": [Seen(500)], "c": [HELLO]}

    assert str(differences(["hello"], answers, {})[0]) == "hello: status differs: a, c: 200; b: 500"


def test_a_body_that_a_target_does_not_repeat_is_compared_by_its_shape() -> None:
    first = Seen(200, "application/json", b'{"token":"x1","ids":[1,2]}')
    other = Seen(200, "application/json", b'{"ids":[7],"token":"y7"}')
    later = Seen(200, "application/json", b'{"token":"x2","ids":[]}')

    assert told(first, other, (first, other)) != []
    assert told(first, other, (later, other)) == []
    assert told(first, Seen(200, "application/json", b'{"token":1,"ids":[1]}'), (later, first)) != []


def test_a_difference_far_into_a_body_is_shown() -> None:
    one, other = (Seen(200, "", b"x" * 5000 + end) for end in (b"a", b"b"))

    text = told(one, other)[0]

    assert len(text) < 300
    assert text.endswith("xb")


def test_settings_that_differ_are_told_where_they_have_a_say() -> None:
    options = {
        "fastapi": {"server": "uvicorn", "workers": 1, "pool": 10},
        "fastapi#2": {"server": "uvicorn", "workers": 1, "pool": 100},
        "django-wsgi": {"server": "gthread", "workers": 1, "threads": 8, "http_parser": "auto"},
    }

    server = "server: fastapi uvicorn, fastapi#2 uvicorn, django-wsgi gthread"
    assert setting_differences(options, "hello") == [server]
    assert setting_differences(options, "io") == [server, "pool: fastapi 10, fastapi#2 100"]


def test_a_target_that_is_called_by_its_value_is_named_once() -> None:
    servers = {"uvicorn": "uvicorn", "gunicorn asgi": "asgi", "my-daphne": "daphne"}
    options = {target: {"server": server} for target, server in servers.items()}

    assert setting_differences(options, "hello") == ["server: uvicorn, gunicorn asgi, my-daphne daphne"]


def test_gunicorns_parser_is_a_setting_that_may_differ() -> None:
    options = {"django-wsgi": {"http_parser": "auto"}, "django-wsgi#2": {"http_parser": "python"}}

    assert setting_differences(options, "hello") == ["http_parser: django-wsgi auto, django-wsgi#2 python"]


@pytest.mark.parametrize(
    ("workload", "has_say"),
    [("slow-model", True), ("classify", True), ("hello", False), ("tokens", False), ("own", False)],
)
def test_how_a_model_runs_is_told_where_there_is_one(workload: str, has_say: bool) -> None:
    options = {"fastapi": {"model": "awaited"}, "django-wsgi": {"model": "blocking"}}

    told = ["model: fastapi awaited, django-wsgi blocking"] if has_say else []
    assert setting_differences(options, workload) == told


def test_a_pool_does_nothing_for_a_file() -> None:
    options = {"fastapi": {"pool": 10, "pool_min": 1}, "fastapi#2": {"pool": 100, "pool_min": 1}}

    assert pools_without_effect({"fastapi": options["fastapi"]}) == []
    assert pools_without_effect(options) == [
        "without effect on SQLite, which has no pool: fastapi#2 pool 100; use --database"
    ]


@pytest.mark.parametrize(
    ("database", "has_say"), [("mysql", True), ("MariaDB 11", True), ("sqlite", False), ("", False)]
)
def test_files_are_not_the_database_of_the_source(database: str, has_say: bool) -> None:
    said = (
        "the source used MySQL, here rows are in SQLite files: one writer at a time, no network and no pool; "
        "--database mysql starts a server in a container"
    )
    assert files_instead_of(database, ["a", "b"], are_all=True) == ([said] if has_say else [])
    assert files_instead_of(database, [], are_all=False) == []


def test_only_some_targets_keep_rows_in_files() -> None:
    (said,) = files_instead_of("mysql", ["a", "b"], are_all=False)
    assert said.startswith("the source used MySQL, here rows of a, b are in SQLite files: ")


@pytest.mark.parametrize(("workload", "has_say"), [("upstream", True), ("own", True), ("hello", False)])
def test_settings_that_do_nothing_for_the_workload_are_not_told(workload: str, has_say: bool) -> None:
    options = {"fastapi": {"client": "shared"}, "fastapi#2": {"client": "per-request"}}

    told = ["client: fastapi shared, fastapi#2 per-request"] if has_say else []
    assert setting_differences(options, workload) == told
