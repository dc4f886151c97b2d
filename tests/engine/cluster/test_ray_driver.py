"""Connecting with a cluster whose head fails now and then; all else needs a real one: see
tests/end_to_end/test_cluster.py."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.cluster import ray_driver
from engine.cluster.ray_driver import CONNECT_TRIES, RayDriver
from engine.protocol.cluster_address import parse_address
from targets.errors import LoadError


class FakeRay(SimpleNamespace):
    """A Ray whose head fails to start the process for this client, some times."""

    def __init__(self, failures: int) -> None:
        super().__init__(failures=failures, tries=0, environment={})

    def init(self, **options: Any) -> None:
        self.tries += 1
        self.environment = dict(os.environ)
        assert options["address"] == "ray://10.0.0.2:10001"
        if self.tries <= self.failures:
            raise ConnectionAbortedError(
                "Initialization failure from server:\nStarting Ray client server failed."
            )

    def remote(self, kind: type) -> type:
        return kind

    def shutdown(self) -> None:
        """There is nothing to leave."""


@pytest.fixture
def fake_ray(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> FakeRay:
    fake = FakeRay(request.param)
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(ray_driver, "_check_reachable", lambda *_: None)
    return fake


def connect(folder: Path) -> RayDriver:
    return RayDriver(parse_address("ray://10.0.0.2:10001"), 2, folder, lease_s=4.5)


@pytest.mark.parametrize("fake_ray", [0, 1, CONNECT_TRIES - 1], indirect=True)
def test_a_head_that_fails_to_start_a_process_for_the_front_is_asked_again(
    fake_ray: FakeRay, tmp_path: Path
) -> None:
    connect(tmp_path)
    assert fake_ray.tries == fake_ray.failures + 1


@pytest.mark.parametrize("fake_ray", [CONNECT_TRIES], indirect=True)
def test_a_head_that_always_fails_is_an_error(fake_ray: FakeRay, tmp_path: Path) -> None:
    with pytest.raises(
        LoadError, match=r"the head of the Ray cluster \S+ does not serve this session"
    ) as raised:
        connect(tmp_path)
    assert raised.value.why == "it tried 5 times to start a process for it"
    assert fake_ray.tries == CONNECT_TRIES


@pytest.mark.parametrize("fake_ray", [0], indirect=True)
def test_the_head_waits_for_a_lost_front_as_long_as_the_lease(fake_ray: FakeRay, tmp_path: Path) -> None:
    connect(tmp_path)
    assert fake_ray.environment["RAY_CLIENT_RECONNECT_GRACE_PERIOD"] == "5", "whole seconds"


@pytest.mark.parametrize("name", ["RAY_TMPDIR", "TMPDIR"])
def test_the_note_of_the_cluster_that_was_started_last_is_found_where_ray_writes_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_TMPDIR", raising=False)
    monkeypatch.setenv(name, str(tmp_path))
    assert ray_driver._last_started() == ""
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text("10.0.0.2:6379\n")
    assert ray_driver._last_started() == "10.0.0.2:6379"
