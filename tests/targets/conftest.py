"""Every target on every server of its, started once for all tests of what they answer."""

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
]
"""Beside every target as it is by itself: each server, view and front of each target at least once."""

TEXTS = [*catalog.TARGETS, *VARIANTS]


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
