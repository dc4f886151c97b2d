"""Delayed calls to a screen or widget end with it.

Textual removes a screen's parts before the screen itself, and passes `call_after_refresh` to whichever screen
is on top by then. So a delayed call may come when the parts that it draws are gone. This class drops delayed
calls of its own methods that come too late; wrap other functions in `unless_leaving`. Calls that others make
(to learn that a queue is empty) are not dropped.

A screen that is closed is off the stack at once, but gets messages for a while longer. In Textual a second
click or answer among them closes whatever screen is in front by then.
"""

from collections.abc import Callable
from typing import Any

from textual import events
from textual.await_complete import AwaitComplete
from textual.await_remove import AwaitRemove
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

Callback = Callable[..., Any]


class DropsLateCalls(MessagePump):
    """A mixin; put it before the Textual class among the bases of a screen or widget."""

    _is_removed = False

    @property
    def is_leaving(self) -> bool:
        """Whether it, or the whole app, is being removed: its parts may be gone already."""
        return self._is_removed or not (self.is_running and self.is_attached and self.app.is_running)

    def unless_leaving(self, callback: Callback) -> Callback:
        """The same callback, which does nothing once this is being removed."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return None if self.is_leaving else callback(*args, **kwargs)

        return call

    def _dropped_late(self, callback: Callback) -> Callback:
        return self.unless_leaving(callback) if getattr(callback, "__self__", None) is self else callback

    def call_after_refresh(self, callback: Callback, *args: Any, **kwargs: Any) -> bool:
        """As in Textual."""
        return super().call_after_refresh(self._dropped_late(callback), *args, **kwargs)

    def call_later(self, callback: Callback, *args: Any, **kwargs: Any) -> bool:
        """As in Textual."""
        return super().call_later(self._dropped_late(callback), *args, **kwargs)

    def set_timer(
        self, delay: float, callback: Callback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """As in Textual."""
        call = None if callback is None else self._dropped_late(callback)
        return super().set_timer(delay, call, name=name, pause=pause)

    def set_interval(
        self,
        interval: float,
        callback: Callback | None = None,
        *,
        name: str | None = None,
        repeat: int = 0,
        pause: bool = False,
    ) -> Timer:
        """As in Textual."""
        call = None if callback is None else self._dropped_late(callback)
        return super().set_interval(interval, call, name=name, repeat=repeat, pause=pause)

    async def on_event(self, event: events.Event) -> None:
        """Handles an event; while it is being removed, only its end and the callbacks of others."""
        if not self.is_leaving or isinstance(event, events.Unmount | events.Callback):
            await super().on_event(event)

    def remove(self) -> AwaitRemove:
        """As in Textual."""
        assert isinstance(self, Widget)
        self._is_removed = True
        return super().remove()  # type: ignore[misc,no-any-return]  # the class after this one is a widget


class ClosesOnce(DropsLateCalls):
    """The same for screens, each of which closes itself only while it is in front."""

    @property
    def is_leaving(self) -> bool:
        """Whether it, or the whole app, is being removed; it is from the moment at which it is closed."""
        on_stack: list[Any] = self.app.screen_stack
        return super().is_leaving or self not in on_stack

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """As in Textual, if it is in front; otherwise does nothing."""
        assert isinstance(self, Screen)
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()  # type: ignore[misc]
