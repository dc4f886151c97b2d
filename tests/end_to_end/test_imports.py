"""What is imported is run: a curl command straight away, and as the plan that it becomes."""

import asyncio
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from tests.support.fronts import started
from tests.support.servers import answer, read_request, serving
from tui.cli.main import main

TOKEN, COOKIE = "S3cr3tBearer", "sid=S3cr3tSession"
SHORT = ("--headless", "--json", "--users", "2", "--seconds", "2", "--think-time", "20 ms")


class Guarded:
    """Answers 401 without the credentials of the command, so that only they make requests succeed."""

    def __init__(self) -> None:
        self.bodies: set[bytes] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        while True:
            _, _, request = await read_request(reader)
            is_allowed = f"Bearer {TOKEN}".encode() in request and COOKIE.encode() in request
            if is_allowed:
                self.bodies.add(request.partition(b"\r\n\r\n")[2])
            writer.write(answer(b"{}", "201 Created" if is_allowed else "401 Unauthorized"))
            await writer.drain()


def command(port: int) -> str:
    return (
        f"curl http://127.0.0.1:{port}/items -H 'Authorization: Bearer {TOKEN}' -b '{COOKIE}'"
        """ --json '{"title": "Buy {milk}", "n": 1}'"""
    )


def texts_below(folder: Path) -> str:
    """Everything that a run has written."""
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


@pytest.mark.anyio
@pytest.mark.parametrize("way", ["run --curl", "import"])
async def test_a_curl_command_is_run(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Guarded()
    async with serving(server) as port:
        words = ["run", "--curl", command(port)]
        if way == "import":
            assert main(["import", command(port), "--out", str(tmp_path / "plan.toml")]) == 0
            monkeypatch.setenv("API_TOKEN", TOKEN)
            monkeypatch.setenv("API_COOKIE", COOKIE)
            words = ["run", str(tmp_path / "plan.toml")]
        with started(tmp_path, *words, *SHORT) as front:
            code = await anyio.to_thread.run_sync(front.wait)
            assert code == 0, front.err
            [target] = front.json["targets"]
            written = texts_below(tmp_path)
    assert target["summary"]["ok"] > 0
    assert target["summary"]["failed"] == 0
    assert server.bodies == {b'{"title":"Buy {milk}","n":1}'}
    assert TOKEN not in written
    assert "S3cr3tSession" not in written
