"""Every workload in containers, with what serves it there: classifier, upstream, database, NGINX."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from targets.runtime.containers.cleanup import SERVICE_LABEL, SESSION_LABEL
from targets.runtime.containers.database_makes import IMAGE_VARIABLE
from targets.secrets import masked_text
from tests.docker_engine import DATABASE_IMAGE
from tests.support import docker
from tests.support.fronts import Front, started, until

if TYPE_CHECKING:
    from docker import APIClient

RUN = ("run", "hello", "--headless", "--json", "--users", "2", "--think-time", "20 ms")
INSIDE = (*RUN, "--runtime", "docker", "--seconds", "2")
HERE_TOO = "fastapi,django-wsgi,fastapi:runtime=local"

pytestmark = pytest.mark.usefixtures("nothing_is_left")


@pytest.fixture
def _database_image(engine: "APIClient") -> None:
    docker.need_databases(engine)


def ended(front: Front) -> list[dict[str, Any]]:
    """The targets of a session that went well, each with answers and no failures."""
    until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
    assert front.wait() == 0, front.err
    targets: list[dict[str, Any]] = front.json["targets"]
    for target in targets:
        assert target["summary"]["ok"] > 0
        assert target["summary"]["errors"] == {}
    return targets


def services(engine: "APIClient", session_id: str) -> dict[str, dict[str, Any]]:
    """The session's containers that serve its targets, as the engine describes them, by name."""
    label = [f"{SESSION_LABEL}={session_id}", SERVICE_LABEL]
    found = [engine.inspect_container(each["Id"]) for each in engine.containers(filters={"label": label})]
    return {each["Config"]["Labels"][SERVICE_LABEL]: each for each in found}


def test_classify_behind_a_front(tmp_path: Path) -> None:
    targets = "fastapi:front=nginx,django-wsgi:front=nginx-unix,django-wsgi:server=uwsgi:front=nginx"
    with started(tmp_path, *INSIDE, "--targets", targets, "--workload", "classify") as front:
        assert [each["options"]["front"] for each in ended(front)] == ["nginx", "nginx-unix", "nginx"]


def test_an_upstream_beside_each_kind_of_target(engine: "APIClient", tmp_path: Path) -> None:
    with started(tmp_path, *INSIDE, "--targets", HERE_TOO, "--workload", "upstream") as front:
        front.loads()
        running = services(engine, front.session_id)
        assert list(running) == ["upstream"]
        assert running["upstream"]["HostConfig"]["Memory"] == 2 * 1024**3
        inside, _, here = ended(front)
        assert inside["env"]["ABREAST_UPSTREAM_URL"] == "http://upstream:8000"
        assert here["env"]["ABREAST_UPSTREAM_URL"].startswith("http://127.0.0.1:")


@pytest.mark.usefixtures("_database_image")
@pytest.mark.parametrize(
    ("said", "kind", "server"),
    [((), "mysql", "MariaDB"), (("--database", "postgresql"), "postgresql", "PostgreSQL")],
)
def test_a_database_of_its_own(
    said: tuple[str, ...], kind: str, server: str, engine: "APIClient", tmp_path: Path
) -> None:
    """Of targets in containers and of those here, without a word of its password anywhere."""
    with started(tmp_path, *INSIDE, *said, "--targets", HERE_TOO, "--workload", "io") as front:
        front.loads()
        running = services(engine, front.session_id)
        assert list(running) == [kind]
        variables = dict(each.split("=", 1) for each in running[kind]["Config"]["Env"])
        password = variables.get("MYSQL_ROOT_PASSWORD") or variables["POSTGRES_PASSWORD"]
        targets = ended(front)
    shown = f"{kind} in a container ({DATABASE_IMAGE})"
    assert front.json["environment"]["database"] == shown
    for target in targets:
        assert target["database"] == shown
        assert target["versions"][server]
        url = target["env"]["ABREAST_DATABASE_URL"]
        assert url == masked_text(url)
    kept = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(password) > 15
    assert not [text for text in kept if password in text]


