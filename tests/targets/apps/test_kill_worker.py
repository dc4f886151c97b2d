"""Which process of a container is a worker of its server."""

import pytest

from targets.apps.kill_worker import Process, processes, worker_of

SERVER = Process(1, 0, 9000, ("python", "-P", "-m", "uvicorn"))
TRACKER = Process(8, 1, 9999, ("python", "-c", "from multiprocessing.resource_tracker import main"))
WORKERS = (Process(9, 1, 5000, ("python",)), Process(10, 1, 7000, ("python",)))
TOGETHER = Process(1, 0, 900, ("python", "-P", "-S", "-m", "targets.apps.supervisor"))
MASTER, NGINX = Process(5, 1, 9000, ("python", "gunicorn")), Process(6, 1, 9999, ("nginx",))


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ([SERVER], None),
        ([SERVER, TRACKER], None),
        ([SERVER, TRACKER, *WORKERS], 10),
        ([TOGETHER, MASTER, NGINX], None),
        ([TOGETHER, MASTER, NGINX, Process(7, 5, 4000, ("python",))], 7),
        ([SERVER, *WORKERS, Process(11, 10, 8000, ("python",))], 10),
    ],
)
def test_it_is_the_child_of_the_server_that_holds_the_app(found: list[Process], wanted: int | None) -> None:
    worker = worker_of(found)
    assert (worker.pid if worker else None) == wanted


def test_processes_are_read_from_the_system() -> None:
    assert any("pytest" in " ".join(each.words) and each.pages > 0 for each in processes())
