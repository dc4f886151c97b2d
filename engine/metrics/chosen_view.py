"""What a recorded plan wants to be shown first. Pure."""

from collections.abc import Mapping
from typing import Any

from engine.metrics.snapshot import ChosenView


def chosen_view(plan: Mapping[str, Any]) -> ChosenView:
    """The charts, headline and captions of a plan; those recorded by older versions say nothing about it."""
    view = plan.get("view") or {}
    return ChosenView(
        tuple(view.get("charts") or ChosenView().charts),
        view.get("headline") or "",
        view.get("captions") or {},
        is_log=bool(view.get("log")),
    )
