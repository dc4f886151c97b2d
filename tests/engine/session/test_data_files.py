"""Rows of data files in a session: shared out over load workers, also over one that replaces another."""

import asyncio
import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest

import presets
from engine.plan import commands
from engine.plan.plan import Plan
from engine.session.session import opened
from tests.support.live_sessions import begun, finished, until
from tests.support.servers import answer, read_request, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180), pytest.mark.races]


class Users:
    """A server that remembers which rows each connection, which is one user's, came with."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, set[str]] = defaultdict(set)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str(writer.get_extra_info("peername"))
        while True:
            _, path, _ = await read_request(reader)
            if path.startswith("/of/"):
                self.rows[peer].add(path)
            writer.write(answer())
            await writer.drain()


def plan_of(folder: Path, port: int, *, rows: int, users: int) -> Plan:
    (folder / "users.csv").write_text("name\n" + "".join(f"user{at}\n" for at in range(rows)))
    (folder / "plan.toml").write_text(
        f"""
        load_workers = 2
        warm_up = "none"
        think_time = "10 ms"
        stages = [{{ users = {users}, hold = "1 s" }}]
        [[target]]
        name = "one"
        url = "http://127.0.0.1:{port}"
        [data.users]
        file = "users.csv"
        order = "unique"
        sha256 = "{"0" * 64}"
        [[request]]
        name = "of a user"
        path = "/of/{{data.users.name}}"
        """
    )
    return presets.load(str(folder / "plan.toml"))


async def test_rows_that_belong_to_users_are_shared_out(tmp_path: Path) -> None:
    """By several load workers, and also when users are added by hand."""
    users = Users()
    async with (
        serving(users) as port,
        opened(plan_of(tmp_path, port, rows=5, users=4), open_ended=True) as session,
    ):
        await begun(session)
        await until(session, lambda: len(users.rows) == 4)
        session.send(commands.ChangeUsers(None, 10))
        await until(session, lambda: len(users.rows) == 5)
        said = [(each.severity, each.title) for each in session.notices()]
        session.end("completed")
        await finished(session)
    assert ("warning", "at most 5 users") in said
    differs = [each.text for each in session.recorder.timeline.events if each.kind == "difference"]
    assert "data.users: users.csv is not the file of the recorded session" in differs[0]
    assert session.outcome == "completed", session.error
    assert all(len(each) == 1 for each in users.rows.values()), "every user has one row"
    assert len({path for each in users.rows.values() for path in each}) == 5, "and no two the same"
    assert sum(each.totals.requests - each.totals.ok for each in session.snapshot.targets) == 0


async def test_a_load_worker_that_replaces_another_has_its_rows(tmp_path: Path) -> None:
    users = Users()
    async with (
        serving(users) as port,
        opened(plan_of(tmp_path, port, rows=4, users=4), open_ended=True) as session,
    ):
        await begun(session)
        await until(session, lambda: len(users.rows) == 4)
        before = dict(users.rows)
        killed = session.worker_pids[1]
        os.kill(killed, signal.SIGKILL)
        await until(session, lambda: len(users.rows) == 6)
        session.end("completed")
        await finished(session)
    after = {peer: rows for peer, rows in users.rows.items() if peer not in before}
    assert sorted(row for rows in after.values() for row in rows) == ["/of/user1", "/of/user3"], (
        "its share, which belongs to nobody else"
    )
    errors = {kind for each in session.snapshot.targets for kind, _ in each.totals.errors}
    assert "bad value" not in errors
