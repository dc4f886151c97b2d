"""Words of commands as a POSIX shell splits them, for commands that are read and never run. Pure.

Rules of this file (POSIX, Shell Command Language, 2.2 and 2.3; `$'…'` as bash and zsh have it):
- nothing is expanded: `$NAME` becomes a variable of the plan's environment, the output of `$(…)` too, but for
  `$(cat <<EOF…)`, whose lines are in the text; a command with one that is not understood is marked;
- an `&` within a word stays: an unquoted URL with a query is meant as a URL;
- a line that goes on after `>`, the prompt of a terminal, goes on with an option;
- redirections are dropped, but for what the text itself gives a command to read: `<<EOF`, `<<<`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.imports.clean import clean
from engine.imports.curl.prompts import after_prompt
from engine.imports.marked_text import unmarked, variable, variables_of
from engine.imports.variables import PREFIX
from targets.errors import UsageError

_TOKEN = re.compile(
    r"""
      (?P<joined>\\\r?\n(?:>[ \t]+(?=--?[A-Za-z]))?)
    | (?P<escaped>\\.)
    | (?P<space>[ \t\r]+)
    | (?P<newline>\n)
    | (?P<ansi>\$'(?:[^'\\]|\\.)*')
    | (?P<single>'[^']*')
    | (?P<double>\$?"(?:[^"\\]|\\.)*")
    | (?P<output>\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`)
    | (?P<variable>\$(?:\{[A-Za-z_]\w*(?::?-[^{}]*)?\}|[A-Za-z_]\w*))
    | (?P<unread>\$[({])
    | (?P<redirect>\d*(?:>>|>\||>&|<<<|<<-?|<&|<>|>|<)[ \t]*)
    | (?P<operator>&&|\|\||;;|[;|])
    | (?P<and>&)
    | (?P<plain>[^\s'"\\$`;&|<>]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_IN_DOUBLE = re.compile(
    r"""
      (?P<joined>\\\r?\n)
    | \\(?P<escaped>[$`"\\])
    | (?P<output>\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`)
    | (?P<variable>\$(?:\{[A-Za-z_]\w*(?::?-[^{}]*)?\}|[A-Za-z_]\w*))
    | (?P<unread>\$[({]|`)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_OUTPUT_OF_LINES = re.compile(
    r"""
      (?P<quote>\$?"(?P<before>(?:[^"\\$]|\\.|\$(?!\())*+))?
      \$\((?P<program>[^()<'"`]{0,80}+)<<(?P<tabs>-?)[ \t]*
      (?P<literal>['"\\]?)(?P<end>[\w.-]+)['"]?(?P<rest>[^\n]*)\n
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
"""The output of a program that reads lines of the text: `"$(cat <<EOF`. A word begins here or goes on."""
_AFTER_LINES = re.compile(r"[^()\"'`]*\)")
_TO_QUOTE = re.compile(r'((?:[^"\\]|\\.)*+)"', re.DOTALL)
_VARIABLE_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ANSI = re.compile(
    r"\\(?:(?P<bytes>(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3})(?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})*)"
    r"|u(?P<u>[0-9A-Fa-f]{1,4})|U(?P<U>[0-9A-Fa-f]{1,8})|c(?P<control>.)|(?P<sign>.))",
    re.DOTALL,
)
_SIGNS = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"
}  # fmt: skip
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


@dataclass(slots=True)
class ShellCommand:
    """One command and its words."""

    line: int
    """Where it begins, from 1."""
    words: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    """Commands whose output it uses, `$(…)`, by the variable that stands for it. None of them is run."""
    bare: dict[int, set[str]] = field(default_factory=dict)
    """Variables outside of quotes, by the index of their word."""
    unread: str = ""
    """A part that is not understood, as it is written: what the shell would make of it is unknown."""
    stdin: str | None = None
    """What it reads from its standard input, if the text has that: the lines of a here-document, or a
    here-string."""


@dataclass(frozen=True, slots=True)
class _HereDocument:
    """Lines that follow and are what a command reads (POSIX, 2.7.4)."""

    command: ShellCommand
    end: str
    """The line after the last one."""
    is_literal: bool
    """A part of `end` was quoted: nothing in the lines is expanded."""
    without_tabs: bool
    """`<<-`: tabs at the beginning of a line are dropped."""


def shell_commands(text: str) -> list[ShellCommand]:
    """The commands of a text, without empty ones. Raises UsageError for a quote that is not closed."""
    return _Splitter(unmarked(text)).commands()


class _Splitter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.line = 1
        self.found: list[ShellCommand] = []
        self.command = ShellCommand(1)
        self.word: list[str] | None = None
        """Parts of the word that is being read; None between words."""
        self.has_quotes = False
        """Whether a part of that word is quoted."""
        self.bare: set[str] = set()
        """Variables of that word outside of quotes."""
        self.redirection = ""
        """The operator whose file the next word is; empty if there is none."""
        self.documents: list[_HereDocument] = []
        """Those that begin after this line."""
        self.outputs = 0

    def commands(self) -> list[ShellCommand]:
        at = 0
        while at < len(self.text):
            at = self._token(at)
        self._end_command()
        return self.found

    def _token(self, at: int) -> int:
        """Takes the token that begins here; where the next one does."""
        if self.word is None and not self.command.words:
            at = after_prompt(self.text, at)
        if lines := _OUTPUT_OF_LINES.match(self.text, at):
            return self._output_of_lines(lines)
        token = _TOKEN.match(self.text, at)
        assert token is not None, "every character matches"
        kind, written = token.lastgroup or "other", token[0]
        if self.word is None and written.startswith("#"):
            end = self.text.find("\n", at)
            return len(self.text) if end < 0 else end
        match kind:
            case "space":
                self._end_word()
            case "newline":
                self._end_command()
                self.line += 1
                end = self._here_documents(token.end())
                self.command.line = self.line
                return end
            case "operator":
                self._end_command()
            case "and":
                self._ampersand(token.end())
            case "redirect":
                self._redirect(written)
            case _:
                self._take(kind, written)
        self.line += written.count("\n")
        if self.command.words or self.word is not None:
            return token.end()
        self.command.line = self.line
        return token.end()

    def _ampersand(self, end: int) -> None:
        """An `&` in the middle of a word is meant as a part of it: a query."""
        following = self.text[end : end + 1]
        if self.word and following and not following.isspace() and following not in "&;|":
            self.word.append("&")
        else:
            self._end_command()

    def _redirect(self, written: str) -> None:
        self._end_word()
        self.redirection = written.strip()

    def _here_documents(self, at: int) -> int:
        """Takes the lines that begin here and that commands before them read; where the next line begins."""
        for document in self.documents:
            document.command.stdin, at = self._lines_of(document, at)
        self.documents.clear()
        return at

    def _lines_of(self, document: _HereDocument, at: int) -> tuple[str, int]:
        """The lines of a document that begins here, and where the next line begins."""
        lines: list[str] = []
        while at < len(self.text):
            line, at = self._line(at)
            line = line.lstrip("\t") if document.without_tabs else line
            if line.rstrip("\r\n") == document.end:
                break
            lines.append(line if line.endswith("\n") else f"{line}\n")
        text = "".join(lines)
        return (text if document.is_literal else self._expanded(document.command, text)), at

    def _output_of_lines(self, begun: re.Match[str]) -> int:
        """Takes `$(cat <<EOF…)` or the like, with the quoted text around it; where the next token begins."""
        first_line = self.line
        self.line += begun[0].count("\n")
        is_quoted = begun["quote"] is not None
        document = _HereDocument(self.command, begun["end"], bool(begun["literal"]), bool(begun["tabs"]))
        lines, at = self._lines_of(document, begun.end())
        closed = _AFTER_LINES.match(self.text, at)
        rest = _TO_QUOTE.match(self.text, closed.end()) if closed and is_quoted else None
        if closed is None or (is_quoted and rest is None):
            raise UsageError(
                f"line {first_line}: a $(…) with lines to read is not closed",
                why=f"after its lines, which end with {begun['end']}, there is no )",
                hint="copy the whole command again",
            )
        output = lines.rstrip("\n")
        if begun["program"].split() != ["cat"] or begun["rest"].strip() or closed[0].strip() != ")":
            output = self._output(f"$({begun['program'].strip()} <<{begun['end']} …)")
        elif not is_quoted and len(output.split()) != 1:
            self.command.unread = "$(…) without quotes"
        parts = [self._in_double(begun["before"] or ""), output, self._in_double(rest[1] if rest else "")]
        self.word = [] if self.word is None else self.word
        self.word += parts
        self.has_quotes |= is_quoted
        self.line += closed[0].count("\n") + (rest[0].count("\n") if rest else 0)
        return rest.end() if rest else closed.end()

    def _line(self, at: int) -> tuple[str, int]:
        """The line that begins here, with its end, and where the next one begins."""
        end = self.text.find("\n", at) + 1 or len(self.text)
        self.line += self.text.endswith("\n", at, end)
        return self.text[at:end], end

    def _expanded(self, command: ShellCommand, text: str) -> str:
        """Lines of a here-document, in which a quote is only a character."""
        current, self.command = self.command, command
        text = self._in_double(text, quotes=False)
        self.command = current
        return text

    def _take(self, kind: str, written: str) -> None:
        word = self.word = [] if self.word is None else self.word
        self.has_quotes |= kind in {"escaped", "single", "double", "ansi"}
        match kind:
            case "escaped":
                word.append(written[1:])
            case "single":
                word.append(written[1:-1])
            case "double":
                word.append(self._in_double(written.lstrip("$")[1:-1]))
            case "ansi":
                word.append(ansi_text(written[2:-1]))
            case "variable":
                mark = _variable_of(written)
                self.bare |= set(variables_of(mark))
                word.append(mark)
            case "unread":
                self.command.unread = f"{written}…"
                word.append(written)
            case "output":
                word.append(self._output(written))
            case "joined":
                self.word = word or None
            case "other" if written in "'\"`":
                raise UsageError(
                    f"line {self.line}: a quote is not closed",
                    why=f"nothing ends the {written}",
                    hint="copy the whole command again",
                )
            case _:
                word.append(written)

    def _in_double(self, inner: str, *, quotes: bool = True) -> str:
        def part(found: re.Match[str]) -> str:
            match found.lastgroup:
                case "joined":
                    return ""
                case "escaped":
                    return found["escaped"] if quotes or found["escaped"] != '"' else found[0]
                case "output":
                    return self._output(found[0])
                case "unread":
                    self.command.unread = f"{found[0]}…"
                    return found[0]
            return _variable_of(found[0])

        return _IN_DOUBLE.sub(part, inner)

    def _output(self, written: str) -> str:
        self.outputs += 1
        name = f"{PREFIX}OUTPUT" + (f"_{self.outputs}" if self.outputs > 1 else "")
        self.command.outputs[name] = clean(written, 60)
        return variable(name)

    def _end_word(self) -> None:
        if self.word is None:
            return
        word = "".join(self.word)
        match self.redirection:
            case "":
                if self.bare:
                    self.command.bare[len(self.command.words)] = self.bare
                self.command.words.append(word)
            case "<<<":
                self.command.stdin = f"{word}\n"
            case "<<" | "<<-" as operator:
                document = _HereDocument(self.command, word, self.has_quotes, operator == "<<-")
                self.documents.append(document)
        self.word, self.has_quotes, self.bare, self.redirection = None, False, set(), ""

    def _end_command(self) -> None:
        self._end_word()
        self.redirection = ""
        if self.command.words:
            self.found.append(self.command)
        self.command = ShellCommand(self.line)


def _variable_of(written: str) -> str:
    """The mark of `$NAME`, `${NAME}` or `${NAME:-default}`; the default is dropped."""
    name = _VARIABLE_NAME.search(written)
    assert name is not None, "the pattern has a name"
    return variable(name[0])


def ansi_text(inner: str) -> str:
    """What `$'…'` says (POSIX 2024, 2.2.4). Bytes that are not UTF-8 are Latin-1, which is how Firefox writes
    them; halves of a surrogate pair are joined, which is how Chrome writes what is beyond U+FFFF."""
    return _joined(_ANSI.sub(_ansi_part, inner))


def _ansi_part(found: re.Match[str]) -> str:
    if found["bytes"]:
        data = bytes(_byte(part) for part in found["bytes"].split("\\"))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if code := found["u"] or found["U"]:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if found["control"]:
        return chr(ord(found["control"]) & 0x1F)
    return _SIGNS.get(found["sign"], found["sign"] if found["sign"] in "\\'\"?" else f"\\{found['sign']}")


def _byte(written: str) -> int:
    return (int(written[1:], 16) if written[0] == "x" else int(written, 8)) & 0xFF


def _joined(text: str) -> str:
    """The text with pairs of surrogates as one character each; a lone one becomes U+FFFD."""
    if text.isascii():
        return text
    return "".join(_characters(text))


def _characters(text: str) -> Iterator[str]:
    high = 0
    for sign in text:
        code = ord(sign)
        if high and code in _LOW:
            yield chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
            high = 0
            continue
        if high:
            yield "\ufffd"
        high = code if code in _HIGH else 0
        if not high:
            yield "\ufffd" if code in _LOW else sign
    if high:
        yield "\ufffd"
