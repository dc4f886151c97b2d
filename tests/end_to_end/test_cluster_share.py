"""A node that joins a cluster takes a share of the load; what a session does with load workers of its own, it
does with those of a cluster."""

from collections import Counter
from pathlib import Path

import anyio.to_thread
import pytest

import presets
from engine.export.loaded import load
from engine.plan import commands
from engine.plan.plan import Plan
from engine.session.session import Session, opened
from tests.support.live_sessions import begun, finished
from tests.support.live_sessions import until as session_until
from tests.support.ray_cluster import RayCluster, needs_ray, ray_cluster
from tests.support.servers import CountingServer, serving

pytestmark = [pytest.mark.anyio, pytest.mark.whole, pytest.mark.timeout(300), needs_ray]

PATIENCE_S = 90.0
PROBED = 2
"""Requests of the parity check: a journey of two steps."""


PLAN = """
title = "Cluster"
cluster = "auto"
load_workers = "max"
warm_up = "none"
think_time = "20 ms"
stages = [{ users = 6, hold = "300 s" }]
[[target]]
name = "shop"
url = "http://127.0.0.1:PORT"
health = "/"
[data.users]
file = "users.csv"
order = "unique"
[[request]]
path = "/{n}/{user}/{data.users.name}"
"""


TURNS = """
title = "Turns"
cluster = "auto"
load_workers = 2
warm_up = "none"
think_time = "5 ms"
schedule = "turns"
rounds = 2
stages = [{ users = 5, hold = "60 s" }]
[[target]]
name = "shop"
url = "http://127.0.0.1:SHOP"
[[target]]
name = "forum"
url = "http://127.0.0.1:FORUM"
[[step]]
path = "/first/{n}"
take = { word = "regex:(he)llo" }
[[step]]
path = "/second/{n}/{word}"
"""


def plan_of(port: int, folder: Path) -> Plan:
    """Users that send their numbers and rows, so that none may come twice."""
    (folder / "users.csv").write_text("name\n" + "".join(f"row{at}\n" for at in range(9)))
    (folder / "plan.toml").write_text(PLAN.replace("PORT", str(port)))
    return presets.load(str(folder / "plan.toml"))


def texts(session: Session) -> str:
    """What the event log says."""
    return "\n".join(event.text for event in session.snapshot.events)


def users(session: Session) -> int:
    """Those that run now."""
    return sum(each.load.users for each in session.snapshot.targets)


def answered(session: Session, target: str) -> int:
    """How many requests the record says were answered, also between turns. No other was sent."""
    buckets = load(session.recorder.journal.path).timeline.targets[target].buckets
    stats = [part for each in buckets for part in (each.tick_stats, each.between_turns) if part]
    assert sum(each.cancelled for each in stats) == 0
    requests = [request for each in stats for request in each.requests.values()]
    assert not any(each.errors for each in requests)
    return sum(each.ok.count for each in requests)


async def test_a_node_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cluster for all of it, since it takes long to start."""
    with ray_cluster(1, tmp_path) as cluster:
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
        await a_node_that_joins_gets_its_share(tmp_path, cluster)
        await journeys_take_turns(tmp_path)


async def a_node_that_joins_gets_its_share(folder: Path, cluster: RayCluster) -> None:
    """At the next change of load, and not before; the counts are the server's."""
    server = CountingServer()
    async with serving(server) as port, opened(plan_of(port, folder), open_ended=True) as session:
        await begun(session, PATIENCE_S)
        await session_until(session, lambda: users(session) == 6)
        assert session.snapshot.health.cluster_text in ("", "1 worker on 1 node")
        await anyio.to_thread.run_sync(cluster.join)
        await session_until(session, lambda: "at the next change of load" in texts(session), PATIENCE_S)
        before = set(server.requests)
        session.send(commands.ChangeUsers(None, 2))
        await session_until(session, lambda: session.snapshot.health.cluster_text == "2 workers on 2 nodes")
        await session_until(session, lambda: users(session) == 8)
        assert "users now run on 2 load workers on 2 nodes of a Ray cluster" in texts(session)
        session.send(commands.ChangeUsers(None, -8))  # else some are stopped in the midst of a request
        await session_until(session, lambda: users(session) == 0)
        session.end()
        await finished(session, PATIENCE_S)
    assert session.outcome == "completed", session.error
    paths = {path: count for path, count in server.requests.items() if path != "/"}
    assert answered(session, "shop") == sum(paths.values())
    assert set(paths.values()) == {1}, "every request has a number of its own"
    after = {tuple(path.split("/")[2:]) for path in paths if path not in before}
    assert len({row for _, row in after}) == 8, "each user has a row of its own"
    document = load(session.recorder.journal.path).document
    nodes = document["environment"]["nodes"]
    assert [each["load_workers"] for each in nodes] == [1, 1]
    assert all(each["clock_error_ms"] > 0 for each in nodes)
    assert document["environment"]["load_workers"] == 2
    assert Counter(document["targets"][0]["buckets"]["spoiled"]).keys() <= {
        "",
        "the users were dealt anew to the load workers",
    }


async def journeys_take_turns(folder: Path) -> None:
    """Users of both workers go through their journeys in the same turns."""
    shop, forum = CountingServer(), CountingServer()
    async with serving(shop) as shop_port, serving(forum) as forum_port:
        text = TURNS.replace("SHOP", str(shop_port)).replace("FORUM", str(forum_port))
        (folder / "turns.toml").write_text(text)
        async with opened(presets.load(str(folder / "turns.toml"))) as session:
            await finished(session, PATIENCE_S)
    assert session.outcome == "completed", session.error
    assert [each.number for each in session.recorder.timeline.rounds] == [1, 2]
    for target, server in (("shop", shop), ("forum", forum)):
        paths = {path: count for path, count in server.requests.items() if path != "/"}
        firsts = {path.split("/")[2] for path in paths if path.startswith("/first/")}
        assert {path for path in paths if path.startswith("/second/")} <= {f"/second/{n}/he" for n in firsts}
        assert answered(session, target) == sum(paths.values()) - PROBED > 50
