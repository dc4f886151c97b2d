"""Ctrl+Z: suspends abreast as the shell does with other programs, unless a session of this process runs.

Load workers, targets and their guard have process groups of their own, so that they would go on while nothing
here could steer, record or end them.
"""

from textual import events
from textual.app import App

from tui.driver import TerminalDriver
from tui.screens.page import Page

NO_SHELL = "No shell started abreast, so nothing could bring it back."


class SuspendingApp(App[None]):
    """A mixin for apps of pages."""

    @property
    def is_busy(self) -> bool:
        """Whether a session of this process runs, or has not stopped completely."""
        return False

    async def on_event(self, event: events.Event) -> None:
        """Handles an event; a request from outside to suspend (SIGTSTP) as the key for it."""
        if isinstance(event, TerminalDriver.SuspensionAsked):
            self.action_suspend()
        else:
            await super().on_event(event)

    def action_suspend(self) -> None:
        """Suspends abreast, or says why not."""
        pages = [screen for screen in self.screen_stack if isinstance(screen, Page)]
        if pages:
            pages[-1].action_command("suspend")

    def action_suspend_process(self) -> None:
        """Gives the terminal back, and waits until the shell lets abreast go on."""
        driver = self._driver
        was_suspended = False
        if isinstance(driver, TerminalDriver):
            self._suspend_signal()
            was_suspended = driver.suspend()
            self._resume_signal()
            self.refresh(layout=True)
        if not was_suspended:
            self.notify(NO_SHELL, title="not suspended", markup=False)
