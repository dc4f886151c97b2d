"""A made profile of three targets, one of which could not be sampled."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.answers.profile.collapsed import call_tree
from engine.export.document import folded
from engine.export.loaded import LoadedSession
from engine.metrics.profiles import Frame, Profiled, TargetProfile
from tests.support.made_sessions import Shape, records

SERVER = Frame("Runner.run", "asyncio/runners.py", "python")
FRAMEWORK = Frame("get_request_handler.<locals>.app", "fastapi/routing.py", "fastapi")
JSON = Frame("jsonable_encoder", "fastapi/encoders.py", "fastapi")
VIEW = Frame("prices <&>", "shop/api.py", "")
ORM = Frame("QuerySet.filter", "django/db/models/query.py", "django")
HANDLE = Frame("ThreadWorker.handle", "gunicorn/workers/gthread.py", "gunicorn")


def target_profile(target: str, stacks: Mapping[tuple[Frame, ...], int], **values: Any) -> TargetProfile:
    """The profile of a target in one process, at 500 looks."""
    frames, nodes, left_out = call_tree(Counter(stacks))
    made: dict[str, Any] = {"looks": 500, "processes": (sum(stacks.values()),), **values}
    return TargetProfile(target, frames=frames, nodes=nodes, left_out=left_out, **made)


FASTAPI = target_profile(
    "fastapi",
    {
        (SERVER,): 100,
        (SERVER, FRAMEWORK): 60,
        (SERVER, FRAMEWORK, JSON): 40,
        (SERVER, FRAMEWORK, VIEW): 200,
    },
    goodput_before=1000.0,
    goodput_sampled=980.0,
)
DJANGO = target_profile("django-wsgi", {(HANDLE,): 90, (HANDLE, VIEW): 30, (HANDLE, VIEW, ORM): 180})
DENIED = TargetProfile("django-asgi", trouble="it runs elsewhere", hint="profile it there")

PROFILED = Profiled(10.2, 15.3, 100, (FASTAPI, DJANGO, DENIED))


def profiled_session(*profiled: Profiled) -> LoadedSession:
    """A session of two targets with these profiles."""
    *begun, ended = records(Shape(seconds=30))
    return LoadedSession(Path("made"), folded([*begun, *profiled, ended]))
