"""The environment of a session's child processes: the same regardless of the shell that started abreast.

It is an allow-list, because a deny-list is never complete: proxy settings, `PYTHONPATH`, `PYTHONSTARTUP`,
`LD_PRELOAD`, `DJANGO_SETTINGS_MODULE`, `GUNICORN_CMD_ARGS`, `WEB_CONCURRENCY`, `UVICORN_*`, `OMP_NUM_THREADS`
and any similar variable never reach a child. A target lists the other variables that it needs in
`Launch.env`.
"""

import os
from collections.abc import Mapping
from pathlib import Path

SESSION_MARK = "ABREAST_SESSION"
"""The variable that holds the session's id in every process of a session, so that the guard finds them
all."""
TARGET_MARK = "ABREAST_TARGET"
"""The variable that holds the target's name in every process of a target."""

PASSED = (
    "PATH",  # programs that a target starts by name
    "HOME",  # where Python looks for packages installed with `pip install --user`
    "TMPDIR",  # macOS has a separate folder for every user
    "LD_LIBRARY_PATH",  # a Python with its shared library in another folder does not start without it
)
"""The variables that a child inherits from the shell."""

TLS_FOLDERS = ("SSL_CERT_DIR",)
"""Lists of folders: where OpenSSL searches for certificate authorities."""
TLS_FILES = ("SSL_CERT_FILE", "OPENSSL_CONF", "OPENSSL_MODULES", "SSLKEYLOGFILE")
"""Single files or folders: authorities, OpenSSL's settings (which protocols and ciphers it accepts), its
modules, and where Python logs the keys of TLS sessions. Only load workers get these and `TLS_FOLDERS`, so
that their handshakes end as the front's do."""

FIXED = {
    "PYTHONUNBUFFERED": "1",  # the log has the last output of a dying process
    "PYTHONFAULTHANDLER": "1",  # and the place where it crashed
    "PYTHONUTF8": "1",  # replaces LANG and LC_*: texts and files are UTF-8 on every machine
    "PYTHONHASHSEED": "0",  # a random order of hashes makes identical servers differ in speed
    "TZ": "UTC",  # if it is unset, the C library checks /etc/localtime at every conversion
    "SPT_NOENV": "1",  # otherwise setproctitle, which gunicorn uses if installed, overwrites the marks
}
"""The variables that every child gets, regardless of the shell."""


def child_environment(session_id: str = "", extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """A child's complete environment: `PASSED`, then `FIXED`, then `extra`, and the session's mark.

    Without a session id the child carries no mark, so the guard does not end it. The guard itself is such a
    child.
    """
    environment = {name: os.environ[name] for name in PASSED if name in os.environ}
    environment |= FIXED
    environment |= extra or {}
    if session_id:
        environment[SESSION_MARK] = session_id
    return environment


def tls_environment() -> dict[str, str]:
    """The additional variables of a load worker: `TLS_FILES` and `TLS_FOLDERS`, with absolute paths, since it
    runs in another folder."""
    files = {name: _absolute(os.environ[name]) for name in TLS_FILES if os.environ.get(name)}
    folders = {
        name: os.pathsep.join(_absolute(part) for part in os.environ[name].split(os.pathsep) if part)
        for name in TLS_FOLDERS
        if os.environ.get(name)
    }
    return files | folders


def _absolute(path: str) -> str:
    return str(Path(path).absolute())
