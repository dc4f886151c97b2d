"""A place where targets keep their rows: what its databases are called, and which are dropped at the end."""

import pytest

from engine.hosting.row_store import RowStore, names_of
from targets.database import parse
from targets.errors import UsageError

pytestmark = pytest.mark.anyio


def store(url: str) -> RowStore:
    server = parse(url)
    return RowStore(server, "an-id", server.shown)


def test_on_a_server_each_target_has_a_database_of_its_own_which_is_remembered_once() -> None:
    made = store("postgresql://ann@192.168.0.7:5432/home")
    urls = [made.url_for(name) for name in ("a", "b", "a")]
    assert urls[0] == urls[2] != urls[1]
    assert [url.rpartition("/")[2] for url in urls[:2]] == made.names == names_of("an-id", ["a", "b"])
    assert made.home == "home"
    assert made.is_server


def test_databases_of_two_sessions_differ() -> None:
    assert not set(names_of("one", ["a", "b"])) & set(names_of("other", ["a", "b"]))


def test_containers_are_given_no_server_of_this_machines_loopback() -> None:
    made = store("postgresql://ann@127.0.0.1:5432")
    assert "127.0.0.1" in made.url_for("a")
    with pytest.raises(UsageError, match="containers cannot reach"):
        made.url_for("b", inside=True)
    assert made.names == names_of("an-id", ["a"])


async def test_files_need_no_server() -> None:
    made = store("")
    assert (made.is_server, made.home, made.url_for("a")) == (False, "", "")
    await made.provide()
    assert made.versions.keys() == {"SQLite"}
    assert await made.drop() == ""


async def test_a_server_that_does_not_answer_has_no_version() -> None:
    made = store("mysql://ann:secret@127.0.0.1:1")
    await made.provide()
    assert made.versions == {}
    made.url_for("a")
    trouble = await made.drop()
    assert "127.0.0.1" in trouble
    assert "secret" not in trouble
