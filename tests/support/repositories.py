"""Real git repositories for tests."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        total = 0
        for number in range(WORK):
            total += number
        body = b"BODY"
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))

    def log_message(self, *words):
        pass

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

PLAN = """
title = "Mine"
stages = [{ users = 2, hold = "60 s" }]
accept_difference = true

[[target]]
name = "mine"
command = "python3 server.py {port}"

[[request]]
path = "/"
"""
"""Runs the server above, whose file is `server.py`."""

IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")


def server(*, work: int = 0, body: str = "hello") -> str:
    """The code of a server that adds so many numbers, and answers with this."""
    return SERVER.replace("WORK", str(work)).replace("BODY", body)


def git(folder: Path, *words: str) -> str:
    """What a git command prints. Fails the test if it fails."""
    done = subprocess.run(
        ["git", "-C", str(folder), *IDENTITY, *words], check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A new repository whose branch `main` has one commit of these files; its real path."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, files, "The first version")
    return folder.resolve()


def commit(folder: Path, files: Mapping[str, str], message: str) -> str:
    """Writes files and commits them; the commit's hash."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "--", *files)
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def worktrees(folder: Path) -> list[str]:
    """The folders of all working trees that git knows, the main one first."""
    lines = git(folder, "worktree", "list", "--porcelain").splitlines()
    return [line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")]
