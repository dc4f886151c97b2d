"""What is remembered of how the screen is drawn: a small file in `ABREAST_HOME`.

A file that is missing, cannot be read or says something odd is never an error: the rest of it counts.
"""

import json
from dataclasses import asdict

from engine.machine import paths
from engine.machine.files import UnreadableError, read_file, write_whole
from targets.errors import UsageError, reason_of
from tui.look import Settings, settings_of

NAME = "settings.json"
MAX_BYTES = 64 * 1024


def load() -> tuple[Settings, str]:
    """The remembered settings; and one line about what of the file is ignored, empty if that is nothing."""
    try:
        path = paths.home_path() / NAME
        if not path.exists():
            return Settings(), ""
        values = json.loads(read_file(path, MAX_BYTES))
    except (UnreadableError, UsageError, OSError, ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, UnreadableError) else "it is not valid JSON"
        return Settings(), f"{NAME} is ignored: {why}"
    settings, odd = settings_of(values)
    return settings, f"{path} has something odd, which is ignored: {', '.join(odd)}" if odd else ""


def save(settings: Settings) -> None:
    """Remembers settings. Raises UsageError if the file cannot be written."""
    chosen = {name: value for name, value in asdict(settings).items() if value not in ("", None)}
    path = paths.home() / NAME
    try:
        write_whole(path, (json.dumps(chosen, indent=2) + "\n").encode())
    except OSError as error:
        raise UsageError(
            f"the settings cannot be remembered in {path}",
            why=reason_of(error),
            hint="set ABREAST_HOME to a folder that you can write to",
        ) from error
