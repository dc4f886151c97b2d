"""The environment variables that a plan's texts name: which are not set, and where they are written.

Variables are in the requests and in what targets are reached and started with. Other texts of a plan, such as
titles and names, are shown as they are written. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.plan.errors import Problem, key_of, place_of, problems_error
from targets.variables import Variables, variables_in

REQUESTS = ("setup", "request", "step", "teardown")
"""Tables of requests: all their texts may have variables, except those below."""
NOT_FILLED = frozenset({"name", "take"})
"""What is shown rather than sent, and names of values."""
OF_TARGETS = ("url", "health", "env", "server_name")
"""What texts of a custom target may have variables. Its command reads them itself."""


def check_variables(values: Mapping[str, Any], variables: Variables, where: str, text: str) -> None:
    """Checks that all variables of a plan, as it was read from its file, can be filled in.

    Raises UsageError that names each of them, its place and its key.
    """
    problems = [
        Problem(place_of(path, where, text), f"{key_of(path)}: {error}", "", error.hint)
        for path, written in _texts_of_plan(values)
        for error in variables.problems(written)
    ]
    if problems:
        raise problems_error(problems, len(problems), where)


def values_of(values: Mapping[str, Any], variables: Variables) -> dict[str, str]:
    """The values of the environment that a plan uses, by the variable's name; those that are set."""
    names = {name for _, written in _texts_of_plan(values) for name in variables_in(written)}
    return {name: value for name in sorted(names) if (value := variables.environ.get(name))}


def filled(value: Any, variables: Variables) -> Any:
    """Plain data with the values of all variables in its texts. Raises VariableError."""
    if isinstance(value, str):
        return variables.fill(value)
    if isinstance(value, Mapping):
        return {key: filled(each, variables) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, variables) for each in value]
    return value


def _texts_of_plan(values: Mapping[str, Any]) -> Iterator[tuple[list[str], str]]:
    """Every text of a plan that may have variables, and its path; a plan may be wrong in any way."""
    for table in REQUESTS:
        for number, request in _tables(values.get(table)):
            for key, value in request.items():
                if key not in NOT_FILLED:
                    yield from _texts(value, [table, number, str(key)])
    for number, target in _tables(values.get("target")):
        for key in OF_TARGETS:
            yield from _texts(target.get(key), ["target", number, key])
    yield from _texts(values.get("targets"), ["targets"])


def _tables(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, list | tuple):
        for number, each in enumerate(value):
            if isinstance(each, Mapping):
                yield str(number), each


def _texts(value: object, path: list[str]) -> Iterator[tuple[list[str], str]]:
    waiting: list[tuple[list[str], object]] = [(path, value)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, str):
            yield at, each
        elif isinstance(each, Mapping):
            waiting += [([*at, str(key)], part) for key, part in reversed(list(each.items()))]
        elif isinstance(each, list | tuple):
            waiting += [([*at, str(number)], part) for number, part in reversed(list(enumerate(each)))]
