"""What load workers on other machines cannot do is refused by name, before anything starts."""

from pathlib import Path
from typing import Any, cast

import pytest

import presets
from engine.cluster.cluster import Cluster
from engine.machine import paths, ray_folder
from engine.plan.plan import Plan, make_plan
from engine.recording.journal import FILE_NAME
from engine.session.cluster_load import check_remote, core_plan, with_workers, works_from_elsewhere
from engine.session.session import _removed_if_refused, opened
from targets.errors import AbreastError, LoadError, UsageError
from tests.support.servers import unused_port


class FakeCluster:
    """Nodes without Ray."""

    workers = 6
    text = "6 load workers on 3 nodes of a Ray cluster"

    def __init__(self, *, is_here: bool) -> None:
        self.is_here = is_here


def fake(*, is_here: bool = False) -> Cluster:
    return cast("Cluster", FakeCluster(is_here=is_here))


def attached(url: str, **changes: Any) -> Plan:
    values = {
        "title": "Far",
        "targets": ["shop"],
        "target": [{"name": "shop", "url": url}],
        "request": [{"path": "/"}],
        "stages": [{"users": 6, "hold": "2 s"}],
    }
    return make_plan(values | changes, where="test")


def test_servers_that_nodes_reach_are_fine() -> None:
    check_remote(attached("http://10.0.0.9:8000"))
    assert works_from_elsewhere(attached("http://10.0.0.9:8000"))
    assert not works_from_elsewhere(attached("http://127.0.0.1:8000"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_a_server_on_loopback_is_not(url: str) -> None:
    with pytest.raises(UsageError, match="the nodes of the cluster cannot reach shop") as raised:
        check_remote(attached(url))
    assert "--cluster local" in raised.value.hint


def test_targets_that_abreast_starts_listen_here_only() -> None:
    plan = presets.load("hello").changed(targets=("fastapi",))
    with pytest.raises(UsageError, match="cannot reach fastapi") as raised:
        check_remote(plan)
    assert raised.value.why == "it listens on 127.0.0.1 of this machine only"


@pytest.mark.parametrize(
    ("changes", "text"),
    [({"schedule": "duel"}, "a duel needs"), ({"network_delay": "40 ms"}, "--network-delay cannot be used")],
)
def test_what_belongs_to_this_machine_is_refused(changes: dict[str, Any], text: str) -> None:
    plan = presets.load("hello").changed(**changes)
    with pytest.raises(UsageError, match=text):
        check_remote(plan)


def test_the_cluster_decides_how_many_load_workers_there_are() -> None:
    plan = attached("http://10.0.0.9:8000", load_workers="max", cluster="auto").for_cores(8)
    assert plan.load_workers == "max", "only the cluster knows"
    assert with_workers(plan, fake()).load_worker_count == 6
    assert with_workers(plan, None) is plan


def test_targets_get_all_cores_if_the_load_comes_from_elsewhere() -> None:
    plan = with_workers(attached("http://10.0.0.9:8000", cluster="auto"), fake())
    far = core_plan(plan, fake())
    assert (far.workers, far.targets) == ((), ())
    assert far.text == "6 load workers on 3 nodes of a Ray cluster; targets on all cores of this machine"
    here = core_plan(plan, fake(is_here=True))
    assert here.text.startswith("6 load workers on 3 nodes of a Ray cluster; ")


@pytest.mark.anyio
async def test_a_cluster_that_is_not_there_leaves_no_session() -> None:
    plan = attached("http://10.0.0.9:8000", cluster=f"ray://127.0.0.1:{unused_port()}")
    with pytest.raises(UsageError, match=r"no Ray cluster answers|load workers on a cluster need Ray"):
        async with opened(plan):
            pass
    assert list(paths.sessions().iterdir()) == []


@pytest.mark.parametrize(
    ("error", "note", "stays"),
    [(UsageError, False, False), (LoadError, False, True), (UsageError, True, True)],
    ids=["refused", "its log says why", "more to remove"],
)
def test_the_folder_of_a_refused_plan_goes(
    error: type[AbreastError], note: bool, stays: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / FILE_NAME).touch()
    if note:
        (folder / ray_folder.NOTE).touch()
    with pytest.raises(error), _removed_if_refused(folder):
        raise error("it does not start", why="of what was asked")
    assert folder.exists() is stays
