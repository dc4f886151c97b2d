"""Every target on every server of its, started once for all tests of what they answer."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from targets import catalog, workload_requirements
from targets.apps.live_settings import write
from targets.database import SQLITE_FILE
from targets.runtime.child_env import SESSION_MARK
from tests.support.app_server import Server, all_running, prepared, upstream

VARIANTS = [
    "fastapi:server=gunicorn:front=nginx-unix",
    "fastapi-sync:server=gunicorn:workers=2:threads=4",
    "django-wsgi:server=sync:workers=2:api=drf",
    *(["django-wsgi:http_parser=fast"] if find_spec("gunicorn_h1c") else []),
    "django-wsgi:http_parser=python",
    "django-wsgi:server=uwsgi:api=drf",
    "django-wsgi:server=uwsgi:front=nginx",
    "django-asgi:server=gunicorn:views=sync:front=nginx",
    "fast-django-asgi:server=gunicorn",
    "django-wsgi-via-asgi:api=drf:front=nginx-unix",
    "hybrid:server=gunicorn:front=nginx",
    "fastapi:server=asgi",
    "fastapi:server=granian",
    "fastapi:server=hypercorn",
    "fastapi:server=daphne",
    "django-wsgi:server=granian",
    "django-wsgi:server=hypercorn:threads=2",
    "fastapi-sync:server=daphne:threads=4:front=nginx-unix",
    "django-asgi:server=asgi:front=nginx-unix",
    "django-asgi:server=daphne",
    "fast-django-asgi:server=granian:front=nginx-unix",
    "hybrid:server=hypercorn:front=nginx-unix",
    "starlette:server=asgi",
    "litestar:server=hypercorn:workers=2",
    "flask:server=uwsgi:front=nginx",
    "aiohttp:workers=2:front=nginx-unix",
    "django-ninja:server=uwsgi",
    "django-ninja-asgi:server=granian",
    "robyn:workers=2:front=nginx",
]
"""Beside every target as it is by itself: each server, view and front of each target at least once, and each
server of `targets.servers` without a front at least once."""

ONE_SERVER = os.environ.get("ABREAST_TESTS_SERVER", "")
"""A server that every target runs on, in place of these variants: `make test-servers`."""


def texts() -> list[str]:
    """The targets that are started, as the command line writes them."""
    if not ONE_SERVER:
        return [*catalog.TARGETS, *VARIANTS]
    on_it = [name for name, each in catalog.TARGETS.items() if ONE_SERVER in each.choices.get("server", ())]
    return [*catalog.TARGETS, *(f"{name}:server={ONE_SERVER}" for name in on_it)]


TEXTS = texts()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the classifier's file, where its packages are installed."""
    folder = tmp_path_factory.mktemp("cache")
    if not workload_requirements.missing_packages("classify"):
        subprocess.run(
            workload_requirements.build_classifier(folder).argv, check=True, capture_output=True, timeout=60
        )
    return folder


def copied(file: Path, folder: Path) -> None:
    """A copy of a file in a folder."""
    shutil.copy(file, folder)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[dict[str, Server]]:
    """All of them, running, by their text, with an upstream that answers at once and a quick model."""
    rows = prepared(tmp_path_factory.mktemp("rows")) / SQLITE_FILE
    beside = tmp_path_factory.mktemp("upstream")
    live_settings = beside / "live-settings.json"
    write(live_settings, {"delay_s": 0.0, "model_seconds": 0.001})
    with (
        upstream(beside) as asked,
        all_running(
            TEXTS,
            tmp_path_factory.mktemp("servers"),
            {SESSION_MARK: "test-servers"},
            litter=lambda folder, _: copied(rows, folder),
            upstream_url=asked.url,
            cache=cache,
            live_settings=live_settings,
        ) as found,
    ):
        yield found
