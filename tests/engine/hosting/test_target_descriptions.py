"""How the targets of a session are recorded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.hosting.databases import Databases
from engine.hosting.target_descriptions import TargetDescriptions
from engine.metrics.records import TargetAdded
from engine.plan.plan import make_plan
from engine.plan.targets import TargetChoice, name_apart
from tests.support.placed import instance_of, placing

pytestmark = pytest.mark.anyio

LOAD = {"stages": [{"users": 1, "hold": "1 s"}]}


@asynccontextmanager
async def describing(folder: Path, *texts: str) -> AsyncIterator[TargetDescriptions]:
    """The descriptions of targets that were recorded as the workload `io` starts."""
    choices = {each.name: each for each in name_apart(map(TargetChoice.parse, texts))}
    async with placing(folder) as placement:
        values = {"title": "Io", "targets": list(texts), "workload": "io", **LOAD}
        databases = Databases(make_plan(values, where="here"), placement)
        for choice in choices.values():
            await databases.of(choice).provide()
        made = TargetDescriptions(placement.recorder, placement, databases, choices)
        for slot, choice in enumerate(choices.values()):
            made.record(instance_of(placement, choice, 18000 + slot, slot), "io")
        yield made


def recorded(made: TargetDescriptions) -> dict[str, TargetAdded]:
    """The newest description of each target, by name."""
    return {name: each.added for name, each in made.recorder.timeline.targets.items()}


async def test_a_target_is_recorded_with_its_command_options_and_versions(tmp_path: Path) -> None:
    async with describing(tmp_path, "fastapi:workers=2:env.TOKEN=hunter2") as made:
        added = recorded(made)["fastapi"]
    assert (added.slot, added.runtime, added.limits) == (0, "local", None)
    assert added.options["workers"] == 2
    assert "18000" in added.command
    assert added.versions.keys() >= {"fastapi", "SQLite"}
    assert "hunter2" not in repr(added), "no secret is recorded"


async def test_the_database_is_recorded_only_for_workloads_that_keep_rows(tmp_path: Path) -> None:
    async with describing(tmp_path, "fastapi") as made:
        instance = instance_of(made.placement, made.choices["fastapi"], 18000)
        assert recorded(made)["fastapi"].database == "sqlite"
        made.record(instance, "hello")
        assert "SQLite" not in recorded(made)["fastapi"].versions
        assert recorded(made)["fastapi"].database == ""


async def test_each_target_is_recorded_with_its_own_database_and_without_its_password(tmp_path: Path) -> None:
    url = "mysql://ann:hunter2@127.0.0.1:1/home"
    async with describing(tmp_path, "fastapi", f"fastapi:database={url}") as made:
        files, server = recorded(made).values()
    assert (files.database, server.database) == ("sqlite", "mysql at 127.0.0.1:1")
    assert (files.label, server.label) == ("fastapi", "fastapi MySQL")
    assert server.options["database"] == "mysql://(hidden)@127.0.0.1:1/home"
    assert server.versions.keys() & {"PyMySQL", "mysqlclient", "aiomysql", "asyncmy"}
    assert "hunter2" not in repr(server)


async def test_a_target_that_joins_changes_the_labels_of_those_that_it_differs_from(tmp_path: Path) -> None:
    async with describing(tmp_path, "fastapi:workers=4", "django-wsgi") as made:
        assert recorded(made)["fastapi"].label == "fastapi"
        django = recorded(made)["django-wsgi"]
        joins = TargetChoice.parse("fastapi").model_copy(update={"name": "fastapi#2"})
        made.relabel(joins)
        assert recorded(made)["fastapi"].label == "fastapi ×4"
        assert recorded(made)["django-wsgi"] is django, "it is not recorded again"
        assert made.choices["fastapi#2"] == joins


async def test_a_target_that_gets_other_options_is_recorded_only_when_it_starts_with_them(
    tmp_path: Path,
) -> None:
    async with describing(tmp_path, "fastapi:workers=4", "fastapi") as made:
        before = recorded(made)
        made.relabel(TargetChoice.parse("fastapi:workers=2"))
        assert recorded(made) == before
        made.record(instance_of(made.placement, made.choices["fastapi"], 18000), "hello")
        assert recorded(made)["fastapi"].label == "fastapi ×2"
