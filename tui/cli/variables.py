"""`ABREAST_…`: options of commands as variables of the environment.

Rules of this file:
- a variable's name follows from its option: `--think-time` is `ABREAST_THINK_TIME`; there is no other list;
- the command line wins; an empty variable is not set;
- a value that the option would refuse is refused under the variable's name, and only if its command runs;
- a variable that abreast does not know is not an error: `abreast doctor` lists it.
"""

import argparse
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any

from targets.errors import UsageError
from tui.cli.option_rules import PREFIX
from tui.cli.parser import Commands, Parser
from tui.look import VARIABLES

COMMANDS = ("run", "attach", "capacity", "gate", "serve", "compare", "report")
"""Commands whose options are variables too: those that run in CI."""

FIXED = {
    "ABREAST_HOME": "the folder where sessions, baselines and settings are kept",
    "ABREAST_THEME": "the theme, as `--theme`",
    "ABREAST_CHARTS": "how charts are drawn, as `--charts`",
    "ABREAST_SIGNS": "the set of signs, as `--signs`",
    "ABREAST_BASE_IMAGE": "the image that images of targets are built on",
    "ABREAST_BUILD_NETWORK": "the network in which they are built",
    "ABREAST_DATABASE_IMAGE": "the image of the database in a container, of either kind",
    "ABREAST_MYSQL_IMAGE": "the image of MySQL",
    "ABREAST_POSTGRESQL_IMAGE": "the image of PostgreSQL",
}
"""Variables that abreast reads and that are not options of `COMMANDS` → what they set."""

OF_CHILDREN = frozenset({"ABREAST_SESSION", "ABREAST_TARGET"})
"""What abreast sets for the processes that it starts: no option is read from one of these."""

NOT_BY_VARIABLE = frozenset({"curl", "formats", "list", "openapi", "operation"})
"""Options that say what is run, as a plan does, or that nothing is; no variable sets one."""

_OF_TESTS = "ABREAST_TEST"
"""How variables of this repository's own tests begin."""

ON, OFF = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})

NOTE = (
    "Options can also be set by variables of the environment, such as ABREAST_HEADLESS=1 or "
    "ABREAST_SECONDS=30s; the command line wins."
)


def bind(commands: Commands, environment: Mapping[str, str]) -> None:
    """Has each of `COMMANDS` read its variables just before it is parsed."""
    for name in COMMANDS:
        command = commands.choices[name]
        command.before_parsing = partial(take, command, environment)


def add_notes(commands: Commands) -> None:
    """Says in the help of `COMMANDS` that there are variables."""
    for name in COMMANDS:
        command = commands.choices[name]
        command.epilog = f"{command.epilog}\n\n{NOTE}" if command.epilog else NOTE


def take(command: Parser, environment: Mapping[str, str]) -> None:
    """Makes the values of variables the defaults of a command's options. Notes in its `variables` which
    variable sets an option, and in its `option_words` the same options as words. Raises UsageError for a
    value that the option would refuse."""
    names, words = dict[str, str](), list[str]()
    for action in _options(command):
        name = next((each for each in variables_of(action) if environment.get(each, "").strip()), "")
        if not name:
            continue
        value = _value(command, action, name, environment[name])
        if value is not action.default and value != []:
            action.default = value
            action.required = False
            names[action.option_strings[0]] = name
            words += _words(action, name, environment[name])
    own = command.prog.rpartition(" ")[2]
    command.set_defaults(command=own, variables=names, option_words=tuple(words))


def leave_out_typed(arguments: argparse.Namespace) -> None:
    """Forgets the variables of options that the command line sets itself, which wins. Hosts add up."""
    typed = arguments.typed - {"--allow-host"}
    if hasattr(arguments, "variables"):
        names, words = arguments.variables, arguments.option_words
        arguments.variables = {option: name for option, name in names.items() if option not in typed}
        arguments.option_words = tuple(word for word in words if word.partition("=")[0] not in typed)


def with_words(argv: Sequence[str], command: str, words: Iterable[str]) -> list[str]:
    """A command line with options from variables where they have the same effect: right after the command,
    before its own. Recorded, it repeats the session without them."""
    at = argv.index(command) + 1
    return [*argv[:at], *words, *argv[at:]]


