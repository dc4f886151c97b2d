"""A terminal driver that resumes only after a suspension.

Textual's driver enters application mode at every SIGCONT and starts another thread that reads keys, even if
nothing was suspended (a shell that ends sends SIGCONT with the hang-up), and after the app has ended. If the
terminal is gone, such a thread loops forever and keeps the process alive.
"""

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Resumes only after a suspension."""

    def _sigcont_application(self, *_: object) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()
