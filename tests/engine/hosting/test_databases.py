"""The databases of a session's targets: where they are, and which are dropped at the end."""

import pytest

from engine.hosting.databases import Databases, names_of
from targets.database import parse
from targets.errors import UsageError

pytestmark = pytest.mark.anyio

SERVER = parse("postgresql://ann@192.168.0.7:5432/home")


def test_on_a_server_each_target_has_a_database_of_its_own_which_is_remembered_once() -> None:
    made = Databases(SERVER, "an-id")
    urls = [made.url_for(name) for name in ("a", "b", "a")]
    assert urls[0] == urls[2] != urls[1]
    assert [url.rpartition("/")[2] for url in urls[:2]] == made.names == names_of("an-id", ["a", "b"])
    assert made.home == "home"
    assert made.is_server


def test_databases_of_two_sessions_differ() -> None:
    assert not set(names_of("one", ["a", "b"])) & set(names_of("other", ["a", "b"]))


def test_containers_are_given_no_server_of_this_machines_loopback() -> None:
    made = Databases(parse("postgresql://ann@127.0.0.1:5432"), "an-id")
    assert "127.0.0.1" in made.url_for("a")
    with pytest.raises(UsageError, match="containers cannot reach"):
        made.url_for("b", inside=True)
    assert made.names == names_of("an-id", ["a"])


async def test_files_need_no_server() -> None:
    made = Databases(parse(""), "an-id")
    assert (made.is_server, made.home) == (False, "")
    assert (await made.versions()).keys() == {"SQLite"}
    assert await made.drop() == ""


@pytest.mark.parametrize("database", [SERVER, parse("")])
async def test_only_a_server_of_the_sessions_own_is_stopped_and_started(database: object) -> None:
    made = Databases(database, "an-id")  # type: ignore[arg-type]  # both are databases
    with pytest.raises(UsageError):
        await made.halt()
    with pytest.raises(UsageError):
        await made.resume()
