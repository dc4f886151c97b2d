"""What a screen or widget of ours asks to be called for ends with it.

Textual takes a screen's parts away before the screen itself, and hands what `call_after_refresh` is given to
whichever screen is on top by then. So a delayed call may come when the parts that it draws are gone. This
class drops every delayed call of its own methods that comes too late; a function that is no method is passed
through `unless_leaving`. Calls that others ask for (to learn that a queue was worked off) are theirs.
"""

from collections.abc import Callable
from typing import Any

from textual import events
from textual.await_remove import AwaitRemove
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widget import Widget

Callback = Callable[..., Any]


class EndsItsCalls(MessagePump):
    """Goes before a Textual class in the bases of a screen or widget."""

    _is_removed = False

    @property
    def is_leaving(self) -> bool:
        """Whether it, or all of the app, is being taken away: its parts may be gone already."""
        return self._is_removed or not (self.is_running and self.is_attached and self.app.is_running)

    def unless_leaving(self, callback: Callback) -> Callback:
        """The same, but nothing is done once this is being taken away."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return None if self.is_leaving else callback(*args, **kwargs)

        return call

    def _own(self, callback: Callback) -> Callback:
        return self.unless_leaving(callback) if getattr(callback, "__self__", None) is self else callback

    def call_after_refresh(self, callback: Callback, *args: Any, **kwargs: Any) -> bool:
        """As in Textual."""
        return super().call_after_refresh(self._own(callback), *args, **kwargs)

    def call_later(self, callback: Callback, *args: Any, **kwargs: Any) -> bool:
        """As in Textual."""
        return super().call_later(self._own(callback), *args, **kwargs)

    def set_timer(
        self, delay: float, callback: Callback | None = None, *, name: str | None = None, pause: bool = False
    ) -> Timer:
        """As in Textual."""
        call = None if callback is None else self._own(callback)
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
        call = None if callback is None else self._own(callback)
        return super().set_interval(interval, call, name=name, repeat=repeat, pause=pause)

    async def on_event(self, event: events.Event) -> None:
        """Handles an event; while it is being taken away, its end only, and what others wait for."""
        if not self.is_leaving or isinstance(event, events.Unmount | events.Callback):
            await super().on_event(event)

    def remove(self) -> AwaitRemove:
        """As in Textual."""
        assert isinstance(self, Widget)
        self._is_removed = True
        return super().remove()  # type: ignore[misc,no-any-return]  # the class after this one is a widget
