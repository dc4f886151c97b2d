"""A fault of an app is the same 500 everywhere; its reason is in the log alone, and the server goes on."""

from pathlib import Path

import pytest

from engine.plan.targets import TargetChoice
from targets import contract
from tests.support.app_server import running
from tests.support.waiting import until

FAULTY = {
    "fastapi": "tests.targets.apps.faulty_fastapi:app",
    "django-wsgi": "tests.targets.apps.faulty_django_wsgi:application",
    "django-asgi": "tests.targets.apps.faulty_django_asgi:application",
    "starlette": "tests.targets.apps.faulty:starlette",
    "litestar": "tests.targets.apps.faulty:litestar",
    "flask": "tests.targets.apps.faulty:flask",
    "aiohttp": "tests.targets.apps.faulty:aiohttp",
    "django-ninja-asgi": "tests.targets.apps.faulty:ninja",
    "robyn": "tests.targets.apps.faulty:robyn",
}
ON_SERVERS = [
    *FAULTY,
    "fastapi:server=asgi",
    "fastapi:server=granian",
    "fastapi:server=hypercorn",
    "fastapi:server=daphne",
    "django-wsgi:server=granian",
]
SILENT = "fastapi:server=asgi"
"""gunicorn's `asgi` workers log no exception that comes after the response, as Starlette's do."""


@pytest.mark.parametrize("text", ON_SERVERS)
def test_a_fault_is_answered_and_logged(text: str, tmp_path: Path) -> None:
    choice = TargetChoice.parse(text)
    with running(choice.use, tmp_path, choice.options, app=FAULTY[choice.use]) as server:
        with server.client() as client:
            failed = client.get("/fault")
        with server.client() as client:  # uvicorn closes a connection, unannounced, after FastAPI's fault
            next_one = client.get("/test")
        if text != SILENT:  # daphne looks for failed requests once a second
            until(lambda: "RuntimeError: a fault of the app" in server.log_path.read_text())

    assert (failed.status_code, failed.content) == (500, b'{"error":"internal server error"}')
    assert failed.headers["content-type"] == contract.CONTENT_TYPE
    assert next_one.status_code == 200
