"""Kinds of values that options of targets can have: what is allowed, and how a text is parsed. Pure."""

import re
from dataclasses import dataclass

from targets import database
from targets.durations import seconds_in


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within limits: a typing error must not fill the machine with processes."""

    lowest: int
    highest: int
    unit: str = ""

    def parse(self, text: str) -> int:
        """The number. Raises ValueError."""
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise ValueError
        number = int(text)
        if str(number) != text or not self.lowest <= number <= self.highest:
            raise ValueError
        return number

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return f"it must be a whole number from {self.lowest} to {self.highest}"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return f"{self.lowest}…{self.highest}{self.unit and ' '}{self.unit}"


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time: `2`, `0.5`, `500ms`, `2s`, `1m30s`."""

    lowest: float
    highest: float

    def parse(self, text: str) -> float:
        """Seconds. Raises ValueError."""
        seconds = seconds_in(text)
        if not self.lowest <= seconds <= self.highest:
            raise ValueError
        return seconds

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return f"it must be a time from {self.lowest:g} to {self.highest:g} seconds"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return f"{self.lowest:g}…{self.highest:g} s"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def parse(self, text: str) -> str:
        """The word. Raises ValueError."""
        if text not in self.words:
            raise ValueError
        return text

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return f"it must be one of: {', '.join(self.words)}"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return " | ".join(self.words)


@dataclass(frozen=True, slots=True)
class Cores:
    """Cores: a number of them (`2`), or certain ones (`@0`, `@0-1`, `@0+2`)."""

    def parse(self, text: str) -> str:
        """The text itself. Raises ValueError."""
        numbers = [int(each) for each in re.findall(r"[0-9]{1,4}", text)]
        which = re.fullmatch(r"@[0-9]{1,4}(-[0-9]{1,4})?(\+[0-9]{1,4}(-[0-9]{1,4})?)*", text)
        if not (which or re.fullmatch(r"[1-9][0-9]{0,3}", text)) or max(numbers) > 4095:
            raise ValueError
        if which and not chosen_cores(text):
            raise ValueError
        return text

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return "it must be a number of cores (2), or certain cores after an @ (@0, @0-1, @0+2)"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return "N cores, or certain ones: @0-1+3"


def chosen_cores(text: str) -> tuple[int, ...]:
    """The cores that `@0-1+3` names, in order; none for a number of cores, or where a range runs
    backwards."""
    cores: set[int] = set()
    if text.startswith("@"):
        for part in text[1:].split("+"):
            low, _, high = part.partition("-")
            if high and int(high) < int(low):
                return ()
            cores.update(range(int(low), int(high or low) + 1))
    return tuple(sorted(cores))


@dataclass(frozen=True, slots=True)
class Memory:
    """An amount of memory (`512m`, `2g`), or `none`."""

    lowest: int = 16 * 1024**2

    def parse(self, text: str) -> str:
        """The text itself. Raises ValueError."""
        if text != "none" and not (
            re.fullmatch(r"[1-9][0-9]{0,6}[mg]", text) and (bytes_in(text) or 0) >= self.lowest
        ):
            raise ValueError
        return text

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return "it must be an amount of memory from 16m (512m, 2g), or none for no limit"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return "16m… | none"


@dataclass(frozen=True, slots=True)
class DatabaseChoice:
    """Where rows are kept: a kind of database, a URL, or the name of an environment variable with one."""

    def parse(self, text: str) -> str:
        """The text itself. Raises ValueError."""
        if not text:
            raise ValueError
        return database.parse_choice(text)

    @property
    def allowed(self) -> str:
        """What is allowed, as a sentence."""
        return f"it must be {database.ALLOWED}"

    @property
    def range(self) -> str:
        """What is allowed, in short."""
        return "sqlite | mysql | postgresql | URL | VARIABLE"


def bytes_in(text: str) -> int | None:
    """The bytes of `512m` or `2g`, in powers of 1024; None for `none`."""
    return None if text == "none" else int(text[:-1]) * 1024 ** (3 if text[-1] == "g" else 2)


Kind = Whole | Seconds | OneOf | Cores | Memory | DatabaseChoice
