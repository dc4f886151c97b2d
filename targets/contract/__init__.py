"""The HTTP contract of all targets: the workloads, their requests, and the exact answers. Pure.

Rules of this package:
- data only, standard library only: the engine builds load from it, and tests check the servers against it;
- same path, same bytes, whatever the framework: bodies are compact JSON in UTF-8, `application/json` without
  parameters; errors are part of the contract too;
- a target keeps no state between requests: an answer only depends on its request.
"""

from targets.contract import misc, models, rows, tasks
from targets.contract.misc import LOGIN, MIX, PASSWORD, UPSTREAM, UPSTREAM_JSON, UPSTREAM_TIMEOUT_S, USER
from targets.contract.models import (
    CLASSIFY,
    DEFAULT_PACE_MS,
    DEFAULT_TOKENS,
    MAX_FEATURES,
    MAX_PACE_MS,
    MAX_TOKENS,
    MAX_UPLOAD_BYTES,
    MODEL_VERSION,
    SLOW_MODEL,
    TOKENS,
    TOKENS_WS,
)
from targets.contract.rows import COUNT_HEADER, DATABASE_DOWN, IO, WORK_HEADER
from targets.contract.shapes import CONTENT_TYPE, EVENT_STREAM, NOT_FOUND, Refusal, Request, Upload, Workload
from targets.contract.tasks import (
    HEALTH,
    HELLO,
    NO_SUCH_TASK,
    PAGE_SIZE,
    TASK_COUNT,
    TASKS,
    TITLE_LENGTH,
)

__all__ = [
    "CLASSIFY",
    "CONTENT_TYPE",
    "COUNT_HEADER",
    "DATABASE_DOWN",
    "DEFAULT_PACE_MS",
    "DEFAULT_TOKENS",
    "EVENT_STREAM",
    "HEALTH",
    "HELLO",
    "IO",
    "LOGIN",
    "MAX_FEATURES",
    "MAX_PACE_MS",
    "MAX_TOKENS",
    "MAX_UPLOAD_BYTES",
    "MIX",
    "MODEL_VERSION",
    "NOT_FOUND",
    "NO_SUCH_TASK",
    "PAGE_SIZE",
    "PASSWORD",
    "REFUSALS",
    "SLOW_MODEL",
    "TASKS",
    "TASK_COUNT",
    "TITLE_LENGTH",
    "TOKENS",
    "TOKENS_WS",
    "UPSTREAM",
    "UPSTREAM_JSON",
    "UPSTREAM_TIMEOUT_S",
    "USER",
    "WORKLOADS",
    "WORK_HEADER",
    "Refusal",
    "Request",
    "Upload",
    "Workload",
]

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (HEALTH, HELLO, TASKS, IO, CLASSIFY, SLOW_MODEL, UPSTREAM, LOGIN, TOKENS, TOKENS_WS, MIX)
}
"""Workloads by name, in the order of the lobby."""

REFUSALS: tuple[Refusal, ...] = (*tasks.REFUSALS, *models.REFUSALS, *misc.REFUSALS, *rows.REFUSALS)
"""Requests that every target refuses, with exact answers."""
