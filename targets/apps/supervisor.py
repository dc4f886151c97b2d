"""Several programs as one, inside a container: `python -P -S -m targets.apps.supervisor A … :: B …`.

Rules of this file:
- it is the first process there: what nobody waits for, it waits for, and a signal to it reaches all;
- where one of them ends, the others are asked to end, and ended if they do not; it ends as the first did;
- it is measured along with them and does nothing: it imports next to nothing.
"""

import os
import signal
import sys

APART = "::"
"""Divides one command from the next."""
GRACE_S = 4
"""Less than the runtime waits before it ends the container."""


class Supervisor:
    """Programs that live and end together."""

    def __init__(self) -> None:
        self.living: set[int] = set()
        """Their process ids."""
        self.is_ending = False
        self.exit_code: int | None = None
        """Of the first that ended."""

    def begin(self, commands: list[list[str]]) -> None:
        """Starts them; where one cannot be started, all end."""
        for told in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(told, self.end)
        for command in commands:
            try:
                self.living.add(os.posix_spawnp(command[0], command, os.environ))
            except OSError as error:
                print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
                self.exit_code, self.is_ending = 127, True
        if self.is_ending:
            self.end(signal.SIGTERM)

    def end(self, number: int, _: object = None) -> None:
        """Asks them to end, or, when the alarm has rung, ends them."""
        self.is_ending = True
        for pid in self.living:
            try:  # noqa: SIM105  contextlib would be kept in memory for it
                os.kill(pid, signal.SIGKILL if number == signal.SIGALRM else signal.SIGTERM)
            except ProcessLookupError:
                pass
        signal.alarm(GRACE_S)

    def wait(self) -> int:
        """The exit code, once all have ended."""
        while self.living:
            pid, status = os.wait()
            if pid not in self.living:
                continue
            self.living.discard(pid)
            if self.exit_code is None:
                code = os.waitstatus_to_exitcode(status)
                self.exit_code = code if code >= 0 else 128 - code
            if not self.is_ending:
                self.end(signal.SIGTERM)
        return self.exit_code or 0


def commands(words: list[str]) -> list[list[str]]:
    """The commands that stand in a list of words."""
    found: list[list[str]] = [[]]
    for word in words:
        if word == APART:
            found.append([])
        else:
            found[-1].append(word)
    return found


if __name__ == "__main__":
    together = Supervisor()
    together.begin(commands(sys.argv[1:]))
    sys.exit(together.wait())
