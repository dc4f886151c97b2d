"""The environment that a session's children get: the same whatever shell started abreast.

An allow-list, because a deny-list is never complete: proxies, `PYTHONPATH`, `PYTHONSTARTUP`, `LD_PRELOAD`,
`DJANGO_SETTINGS_MODULE`, `GUNICORN_CMD_ARGS`, `WEB_CONCURRENCY`, `UVICORN_*`, `OMP_NUM_THREADS` and all that
comes after them never reach a child. What a target needs beside this it names itself, in `Launch.env`.
"""

import os
from collections.abc import Mapping
from pathlib import Path

SESSION_MARK = "ABREAST_SESSION"
"""Every process of a session carries its id under this name, so that the guard finds it wherever it went."""
TARGET_MARK = "ABREAST_TARGET"
"""Every process of a target carries its name under this name."""

PASSED = (
    "PATH",  # programs that a target starts by name
    "HOME",  # where Python looks for packages installed with `pip install --user`
    "TMPDIR",  # macOS gives every user a folder of their own
    "LD_LIBRARY_PATH",  # a Python built against a shared library elsewhere does not start without it
)
"""What a child takes over from the shell."""

TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where OpenSSL looks for authorities: a file, and folders. Of all children only a load worker gets them, so
that it judges certificates as the front does."""

FIXED = {
    "PYTHONUNBUFFERED": "1",  # the last words of a dying process are in its log
    "PYTHONFAULTHANDLER": "1",  # and so is where it crashed
    "PYTHONUTF8": "1",  # in place of LANG and LC_*: texts and files are UTF-8 on every machine
    "TZ": "UTC",  # where it is unset, the C library looks at /etc/localtime at every conversion
    "SPT_NOENV": "1",  # setproctitle, where gunicorn finds it, would overwrite the marks in the process table
}
"""What every child gets, whatever the shell says."""


def child_environment(session_id: str = "", extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A child's whole environment: what is passed, what is fixed, then `extra`, and the session's mark.

    Without a session id the child carries no mark and outlives the session's guard: the guard itself is such
    a child.
    """
    environment = {name: os.environ[name] for name in PASSED if name in os.environ}
    environment |= FIXED
    environment |= extra or {}
    if session_id:
        environment[SESSION_MARK] = session_id
    return environment


def trusting() -> dict[str, str]:
    """What a load worker gets beside the rest: `TRUST`, with whole paths, since it runs in another folder."""
    return {
        name: os.pathsep.join(
            str(Path(part).absolute()) for part in os.environ[name].split(os.pathsep) if part
        )
        for name in TRUST
        if os.environ.get(name)
    }
