"""A fault of an app is the same 500 everywhere; its reason is in the log alone, and the server goes on."""

from pathlib import Path

import pytest

from targets import contract
from tests.support.app_server import running

FAULTY = {
    "fastapi": "tests.targets.apps.faulty_fastapi:app",
    "django-wsgi": "tests.targets.apps.faulty_django_wsgi:application",
    "django-asgi": "tests.targets.apps.faulty_django_asgi:application",
}


@pytest.mark.parametrize("name", list(FAULTY))
def test_a_fault_is_answered_and_logged(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, app=FAULTY[name]) as server:
        with server.client() as client:
            failed = client.get("/fault")
        with server.client() as client:  # uvicorn closes a connection, unannounced, after FastAPI's fault
            next_one = client.get("/test")
        log = server.log_path.read_text()

    assert (failed.status_code, failed.content) == (500, b'{"error":"internal server error"}')
    assert failed.headers["content-type"] == contract.CONTENT_TYPE
    assert "RuntimeError: a fault of the app" in log
    assert next_one.status_code == 200
