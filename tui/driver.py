"""The terminal's driver, which takes the terminal back only where it had let it go.

Textual's own goes into application mode at every SIGCONT, with another thread that reads keys: also at one
that follows no stop, as a shell's end sends it with the hang-up, and after the app has ended. On a terminal
that is gone such a thread spins for ever, and keeps the process.
"""

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Resumes after a suspension alone."""

    def _sigcont_application(self, *_: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()
