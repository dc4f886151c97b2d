"""The databases of a session: which targets share a server, and which servers a fault can stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.hosting.databases import Databases
from engine.hosting.row_store import names_of
from engine.plan.plan import make_plan
from targets.errors import UsageError
from tests.support.placed import placing

pytestmark = pytest.mark.anyio

SERVER = "postgresql://ann:secret@127.0.0.1:1"


@asynccontextmanager
async def databases(folder: Path, *targets: str, database: str = "") -> AsyncIterator[Databases]:
    """Those of a plan with these targets."""
    values = {
        "title": "Rows",
        "targets": list(targets),
        "database": database,
        "workload": "io",
        "stages": [{"users": 1, "hold": "1 s"}],
    }
    async with placing(folder) as placement:
        yield Databases(make_plan(values, where="here"), placement)


async def test_targets_share_a_server_if_they_name_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_DB", SERVER)
    texts = ("fastapi", f"fastapi:database={SERVER}", "fastapi:database=MY_DB", "fastapi:database=mysql")
    async with databases(tmp_path, *texts) as made:
        files, server, same, own = [made.of(choice) for choice in made.plan.targets]
        assert (files.shown, server.shown) == ("sqlite", "postgresql at 127.0.0.1:1")
        assert server is same
        assert own.container is not None
        assert own.server.kind == "mysql"
        assert len({id(each) for each in (files, server, own)}) == 3


async def test_a_target_that_names_none_has_the_plans(tmp_path: Path) -> None:
    async with databases(tmp_path, "fastapi", "fastapi:database=sqlite", database=SERVER) as made:
        plans, own = [made.of(choice) for choice in made.plan.targets]
        assert (plans.server.kind, own.server.kind) == ("postgresql", "sqlite")


async def test_databases_are_dropped_on_each_server(tmp_path: Path) -> None:
    other = SERVER.replace(":1", ":2")
    async with databases(
        tmp_path, f"fastapi:database={SERVER}", f"django-wsgi:database={other}", "fastapi-sync"
    ) as made:
        for choice in made.plan.targets:
            made.of(choice).url_for(choice.name)
        names = [store.names for store in made.stores.values()]
        assert names == [names_of("an-id", ["fastapi"]), names_of("an-id", ["django-wsgi"]), []]
        trouble = await made.drop()
    assert "127.0.0.1:1" in trouble
    assert "127.0.0.1:2" in trouble
    assert "secret" not in trouble


@pytest.mark.parametrize(("database", "why"), [(SERVER, "abreast did not start it"), ("", "of its own")])
async def test_only_a_server_of_the_sessions_own_is_stopped_and_started(
    database: str, why: str, tmp_path: Path
) -> None:
    async with databases(tmp_path, "fastapi", database=database) as made:
        made.of(made.plan.targets[0])
        for order in (made.halt, made.resume):
            with pytest.raises(UsageError) as caught:
                await order()
            assert why in caught.value.why


async def test_a_server_that_does_not_run_is_neither_stopped_nor_started(tmp_path: Path) -> None:
    async with databases(tmp_path, "fastapi", database="mysql") as made:
        made.of(made.plan.targets[0])
        with pytest.raises(UsageError, match="cannot be stopped"):
            await made.halt()
        with pytest.raises(UsageError, match="cannot be restarted"):
            await made.resume()
