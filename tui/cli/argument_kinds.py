"""Kinds of arguments: text → value. Each raises ArgumentTypeError with what is wrong."""

import argparse
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from engine.export.metrics_server import ListenAddress

MOST_VISITORS = 200
"""Of a page; each is a connection."""


def positive_seconds(text: str) -> float:
    """Seconds, above 0 and at most a day: `30`, `30s`, `1m30s`."""
    from targets.durations import seconds_in

    try:
        seconds = seconds_in(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a time: give seconds or one like "1m30s", above 0 and at most 24 h'
        )
    return seconds


def duration_s(text: str) -> float:
    """A duration with its unit, in seconds: `40 ms`, `2 min`."""
    from engine.plan.values import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def file_or_stdout(text: str) -> Path | Literal["-"]:
    """A path, or `-` for standard output; a file of that name is `./-`."""
    return "-" if text == "-" else Path(text)


class Destination(NamedTuple):
    """Where one or several files go."""

    path: Path
    is_folder: bool
    """Whether it was written as a folder: `results/`."""


def destination(text: str) -> Destination | Literal["-"]:
    """A file, a folder, or `-` for standard output."""
    return "-" if text == "-" else Destination(Path(text), text.endswith("/"))


def session_moment_s(text: str) -> int:
    """A moment of a session, in seconds: `02:10`, `1:02:10`, `130 s`."""
    found = re.fullmatch(r"(?:(\d{1,4}):)?(\d{1,5}):([0-5]\d)", text, re.ASCII)
    if found is None:
        try:
            return int(duration_s(text))
        except argparse.ArgumentTypeError:
            raise argparse.ArgumentTypeError(
                f'{text!r} is not a moment; write one like 02:10, 1:02:10 or "130 s"'
            ) from None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds


def whole_number(text: str) -> int:
    """A whole number, in the digits 0 to 9 alone: Python would also take `1_000` and `٣`."""
    if not re.fullmatch(r"[+-]?[0-9]{1,100}", text.strip()):
        raise argparse.ArgumentTypeError(f"{text!r:.80} is not a whole number")
    return int(text)


def amount(text: str) -> float:
    """A number, whole or not, that is finite."""
    plain = re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", text.strip(), re.IGNORECASE)
    number = float(text) if plain else math.inf
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r:.80} is not a number; give one like 0.04")
    return number


def host(text: str) -> str:
    """A host's name or address: what a URL has between its scheme and its port."""
    plain = text.strip()
    has_port = plain.count(":") == 1 or "]:" in plain
    if not plain or has_port or re.search(r"[\s/?#@]", plain):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a host: give a name or an address without scheme and port, such as example.com"
        )
    return plain


def load_workers(text: str) -> int | str:
    """A number of load workers, `auto` or `max`."""
    if text in ("auto", "max"):
        return text
    try:
        return whole_number(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r:.80} is neither a number nor auto or max") from None


def cluster_address(text: str) -> str:
    """Where a Ray cluster is."""
    from engine.protocol.cluster_address import parse_address

    try:
        return str(parse_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def share(text: str) -> float:
    """A share: `5%`, `0.05`."""
    from engine.plan.slo import parse_share

    try:
        return parse_share(text if "%" in text else _number(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _number(text: str) -> float:
    try:
        return amount(text)
    except argparse.ArgumentTypeError:
        raise ValueError(f'{text!r:.80} is not a share; write one like "5 %" or 0.05') from None


def listen_address(text: str) -> "ListenAddress":
    """A port, or an IP address and a port: `9100`, `0.0.0.0:9100`."""
    from engine.export.metrics_server import ListenAddress

    try:
        return ListenAddress.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def collector_url(text: str) -> str:
    """The URL that metrics are sent to, from that of a collector: `http://127.0.0.1:4318`."""
    from engine.export.otlp_sender import endpoint_of

    try:
        return endpoint_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def ip_address(text: str) -> str:
    """An IP address, as it is usually written: `127.0.0.1`, `0.0.0.0`, `::1`; also `localhost`."""
    import ipaddress

    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text.strip("[]")))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an IP address; give one like 127.0.0.1 or 0.0.0.0"
        ) from None


def port_number(text: str) -> int:
    """A port; 0 for a free one."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give one from 0 to 65535, like 8642")
    return int(text)


def number_of_visitors(text: str) -> int:
    """How many visitors there may be at a time."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_VISITORS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of visitors; give 1 to {MOST_VISITORS}")
    return int(text)
