"""`abreast serve`: a session in a browser, for teammates who follow on their own machines and phones."""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from targets.exit_codes import ExitCode
from tui.cli.argument_kinds import ip_address, number_of_visitors, port_number
from tui.cli.common_arguments import add_log, add_session
from tui.cli.console import end_line, out_document, replace_line, say
from tui.cli.parser import Commands
from tui.cli.watch import NICER_BY, opened_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import IO, Any

    import anyio

    from tui.recorded_host import RecordedHost
    from tui.serve.access import Access
    from tui.serve.server import Place
    from tui.serve.site import Site

DEFAULT_VISITORS = 20
COUNT_EVERY_S = 0.5
"""How often the line with the number of visitors is renewed."""


def add_command(commands: Commands) -> None:
    """Adds the command."""
    serve = commands.add_parser(
        "serve",
        help="show a session in a browser, read only, while it runs or afterwards",
        description="Serve a page on which others follow a session in a browser: live while it runs, then "
        "its result. The page is read only: it cannot start, stop or steer anything.",
    )
    add_session(serve)
    serve.add_argument(
        "--host",
        type=ip_address,
        default="127.0.0.1",
        metavar="ADDRESS",
        help="an IP address of this machine, or 0.0.0.0 for all of them: then the link contains a token, "
        "without which nothing is shown (default: 127.0.0.1, for this machine only)",
    )
    serve.add_argument(
        "--port",
        type=port_number,
        metavar="PORT",
        help="the port, 0 for a free one (default: 8642, or a free one if that is taken)",
    )
    serve.add_argument(
        "--token",
        action="store_true",
        help="use a token on 127.0.0.1 too, for a machine on which others have accounts",
    )
    serve.add_argument(
        "--visitors",
        type=number_of_visitors,
        default=DEFAULT_VISITORS,
        metavar="N",
        help=f"the most visitors at a time (default: {DEFAULT_VISITORS})",
    )
    serve.add_argument(
        "--json", action="store_true", help="print the links as JSON to standard output once it serves"
    )
    add_log(serve)
    serve.set_defaults(run=serve_session)


def serve_session(arguments: argparse.Namespace) -> int:
    """`abreast serve`."""
    import anyio

    file, path = opened_session(arguments.session)
    with file:
        return anyio.run(_serve, file, path, arguments)


async def _serve(file: "IO[bytes]", path: "Path", arguments: argparse.Namespace) -> int:
    import anyio

    from engine.recording import visitors_file
    from targets.runtime.front_priority import lower_for_good
    from tui.cli.signals import ending_with
    from tui.serve.access import Access, is_loopback, new_token
    from tui.serve.feed import Feed
    from tui.serve.follow import Reporter, can_report, followed, spare_cores
    from tui.serve.server import Place, bound, serving
    from tui.serve.site import Site

    ended, crashes = anyio.Event(), list[BaseException]()

    def crash(error: BaseException) -> None:
        crashes.append(error)
        ended.set()

    lower_for_good(spare_cores(file, path), NICER_BY)
    feed = Feed()
    is_open = not is_loopback(arguments.host)
    with ending_with(ended.set):
        async with followed(file, path, feed, reports=can_report(), is_open=is_open) as host:
            host.on_crash = ended.set
            listening = bound(arguments.host, arguments.port)
            place = Place(arguments.host, listening.getsockname()[1])
            token = new_token() if place.is_open or arguments.token else ""
            access = Access(token, is_open=place.is_open)
            site = Site(feed, access, arguments.visitors, Reporter(path, host, feed).report, crash)
            async with serving(site, listening):
                _announce(place, access, as_json=arguments.json)
                _log(
                    "serving",
                    f"serving on {place.host} port {place.port}",
                    path,
                    other_machines=place.is_open,
                )
                try:
                    await _count(site, host, ended, partial(_log, "visitors", path=path))
                finally:
                    visitors_file.forget(path.parent)
    if error := host.crash or next(iter(crashes), None):
        raise error
    return ExitCode.DONE


def _log(event: str, message: str, path: "Path", **fields: "Any") -> None:
    """Notes something about the session in `path` for `--log-file`. Links are not logged: they may contain a
    token."""
    import logging

    from tui.cli.log_file import note

    note(logging.INFO, event, message, session_id=path.parent.name, **fields)


def _announce(place: "Place", access: "Access", *, as_json: bool) -> None:
    links = place.links(access.root)
    for link in links:
        say(f"abreast: {link}")
    if as_json:
        out_document(
            {
                "schema": "abreast/serve@1",
                "links": links,
                "has_token": bool(access.token),
                "other_machines": place.is_open,
            }
        )
    say(exposed(place.is_open, has_token=bool(access.token)))


def exposed(is_open: bool, *, has_token: bool) -> str:
    """Who can read what, in words."""
    if is_open:
        return (
            "Everyone with the link who can reach this machine can read the session: its targets, figures "
            "and events without folders and logs, and at the end its report, which names commands, folders, "
            "why targets failed and this machine's environment. "
            "The connection is not encrypted. Nothing can be changed there. Ctrl+C ends it."
        )
    who = "everyone with the link" if has_token else "every user of this machine"
    more = "" if has_token else " To share it with other machines: --host 0.0.0.0."
    return (
        f"Only this machine can open it, and {who} can. Nothing can be changed there.{more} Ctrl+C ends it."
    )


async def _count(
    site: "Site", host: "RecordedHost", ended: "anyio.Event", log: "Callable[..., None]"
) -> None:
    """Keeps a line with the number of visitors, and a note for the session's front, until it is to end."""
    import anyio

    from engine.recording import visitors_file

    shown, noted = "", -1
    while not ended.is_set():
        if host.playback().state.is_running and site.watching != noted:
            noted = site.watching
            visitors_file.note(host.recording().parent, noted)
        text = visitors_text(site.watching, site.most_watching, host.playback().state.outcome)
        if text != shown:
            replace_line(text)
            log(text, watching=site.watching)
            shown = text
        with anyio.move_on_after(COUNT_EVERY_S):
            await ended.wait()
    end_line()


def visitors_text(watching: int, most: int, outcome: str) -> str:
    """How many watch now, and whether the session still runs (`outcome` is empty then)."""
    now = {0: "no visitors", 1: "1 visitor"}.get(watching, f"{watching} visitors")
    at_most = f" (at most {most} at a time)" if most > watching else ""
    ended = "SLO missed" if outcome == "threshold" else outcome
    return f"{now}{at_most} · the session {f'has ended: {ended}' if ended else 'runs'}"