def _words(action: argparse.Action, name: str, text: str) -> list[str]:
    """An option as it is written on the command line. A URL with a password stays in its variable, whose name
    `--database` takes as well."""
    option = action.option_strings[0]
    if action.nargs == 0:
        return [option]
    if isinstance(action, argparse._AppendAction):
        return [f"{option}={each.strip()}" for each in text.split(",") if each.strip()]
    return [f"{option}={name if action.dest == 'database' and '://' in text else text.strip()}"]


def variables_of(action: argparse.Action) -> tuple[str, ...]:
    """The variables of an option; none for one that has no long name, and for `OF_CHILDREN`."""
    names = (
        f"{PREFIX}{option.removeprefix('--').replace('-', '_').upper()}"
        for option in action.option_strings
        if option.startswith("--")
    )
    return tuple(name for name in names if name not in OF_CHILDREN)


def of_options(commands: Commands) -> dict[str, list[str]]:
    """Variable → the commands that read it, in the order of their options."""
    found: dict[str, list[str]] = {}
    for name in COMMANDS:
        for action in _options(commands.choices[name]):
            for variable in variables_of(action):
                found.setdefault(variable, []).append(name)
    return found


def _options(command: Parser) -> Iterator[argparse.Action]:
    """Its options but for help, those that say what is run, and those of the screen, which `tui.look`
    reads."""
    left_out = {"help", *NOT_BY_VARIABLE, *VARIABLES}
    for action in command._actions:
        if action.option_strings and action.dest not in left_out:
            yield action


def _value(command: Parser, action: argparse.Action, name: str, text: str) -> Any:
    """What the option would make of a text."""
    if action.nargs == 0:
        return _switched(action, name, text)
    texts = text.split(",") if isinstance(action, argparse._AppendAction) else [text]
    try:
        values = [command._get_values(action, [each.strip()]) for each in texts if each.strip()]
        text.encode()
    except argparse.ArgumentError as error:
        raise _refused(command, action, name, str(error.message)) from None
    except UnicodeEncodeError:
        raise _refused(command, action, name, "it contains bytes that are not UTF-8") from None
    return values if isinstance(action, argparse._AppendAction) else values[0]


def _switched(action: argparse.Action, name: str, text: str) -> Any:
    """The value of an option without one: `1` sets it, `0` leaves it as it is."""
    if text.strip().lower() in ON:
        return action.const
    if text.strip().lower() in OFF:
        return action.default
    raise UsageError(
        f"invalid variable {name}", why=f"{text!r:.80} is neither 1 nor 0", hint=f"unset it, or {name}=1"
    )


def _refused(command: Parser, action: argparse.Action, name: str, why: str) -> UsageError:
    option = action.option_strings[0]
    return UsageError(
        f"invalid variable {name}",
        why=why,
        hint=f"it is read as {option}: unset it, or see {command.prog} --help",
    )


def json_or_format(arguments: argparse.Namespace) -> tuple[bool, Any]:
    """`--json` and `--format` of a command that has both, of which the command line wins where the other is a
    variable. Raises UsageError if they contradict each other."""
    as_json, text_format = arguments.json, arguments.format
    if not as_json or text_format in (None, "json", ["json"]):
        return as_json, text_format
    json_is_typed, format_is_typed = (option in arguments.typed for option in ("--json", "--format"))
    if json_is_typed == format_is_typed:
        raise UsageError("--json contradicts --format", hint="give one of them")
    return (True, None) if json_is_typed else (False, text_format)


# ---------------------------------------------------------------- what is set


def known(commands: Commands) -> frozenset[str]:
    """All variables that abreast reads."""
    return frozenset({*FIXED, *of_options(commands)})


def in_environment(environment: Iterable[str], known: Collection[str]) -> tuple[list[str], list[str]]:
    """The names of the variables of abreast that are set, and those with its prefix that it does not know."""
    names = sorted(
        name
        for name in environment
        if name.startswith(PREFIX) and name not in OF_CHILDREN and not name.startswith(_OF_TESTS)
    )
    return [name for name in names if name in known], [name for name in names if name not in known]


def nearest(name: str, known: Iterable[str]) -> str:
    """The variable that a misspelled one may mean; empty if there is none like it."""
    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=0.8)), "")
