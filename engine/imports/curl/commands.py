"""curl commands as requests: what curl would send, as far as a plan can say it. Pure.

Rules of this file:
- commands are read, never run; files and variables that they name are not read here;
- what is left out has a note: the option, and what is done instead.
"""

from collections.abc import Iterator, Sequence

from engine.imports.clean import clean
from engine.imports.curl.cmd_words import cmd_commands, is_cmd
from engine.imports.curl.options import ABOUT_OUTPUT, INSTEAD, SHORT, WITH_VALUE
from engine.imports.curl.powershell_words import is_powershell, powershell_commands
from engine.imports.curl.set_variables import SetVariables
from engine.imports.curl.settings import OPTIONS, CurlSettings, OptionError, UnknownDataError
from engine.imports.curl.shell_words import ShellCommand, shell_commands
from engine.imports.marked_text import as_shown, variables_of
from engine.imports.options import ImportOptions
from engine.imports.traffic import ImportedRequest, ImportedTraffic, Note
from targets.errors import UsageError
from targets.secrets import is_secret

MAX_COMMANDS = 1000

_PROMPTS = {"$", ">", "%", "#"}
_BEFORE_CURL = {"time", "sudo", "exec", "command", "env", "then", "do"}


def curl_traffic(text: str, options: ImportOptions) -> ImportedTraffic:
    """The requests of curl commands, one or several. Raises UsageError for a text without any, or a command
    that has no URL."""
    commands = _commands(text)
    reading = _Reading(many=len(commands) > 1)
    for command in commands[:MAX_COMMANDS]:
        reading.take(command)
    if len(commands) > MAX_COMMANDS:
        what = f"left out: {len(commands) - MAX_COMMANDS} more commands"
        reading.notes.append(Note("", what, f"at most {MAX_COMMANDS} are read"))
    if not reading.requests:
        raise UsageError(
            f"{clean(options.name)} has no curl command",
            why="; ".join(f"{note.place}: {note.what}" for note in reading.notes[:5]),
            hint="a command begins with curl: curl 'http://127.0.0.1:8000/items'",
        )
    count = len(reading.requests)
    return ImportedTraffic(
        source="a curl command" if count == 1 else f"{count} curl commands",
        requests=reading.requests,
        journey=bool(options.journey),
        cookies=True if reading.keeps_cookies else None,
        notes=reading.notes,
        variables=reading.variables,
    )


def _commands(text: str) -> list[ShellCommand]:
    """The commands of a text, in the form of the shell that it is written for."""
    if is_cmd(text):
        return cmd_commands(text)
    return powershell_commands(text) if is_powershell(text) else shell_commands(text)


class _Reading:
    """The requests of several commands."""

    def __init__(self, *, many: bool) -> None:
        self.many = many
        self.requests: list[ImportedRequest] = []
        self.notes: list[Note] = []
        self.variables: dict[str, str] = {}
        self.keeps_cookies = False
        self._set = SetVariables()

    def take(self, command: ShellCommand) -> None:
        """Takes in the requests of a command, if it is one of curl."""
        place = f"line {command.line}" if self.many else ""
        given, stdin = self._filled(command, place)
        if self._assigns(given, command):
            return
        words = _without_prompt(given)
        if not words or not _is_curl(words[0]):
            shown = clean(as_shown((words or given or command.words)[0]), 40)
            self.notes.append(Note(f"line {command.line}", f"left out: {shown}", "it is not curl"))
            return
        for name, output in command.outputs.items():
            why = f"set the environment variable {name} to its output"
            self.notes.append(Note(place, f"not run: {output}", why))
        for name in variables_of("\0".join([*words, stdin or ""])):
            self.variables.setdefault(name, f"used in the command{f' of {place}' if place else ''}")
        for settings in _settings(words[1:], place, stdin):
            if command.unread:
                settings.is_unknown = True
                settings.note(f"off: {command.unread}", "abreast cannot read it: write out what it gives")
            self.keeps_cookies |= settings.keeps_cookies
            self.requests += settings.requests()
            self.notes += settings.notes

    def _filled(self, command: ShellCommand, place: str) -> tuple[list[str], str | None]:
        """The words of a command, and what it reads, with the values of variables that the text has set
        before. A word that sets a variable stays one word."""
        words: list[str] = []
        after = [] if command.words[0] == "export" else _without_prompt(command.words)
        settings = len(command.words) - len(after)
        for at, word in enumerate(command.words):
            bare = command.bare.get(at, ()) if at >= settings else ()
            words += self._set.words(word, bare)
        stdin = command.stdin and self._set.filled(command.stdin)
        for name in self._set.too_long:
            why = f"its value is too long: set the environment variable {name} to it"
            self.notes.append(Note(place, f"not filled in: ${name}", why))
        self._set.too_long.clear()
        return words, stdin

    def _assigns(self, words: Sequence[str], command: ShellCommand) -> bool:
        """Takes in a command that only sets variables: `BASE=http://h`, `export A=b`. One with the name of a
        secret stays a variable of the environment."""
        words = words[1:] if words[:1] == ["export"] else words
        if command.outputs or command.unread or not words or not all(map(_is_assignment, words)):
            return False
        for name, _, value in (word.partition("=") for word in words):
            if not is_secret(name):
                self._set.set(name, value)
        return True


