"""Which layer a function belongs to."""

import pytest

from engine.answers.profile.collapsed import frame_of
from engine.answers.profile.layers import BY_PATH, LAYERS, is_waiting, layer_of
from engine.metrics.profiles import Frame

SITE = "/srv/app/.venv/lib/python3.13/site-packages"
STANDARD = "/usr/lib/python3.13"


@pytest.mark.parametrize(
    ("path", "layer"),
    [
        (f"{SITE}/uvicorn/protocols/http/httptools_impl.py", "server"),
        (f"{SITE}/gunicorn/workers/gthread.py", "server"),
        (f"{STANDARD}/asyncio/runners.py", "server"),
        (f"{SITE}/aiohttp/web_protocol.py", "server"),
        (f"{SITE}/aiohttp/web_urldispatcher.py", "framework"),
        (f"{SITE}/fastapi/routing.py", "framework"),
        (f"{SITE}/fastapi/encoders.py", "validation and JSON"),
        (f"{SITE}/fastapi/_compat/v2.py", "validation and JSON"),
        (f"{SITE}/django/core/handlers/base.py", "framework"),
        (f"{SITE}/django/db/models/query.py", "ORM"),
        (f"{SITE}/django/db/backends/utils.py", "driver"),
        (f"{SITE}/djangolike/db/query.py", "library"),
        (f"{SITE}/sqlalchemy/orm/session.py", "ORM"),
        (f"{SITE}/sqlalchemy/dialects/postgresql/asyncpg.py", "driver"),
        (f"{SITE}/pymysql/connections.py", "driver"),
        (f"{STANDARD}/json/encoder.py", "validation and JSON"),
        (f"{STANDARD}/logging/__init__.py", "standard library"),
        ("<frozen importlib._bootstrap>", "standard library"),
        ("/srv/app/shop/json/api.py", "view"),
        ("/srv/app/django/views.py", "view"),
        (f"{SITE}/targets/apps/fastapi_app/main.py", "view"),
        ("/srv/abreast/targets/apps/uwsgi_server.py", "server"),
    ],
)
def test_a_file_says_the_layer(path: str, layer: str) -> None:
    assert layer_of(frame_of("f", path, ("/srv/app", "/srv/abreast"))) == layer


def test_the_table_has_no_layer_that_is_not_listed() -> None:
    assert set(BY_PATH.values()) <= set(LAYERS)
    assert not any(path.startswith("/") or path.endswith("/") for path in BY_PATH)


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("EpollSelector.select", f"{STANDARD}/selectors.py"),
        ("_worker", f"{STANDARD}/concurrent/futures/thread.py"),
        ("Condition.wait", f"{STANDARD}/threading.py"),
        ("SyncWorker.accept", f"{SITE}/gunicorn/workers/sync.py"),
        ("Arbiter.sleep", f"{SITE}/gunicorn/arbiter.py"),
        ("SimpleQueue.get", f"{STANDARD}/queue.py"),
    ],
)
def test_functions_in_which_a_thread_waits_for_work(function: str, path: str) -> None:
    assert is_waiting(frame_of(function, path))


def test_what_is_called_alike_elsewhere_does_not_wait() -> None:
    assert not is_waiting(frame_of("select", "/srv/app/selectors.py", ("/srv/app",)))
    assert not is_waiting(Frame("Selector.register", "selectors.py", "python"))
    assert not is_waiting(Frame("waits", "threading.py", "python"))
