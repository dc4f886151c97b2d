"""Every target on every server of its, started once for all tests of what they answer."""

from collections.abc import Iterator

import pytest

from targets import catalog
from targets.runtime.sealing import SESSION_MARK
from tests.targets.server import Server, all_running

VARIANTS = [
    "fastapi:server=gunicorn:front=nginx-unix",
    "fastapi-sync:server=gunicorn:workers=2:threads=4",
    "django-wsgi:server=sync:workers=2:api=drf",
    "django-wsgi:server=uwsgi:api=drf",
    "django-wsgi:server=uwsgi:front=nginx",
    "django-asgi:server=gunicorn:views=sync:front=nginx",
    "fast-django-asgi:server=gunicorn",
    "django-wsgi-via-asgi:api=drf:front=nginx-unix",
    "hybrid:server=gunicorn:front=nginx",
]
"""Beside every target as it is by itself: each server, view and front of each target at least once."""

TEXTS = [*catalog.TARGETS, *VARIANTS]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """All of them, running, by their text."""
    with all_running(TEXTS, tmp_path_factory.mktemp("servers"), {SESSION_MARK: "test-servers"}) as found:
        yield found
