"""Access logs of real servers become the mix of their requests.

The files were written by NGINX 1.22, Apache 2.4, Caddy 2.6, uvicorn, gunicorn, hypercorn, granian and daphne,
all for the same requests. hypercorn and granian write no queries.
"""

from pathlib import Path

import pytest

from engine.imports.log.access_log import KEPT, log_traffic, traffic_of_lines
from engine.imports.log.lines import bounded_lines
from engine.imports.marked_text import placeholder, variable
from engine.imports.options import ImportOptions
from engine.imports.traffic import ImportedTraffic
from targets.errors import UsageError
from tests.engine.imports.log.test_reader import line

LOGS = sorted(Path(__file__).with_name("logs").iterdir())
APACHE = next(path for path in LOGS if path.name.startswith("apache"))
"""It serves a file for all of them: it creates nothing, and rejects PUT."""
WITHOUT_QUERIES = {"hypercorn.log", "granian.log"}


def imported(*lines: bytes) -> ImportedTraffic:
    """The traffic of a log with these lines."""
    return traffic_of_lines(lines, ImportOptions("access.log"))


def test_there_are_logs_of_all_servers() -> None:
    assert len(LOGS) == 9


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_logs_of_real_servers_give_the_same_mix(path: Path) -> None:
    with path.open("rb") as file:
        traffic = traffic_of_lines(bounded_lines(file), ImportOptions(path.name))
    on = {
        request.url: request.weight
        for request in traffic.requests
        if request.enabled and request.method == "GET"
    }
    items, orders = placeholder("items_id"), f"{placeholder('orders_id')}/lines/{placeholder('lines_id')}"
    assert on.items() >= {f"/items/{items}": 5, f"/orders/{orders}": 2, "/": 1}.items()
    assert (on.get("/items") == 3) == (path.name in WITHOUT_QUERIES)
    if path.name not in WITHOUT_QUERIES:
        assert on[f"/items?page={placeholder('page')}&sort={placeholder('sort')}"] == 3
        assert traffic.data["sort"] == ("name", "name", "price")
        assert traffic.data["q"] == ("new york", "bonn")
    assert traffic.data["items_id"] == ("17", "18", "17", "4711", "99")
    assert traffic.data["lines_id"] == ("3", "1")
    notes = "\n".join(note.what for note in traffic.notes)
    assert "3 requests to static files: /static/app.css, /static/app.js, /favicon.ico" in notes
    assert ("2 requests with status 400 and above: /missing, /wp-login.php" in notes) == (path != APACHE)
    assert "2 requests from health probes: /health" in notes


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_only_requests_that_change_nothing_are_on(path: Path) -> None:
    with path.open("rb") as file:
        traffic = traffic_of_lines(bounded_lines(file), ImportOptions(path.name))
    assert {request.method for request in traffic.requests if request.enabled} == {"GET", "HEAD"}
    off = {(request.method, request.expect_status) for request in traffic.requests if not request.enabled}
    assert {method for method, _ in off} <= {"POST", "PUT", "DELETE"}
    assert ("POST", (200 if path == APACHE else 201,)) in off
    assert any("written as comments" in note.what for note in traffic.notes)


def test_an_id_that_is_always_the_same_is_part_of_the_path() -> None:
    traffic = imported(line("/shops/7/items/1"), line("/shops/7/items/2"))
    (request,) = traffic.requests
    assert request.url == f"/shops/7/items/{placeholder('items_id')}"
    assert traffic.data == {"items_id": ("1", "2")}


def test_lists_of_two_requests_have_different_names() -> None:
    traffic = imported(
        line("/items/1"), line("/items/2"), line("/items/1/x"), line("/items/2/x"), line("/items/3")
    )
    assert traffic.data == {"items_id": ("1", "2", "3"), "items_id_2": ("1", "2")}


def test_names_in_paths_are_decoded_before_a_plan_encodes_them() -> None:
    words = [f"/tags/caf%C3%A9-{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(60)]
    traffic = imported(*map(line, words))
    assert set(traffic.data["tags_id"]) <= {
        f"café-{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(60)
    }


def test_a_secret_in_a_query_is_one_for_all_requests() -> None:
    traffic = imported(line("/feed?token=one-secret"), line("/feed?token=another"))
    assert [request.url for request in traffic.requests] == ["/feed?token=one-secret"]
    assert traffic.data == {}
    assert any("'token'" in note.what for note in traffic.notes)


def test_a_secret_in_a_path_is_taken_from_the_environment() -> None:
    first, second = "0f8fad5bd9cb469fa16570867728950e", "6f9619ff8b86d011b42d00cf4fc964ff"
    traffic = imported(line(f"/reset-token/{first}"), line(f"/reset-token/{second}"))
    (request,) = traffic.requests
    assert request.url == f"/reset-token/{variable('API_RESET_TOKEN')}"
    assert "API_RESET_TOKEN" in traffic.variables
    assert traffic.data == {}


def test_rare_statuses_are_not_expected() -> None:
    traffic = imported(*[line("/a")] * 300, *[line("/a", status=302)] * 100, line("/a", status=204))
    assert traffic.requests[0].expect_status == (200, 302)


def test_the_rarest_kinds_are_left_out_and_counted() -> None:
    kinds = [line(f"/{'x' * (at + 1)}/{'y' * (at % 7)}") for at in range(KEPT + 5)]
    traffic = imported(*kinds, *kinds[:KEPT])
    assert len(traffic.requests) == KEPT
    assert all(request.weight == 2 for request in traffic.requests)
    assert any("left out 5 requests of rare kinds" in note.what for note in traffic.notes)


def test_where_the_server_is_a_log_does_not_say() -> None:
    assert imported(line()).base_url == ""


def test_only_requests_to_one_of_the_hosts() -> None:
    lines = [
        f'{{"method": "GET", "uri": "/{name}", "status": 200, "host": "{host}"}}'.encode()
        for name, host in (("a", "shop.test:8443"), ("b", "api.test"), ("c", "SHOP.test"))
    ]
    traffic = traffic_of_lines([*lines, line("/d")], ImportOptions("a.log", hosts=("shop.test",)))
    assert [request.url for request in traffic.requests] == ["/a", "/c"]
    assert traffic.base_url == "http://shop.test"
    assert "left out 2 requests to other hosts: api.test, without a host" in traffic.notes[0].what


def test_a_log_is_no_journey() -> None:
    traffic = log_traffic(line().decode(), ImportOptions("a.log", journey=True))
    assert not traffic.journey


def test_the_title_has_the_rate() -> None:
    later = line().replace(b":36 +0000", b":46 +0000")
    assert imported(line(), *[later] * 24).title == "access.log: 25 requests, 2.5 a second"
    assert imported(b'INFO:     127.0.0.1:1 - "GET / HTTP/1.1" 200 OK').title == "access.log: 1 request"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "it is empty"),
        (
            [b"\n", b"\x1b[31mno\x07 log\n"],
            "line 2 is not a request in a known format: \ufffd[31mno\ufffd log",
        ),
        ([line("/a.css")], "left out 1 request to static files: /a.css"),
        ([line("/a", method="POST", status=201)], "1 request that may change something"),
    ],
)
def test_what_gives_no_plan(lines: list[bytes], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        imported(*lines)
    assert why in caught.value.why
    assert caught.value.hint
