"""What a FastAPI application describes is imported and run, or attached to, and every request succeeds."""

import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn

from tests.end_to_end.test_terminal import finish, shows, terminal
from tests.engine.imports.openapi import fastapi_shop
from tests.support.fronts import started, until
from tui.cli.main import main
from tui.cli.operation_choice import QUESTION

SHORT = ("--users", "2", "--seconds", "2", "--think-time", "20 ms")
LOGINS = {
    "API_O_AUTH_2_PASSWORD_BEARER_TOKEN": fastapi_shop.TOKEN,
    "API_HTTP_BEARER_TOKEN": fastapi_shop.TOKEN,
    "API_KEY": fastapi_shop.KEY,
    "API_USER": fastapi_shop.USER,
    "API_PASSWORD": fastapi_shop.PASSWORD,
    "API_COOKIE": "visitor=me",
}


@pytest.fixture
def shop() -> Iterator[str]:
    """The URL of the application on uvicorn."""
    server = uvicorn.Server(uvicorn.Config(fastapi_shop.app, log_level="warning", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        thread = Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            until(lambda: server.started, "the application has started")
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_a_document_is_imported_and_run(shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = tmp_path / "plan.toml"
    assert main(["import", f"{shop}/openapi.json", "--enable", "all", "--out", str(plan)]) == 0
    assert not any(secret in plan.read_text() for secret in LOGINS.values())
    for name, value in LOGINS.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, "run", str(plan), "--headless", "--json", *SHORT) as front:
        assert front.wait() == 0, front.err
        [target] = front.json["targets"]
    assert target["summary"]["ok"] > 0
    assert target["summary"]["failed"] == 0


def test_operations_are_chosen_by_number(shop: str, tmp_path: Path) -> None:
    with terminal(tmp_path, "attach", shop, "--openapi", *SHORT) as child:
        shows(child, QUESTION[:20])
        child.sendline("1,3")
        shows(child, "ok/s")
        assert finish(child, "q")[1] == 0
    with started(tmp_path, "report", "last", "--format", "json") as front:
        assert front.wait() == 0, front.err
        names = [each["name"] for each in front.json["plan"]["request"]]
    assert names == ["GET /items", "GET /items/{item_id}"]


def test_operations_that_change_nothing_are_the_default(shop: str, tmp_path: Path) -> None:
    with started(tmp_path, "attach", shop, "--openapi", "--headless", "--json", *SHORT) as front:
        assert front.wait() == 0, front.err
        methods = {each["method"] for each in front.json["plan"]["request"]}
        [target] = front.json["targets"]
    assert methods == {"GET"}
    assert target["summary"]["failed"] == 0
    assert "API_KEY is not set" in front.err
