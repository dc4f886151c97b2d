"""A Docker Engine for tests: the one that answers, or a reason why there is none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from targets.errors import AbreastError
from targets.runtime.containers.connection import connect
from targets.runtime.containers.database_server import IMAGE_VARIABLE
from targets.runtime.containers.leftovers import SESSION_LABEL
from tests.docker_engine import BASE_IMAGE, DATABASE_IMAGE

if TYPE_CHECKING:
    from docker import APIClient

REQUIRED = "ABREAST_TESTS_NEED_DOCKER"
"""Where this is set, a test that lacks an engine fails."""


@contextmanager
def client() -> Iterator["APIClient"]:
    """A client of the engine. Skips the test where there is none."""
    try:
        found = connect()
    except AbreastError as error:
        reason = f"{error}: a container's tests need one; on Debian as root: python tests/docker_engine.py up"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    with found:
        if found.images(BASE_IMAGE):
            os.environ.setdefault("ABREAST_BASE_IMAGE", BASE_IMAGE)
        if found.images(DATABASE_IMAGE):
            os.environ.setdefault(IMAGE_VARIABLE, DATABASE_IMAGE)
        yield found


def things(engine: "APIClient", session_id: str = "") -> set[str]:
    """Every container, network and volume of a session, or of all sessions."""
    label = {"label": f"{SESSION_LABEL}={session_id}" if session_id else SESSION_LABEL}
    return {
        *(each["Id"] for each in engine.containers(all=True, filters=label)),
        *(each["Id"] for each in engine.networks(filters=label)),
        *(each["Name"] for each in engine.volumes(filters=label)["Volumes"] or ()),
    }
