"""A front to be killed: it starts a guard and targets, reports that on standard output, and waits.

`front.py SESSION_ID FOLDER WORKERS uvloop|asyncio KIND...`, each kind `little`, `uvicorn` or `gunicorn`.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import anyio

from targets.launch import Launch
from targets.runtime.guard import Guard
from targets.runtime.local import LocalTarget
from tests.support.local_targets import little

HERE = str(Path(__file__).parent)


def launch(kind: str, workers: str) -> Callable[[int], Launch]:
    if kind == "little":
        return little("--workers", workers, "--escape", "--stubborn")
    python = (sys.executable, "-P", "-m")
    if kind == "uvicorn":
        asgi = ("uvicorn", "little_app:asgi", "--app-dir", HERE, "--lifespan", "off", "--workers", workers)
        return lambda port: Launch((*python, *asgi, "--port", str(port)), {})
    wsgi = ("gunicorn", "little_app:wsgi", "--chdir", HERE, "--no-control-socket", "--workers", workers)
    return lambda port: Launch((*python, *wsgi, "--bind", f"127.0.0.1:{port}"), {})


async def main(session_id: str, folder: Path, workers: str, kinds: list[str]) -> None:
    async with Guard(session_id) as guard, anyio.create_task_group() as group:
        targets = [LocalTarget(kind, launch(kind, workers), folder / kind, session_id) for kind in kinds]
        for target in targets:
            await target.start()
        async with anyio.create_task_group() as starting:
            for target in targets:
                starting.start_soon(target.ready, 30)
        for target in targets:
            group.start_soon(target.wait)
        print(
            json.dumps({"guard": guard.pid, "targets": {each.name: each.pid for each in targets}}), flush=True
        )
        await anyio.sleep_forever()


if __name__ == "__main__":
    session_id, folder, workers, loop, *kinds = sys.argv[1:]
    options = {"use_uvloop": loop == "uvloop"}
    anyio.run(main, session_id, Path(folder), workers, kinds, backend_options=options)
