"""What a browser recorded becomes a plan that logs in anew and passes its checks."""

import json
import sqlite3
import tomllib
from pathlib import Path
from typing import Any

from targets.database import SQLITE_FILE
from tests.support.admin_session import ADMIN, PASSWORD, click_through
from tests.support.app_server import running
from tests.support.browser import opened_tab
from tests.support.fronts import started
from tests.support.har_recorder import RecordingBrowser

USERS = 1
"""The admin answers 500 to some of several users who change rows of a SQLite database at the same time."""
LOGIN = f"POST {ADMIN}login/"
CHANGE = f"POST {ADMIN}auth/user/1/change/"


def rows(folder: Path, table: str) -> int:
    """How many rows a table of the target has."""
    connection = sqlite3.connect(folder / SQLITE_FILE)
    try:
        count: int = connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()
    return count


def test_a_recorded_session_of_a_browser_runs_as_a_plan(tmp_path: Path) -> None:
    server_folder, profile = tmp_path / "server", tmp_path / "browser"
    for folder in (server_folder, profile):
        folder.mkdir()
    with running("hybrid", server_folder) as server:
        with opened_tab(profile, RecordingBrowser) as tab:
            click_through(tab, server.url)
            (tmp_path / "admin.har").write_text(json.dumps(tab.har()), encoding="utf-8")
        before = {table: rows(server_folder, table) for table in ("django_admin_log", "django_session")}
        with started(tmp_path, "import", "admin.har", "--out", "plan.toml") as front:
            assert front.wait() == 0, front.err
        plan = (tmp_path / "plan.toml").read_text(encoding="utf-8")
        with started(
            tmp_path,
            *("run", "plan.toml", "--headless", "--json", "--users", str(USERS), "--seconds", "6"),
            environment={"API_PASSWORD": PASSWORD},
        ) as front:
            assert front.wait() == 0, front.err
            (target,) = front.json["targets"]
        made = {table: rows(server_folder, table) - count for table, count in before.items()}
    assert_logs_in(tomllib.loads(plan))
    assert target["summary"]["failed"] == 0, target["summary"]["errors"]
    ok = {request["name"]: request["ok"] for request in target["requests"]}
    assert 1 <= made["django_session"] <= USERS + 1, "the user logs in once; so does the comparison before it"
    assert 0 < ok[CHANGE] <= made["django_admin_log"], "the admin has logged each change"


def assert_logs_in(plan: dict[str, Any]) -> None:
    """The plan has no secret and no recorded token, and logs in once."""
    steps = {f"{step.get('method', 'GET')} {step['path'].partition('?')[0]}": step for step in plan["step"]}
    login, change = steps[LOGIN], steps[CHANGE]
    assert login["once"]
    assert login["form"]["password"] == "${API_PASSWORD}"
    assert login["form"]["csrfmiddlewaretoken"].startswith("{csrftoken")
    assert change["form"]["csrfmiddlewaretoken"].startswith("{csrftoken")
    assert "sessionid" not in json.dumps(plan), "cookies are the users' own"
    assert not any("static" in step["path"] for step in plan["step"])
