"""A made profile of three targets, one of which could not be sampled."""

from collections import Counter

from engine.answers.profile.collapsed import call_tree
from engine.metrics.profiles import Frame, Profiled, TargetProfile

SERVER = Frame("Runner.run", "asyncio/runners.py", "python")
FRAMEWORK = Frame("get_request_handler.<locals>.app", "fastapi/routing.py", "fastapi")
JSON = Frame("jsonable_encoder", "fastapi/encoders.py", "fastapi")
VIEW = Frame("prices <&>", "shop/api.py", "")
ORM = Frame("QuerySet.filter", "django/db/models/query.py", "django")
HANDLE = Frame("ThreadWorker.handle", "gunicorn/workers/gthread.py", "gunicorn")


def target_profile(target: str, stacks: dict[tuple[Frame, ...], int], **values: object) -> TargetProfile:
    """The profile of a target in one process, at 500 looks."""
    frames, nodes, left_out = call_tree(Counter(stacks))
    made = {"looks": 500, "processes": (sum(stacks.values()),), **values}
    return TargetProfile(target, frames=frames, nodes=nodes, left_out=left_out, **made)  # type: ignore[arg-type]


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