@pytest.mark.usefixtures("_database_image")
def test_a_database_that_is_stopped_comes_back_with_its_rows(tmp_path: Path) -> None:
    plan = tmp_path / "faults.toml"
    plan.write_text(
        """
        title = "A database that fails"
        targets = ["fastapi", "django-wsgi"]
        workload = "io"
        runtime = "docker"
        think_time = "50 ms"
        stages = [{ users = 4, hold = "36 s" }]
        fault = [{ at = "10 s", fault = "stop-database for 2 s" }]
        """
    )
    with started(tmp_path, "run", str(plan), "--headless", "--json") as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 0, front.err
        recoveries = front.json["recoveries"]
        assert {each["target"] for each in recoveries} == {"fastapi", "django-wsgi"}
        for each in recoveries:
            assert docker.took_at_least(1, each, front.json), front.json["events"]
        assert not [each for each in front.json["events"] if "ended by itself" in each["text"]]


def test_sqlite_where_it_is_asked_for(engine: "APIClient", tmp_path: Path) -> None:
    options = ("--targets", "fastapi,django-wsgi", "--workload", "io", "--database", "sqlite")
    with started(tmp_path, *INSIDE, *options) as front:
        front.loads()
        assert services(engine, front.session_id) == {}
        ended(front)
        assert front.json["environment"]["database"] == "sqlite"


def test_an_image_that_cannot_be_had(tmp_path: Path) -> None:
    nowhere = {IMAGE_VARIABLE: "abreast-test.invalid/mysql:8.4"}
    options = ("--targets", "fastapi", "--workload", "io")
    with started(tmp_path, *INSIDE, *options, environment=nowhere) as front:
        until(lambda: front.process.poll() is not None, "it has ended", within_s=400)
        assert front.wait() == 3
        (target,) = front.json["targets"]
    assert "the image abreast-test.invalid/mysql:8.4 is missing and cannot be fetched" in target["trouble"]
    assert "docker pull abreast-test.invalid/mysql:8.4" in target["trouble"]
    assert "ABREAST_MYSQL_IMAGE=NAME; or do without a server: --database sqlite" in target["trouble"]


def test_targets_here_go_on_where_their_neighbours_upstream_fails(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    targets = "fastapi,fastapi:runtime=docker"
    options = ("--targets", targets, "--workload", "upstream", "--seconds", "1")
    with started(tmp_path, *RUN, *options, environment=nowhere) as front:
        assert front.wait() == 3
        here, contained = front.json["targets"]
        assert here["summary"]["ok"] > 0
        assert "nothing listens at" in contained["trouble"]


def test_a_database_on_loopback_is_out_of_a_containers_reach(tmp_path: Path) -> None:
    options = ("--targets", "fastapi", "--workload", "io", "--database", "mysql://ann:secret@localhost")
    with started(tmp_path, *INSIDE, *options) as front:
        assert front.wait() == 2
        assert "containers cannot reach a database at localhost:3306" in front.err
        assert "secret" not in front.err


OFFER = "abreast: published with MySQL, and rows are in SQLite files here: --database mysql starts MySQL"


@pytest.mark.usefixtures("_database_image")
def test_the_database_of_the_source_is_offered_where_docker_answers(tmp_path: Path) -> None:
    words = ("run", "io-intensive", "--headless", "--targets", "fastapi", "--seconds", "2")
    with started(tmp_path / "a", *words) as front:
        assert front.wait() == 0
        assert OFFER in front.err
    with started(
        tmp_path / "b", *words, environment={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    ) as front:
        assert front.wait() == 0
        assert "published with MySQL" not in front.err
    with started(tmp_path / "c", *words, "--json", "--database", "mysql") as front:
        assert ended(front)[0]["database"].startswith("mysql in a container")
        assert "published with MySQL" not in front.err
