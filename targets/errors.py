"""The base of every error that people see: what happened, why, and what to do about it."""

import os
import re
from difflib import get_close_matches
from typing import TypeVar

from targets.exit_codes import ExitCode
from targets.secrets import Masker, masked_text


class AbreastError(Exception):
    """An error for people, in three sentences, without secrets.

    `exit_code` is the exit code of a command that ends with it.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, *, why: str = "", hint: str = "") -> None:
        super().__init__(masked_text(what))
        self.what = masked_text(what)
        """What happened, as one sentence without a full stop."""
        self.why = masked_text(why)
        """The cause as far as it is known; empty if `what` says enough."""
        self.hint = hint
        """What to do now."""

    def __str__(self) -> str:
        parts = [self.what, self.why and f"  why:  {self.why}", self.hint and f"  hint: {self.hint}"]
        return "\n".join(part.replace("\n", "\n        ") for part in parts if part)


class UsageError(AbreastError):
    """The command line or the plan asks for something that does not exist or cannot be done."""


class TargetError(AbreastError):
    """A target could not be started, never got ready, or died by itself."""

    exit_code = ExitCode.TARGET_FAILED


class LoadError(AbreastError):
    """The load workers could not be started, or kept exiting: there is no measurement."""

    exit_code = ExitCode.TARGET_FAILED


AnyError = TypeVar("AnyError", bound=AbreastError)


def without_values(error: AnyError, masker: Masker) -> AnyError:
    """The error with the names of variables of the environment in place of their values."""
    what, why, hint = map(masker.with_variables, (error.what, error.why, error.hint))
    if (what, why, hint) == (error.what, error.why, error.hint):
        return error
    made = type(error)(what, why=why, hint=hint)
    made.__cause__ = error
    return made


def in_a_line(error: AbreastError) -> str:
    """What happened and why, in one line."""
    return " ".join(": ".join(filter(None, (error.what, error.why))).split())


def first_of(errors: BaseExceptionGroup[AbreastError]) -> AbreastError:
    """The first error of a group, however deep it lies: task groups wrap what is raised in them."""
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, AbreastError)
    return found


def innermost(error: BaseException) -> str:
    """What went wrong, on one line, from within the groups that task groups wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {reason_of(error)}"


def reason_of(error: BaseException) -> str:
    """Why something failed, from its exception; never empty.

    Many exceptions have no text (a TimeoutError, a cancellation): then it is their cause, or else their name
    in words. Of a group it is the first exception.
    """
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError) and not error.errno:
        return str(error).strip() or "it took too long"
    text = _text_of(error)
    beneath = error.__cause__ or error.__context__
    return text.strip() or (reason_of(beneath) if beneath is not None else _in_words(type(error).__name__))


def _text_of(error: BaseException) -> str:
    if not isinstance(error, OSError):
        return str(error)
    text: str = getattr(error, "verify_message", "") or error.strerror or str(error)
    # asyncio's own text says less than the number: "Connect call failed ('127.0.0.1', 80)".
    return os.strerror(error.errno) if error.errno and text.startswith("Connect call failed") else text


def _in_words(name: str) -> str:
    """`BrokenResourceError` in words: "broken resource"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Error") or name).lower()


def unknown(kind: str, name: str, known: list[str], *, hint: str = "") -> UsageError:
    """A `UsageError` for an unknown name, which suggests the nearest known one."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    guess = f"did you mean {near[0]!r}? " if near else ""
    one, of, whole = kind.partition(" of ")
    return UsageError(
        f"unknown {kind} {name!r}",
        why=f"known: {', '.join(known)}",
        hint=(guess + hint).strip() or f"choose one of these {one}s{of}{whole}",
    )
