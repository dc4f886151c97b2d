"""Runs several programs in one container: `python -P -S -m targets.apps.supervisor A … :: B …`.

Rules of this file:
- it is the first process there: it reaps orphans, and passes signals on to all programs;
- when a program exits, the others are terminated, and killed if they do not exit; it exits as the
  first one did;
- it is measured with them, so it imports next to nothing.
"""

import os
import signal
import sys

APART = "::"
"""Separates commands."""
GRACE_S = 4
"""Less than the runtime waits before it kills the container."""


class Supervisor:
    """Programs that run and stop together."""

    def __init__(self) -> None:
        self.living: set[int] = set()
        """Their process ids."""
        self.is_ending = False
        self.exit_code: int | None = None
        """Of the first program that exited."""

    def begin(self, commands: list[list[str]]) -> None:
        """Starts the programs; if one cannot be started, all are stopped."""
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(signal_number, self.end)
        for command in commands:
            try:
                self.living.add(os.posix_spawnp(command[0], command, os.environ))
            except OSError as error:
                print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
                self.exit_code, self.is_ending = 127, True
        if self.is_ending:
            self.end(signal.SIGTERM)

    def end(self, number: int, _: object = None) -> None:
        """Terminates them, or, after the timeout, kills them."""
        self.is_ending = True
        for pid in self.living:
            try:  # noqa: SIM105  contextlib would take memory
                os.kill(pid, signal.SIGKILL if number == signal.SIGALRM else signal.SIGTERM)
            except ProcessLookupError:
                pass
        signal.alarm(GRACE_S)

    def wait(self) -> int:
        """The exit code, once all have exited."""
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
    """The commands in a list of words."""
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