def _without_prompt(words: Sequence[str]) -> Sequence[str]:
    """The words without what stands before the program: a prompt, settings of variables, `time`."""
    at = 0
    while at < len(words) and (
        words[at] in _PROMPTS or words[at] in _BEFORE_CURL or _is_assignment(words[at])
    ):
        at += 1
    return words[at:]


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _is_curl(word: str) -> bool:
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name in {"curl", "curl.exe"}


def _settings(words: Sequence[str], place: str, stdin: str | None) -> Iterator[CurlSettings]:
    """The settings of a command; several if it has `--next`."""
    settings = CurlSettings(place, stdin)
    for name, value, written in _options(words, settings):
        if name == "next":
            yield settings
            settings = CurlSettings(place, stdin)
        else:
            _apply(settings, name, value, written)
    yield settings


def _apply(settings: CurlSettings, name: str, value: str, written: str) -> None:
    """Applies one option."""
    if name in OPTIONS:
        try:
            OPTIONS[name](settings, value)
        except UnknownDataError as error:
            settings.is_unknown = True
            settings.note(f"off: {written}", str(error))
        except OptionError as error:
            settings.note(f"left out: {written}", str(error))
    elif name in INSTEAD:
        settings.note(f"left out: {written}", INSTEAD[name])
        settings.keeps_cookies |= name == "cookie-jar"
    elif name not in ABOUT_OUTPUT and name.removeprefix("no-") not in ABOUT_OUTPUT:
        settings.note(f"left out: {written}", "abreast does not know this curl option")


def _options(words: Sequence[str], settings: CurlSettings) -> Iterator[tuple[str, str, str]]:
    """The options of a command: the long name, the value, and how it is written in notes; a URL is the option
    `url`."""
    waiting = list(reversed(words))
    only_urls = False
    while waiting:
        word = waiting.pop()
        if only_urls or not word.startswith("-") or word == "-":
            yield "url", word, "the URL"
        elif word == "--":
            only_urls = True
        elif word.startswith("--"):
            yield _long(word, waiting, settings)
        else:
            yield from _short(word, waiting, settings)


def _long(word: str, waiting: list[str], settings: CurlSettings) -> tuple[str, str, str]:
    name = word[2:]
    if name not in WITH_VALUE:
        return name, "", clean(word, 40)
    return name, _value(word, waiting, settings), word


def _short(word: str, waiting: list[str], settings: CurlSettings) -> Iterator[tuple[str, str, str]]:
    """The options of a word like `-skXPOST`."""
    for at, letter in enumerate(word[1:], 1):
        name = SHORT.get(letter, letter)
        written = f"-{letter}"
        if name in WITH_VALUE:
            yield name, word[at + 1 :] or _value(written, waiting, settings), written
            return
        yield name, "", clean(written, 10)


def _value(written: str, waiting: list[str], settings: CurlSettings) -> str:
    if waiting:
        return waiting.pop()
    raise UsageError(
        f"{settings.place or 'the curl command'}: {clean(written, 40)} has no value",
        why="the command ends after it",
        hint="copy the whole command again",
    )
