"""Command lines: they are understood, up to what would start, or refused with a reason."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from random import Random

import orjson

from engine.attach.resolve import chosen, resolve
from targets.plain_text import visible
from targets.runtime.containers.inventory import FoundContainer
from tests.fuzz.harness import reasons, scratch_folder
from tests.fuzz.mutation import INTERESTING, mutated
from tui.cli import lists, presets, report, runs, sessions
from tui.cli.arguments import parse_arguments

LINES = (
    "run hello --targets fastapi,django-wsgi:threads=16 --users 50 --seconds 10",
    "run hello --headless --json --strict --export out.json",
    "run tasks --think-time 500ms --network-delay 40ms --slo p95<200ms,errors<1%",
    "run io-intensive --schedule solo --database mysql://user:password@127.0.0.1:3306",
    "run ramp --workload login --client httpx --load-workers auto --accept-difference",
    "run hello --runtime docker --targets fastapi:front=nginx:cpus=1:env.A=b",
    "run ./plan.toml --load-workers 2 --allow-host example.org",
    "attach http://127.0.0.1:9000 --path /a?b=c --health /up --users 3 --seconds 2s",
    "attach https://[::1]:8443 http://localhost --targets localhost,1--8443",
    "attach --workload hello http://h:1",
    "targets", "targets django-wsgi:server=uwsgi --json", "targets fastapi:runtime=docker:workers=4",
    "presets --json", "sessions", "sessions --search a --sort size --json", "sessions rename last x",
    "report last --out out.json", "report 2025 --format json", "report --formats --json",
    "run hello --otlp http://127.0.0.1:4318 --log-file a.jsonl --log-level debug --duration 1m30s",
    "completion bash", "doctor --json", "gate plan.toml --against main --json", "serve --json --port 0",
    "--charts ascii", "--version", "--help", "run --help",
)  # fmt: skip
PIECES = (
    b"--", b"-", b"--users", b"--seconds", b"--targets", b"--path", b"--database", b"=", b"@", b"://",
    b"\x00ff", b"--json",
    b"fastapi", b"cpus=@0-99999999999", b"workers=99999999999999999999", b"memory=1e999g",
    b"cpus=0.0000001", b"env.=x",
    b"env.A=B=C", b"http://a..b", b"http://x:99999", b"http://[::1", b"http://user:pw@h",
    b"http://h\xc3\xbc", b"/dev/full",
    b"last", b"../../etc", b"~", b"1e999", b"nan s", b"-1", b"9" * 5000, b"p99.9999999999 < 1us",
    b"errors < 1e-400 %",
)  # fmt: skip


@contextmanager
def suppress_end() -> Iterator[None]:
    """Help and version end well."""
    try:
        yield
    except SystemExit as end:
        if end.code not in (0, None):
            raise


PRINTS = (presets.presets_command, lists.list_targets, sessions.sessions, report.report_session)


class CommandLines:
    """Words as a shell hands them over, bytes that are no UTF-8 among them."""

    def __init__(self) -> None:
        folder = scratch_folder()
        os.environ["ABREAST_HOME"] = str(folder / "home")
        (folder / "plan.toml").write_text(
            'title = "Mine"\ntargets = ["fastapi"]\nstages = [{ users = 1, hold = "1 s" }]\n'
        )
        self.lines = [line.replace("./", f"{folder}/").encode() for line in LINES]

    def make(self, random: Random) -> list[str]:
        """The words after `abreast`."""
        words = random.choice(self.lines).split(b" ")
        for _ in range(random.choice((1, 1, 2, 3))):
            at = random.randrange(len(words) + 1)
            match random.randrange(6):
                case 0:
                    words = words[:at] + words[at + 1 :]
                case 1:
                    words.insert(at, random.choice((*PIECES, *INTERESTING)))
                case 2:
                    words.insert(at, random.choice(random.choice(self.lines).split(b" ")))
                case _ if at < len(words):
                    words[at] = mutated(words[at], random, (*PIECES, *INTERESTING), (*PIECES, *words))
        # No argument of a process can hold a zero byte.
        return [os.fsdecode(word.replace(b"\x00", b"")) for word in words]

    def check(self, made: list[str]) -> None:
        """Raises for another end than the start of something, or a reason why not."""
        out = io.StringIO()
        with redirect_stdout(out), reasons(), suppress_end():
            self._obey(made)
        assert visible(out.getvalue()) == out.getvalue()

    def _obey(self, words: list[str]) -> None:
        arguments = parse_arguments(words)
        if arguments.run is runs.run:
            plan = runs.plan_of(arguments)
            assert orjson.loads(orjson.dumps(plan.model_dump(mode="json")))
        elif arguments.run is runs.attach:
            request = runs.attach_request_of(arguments)
            urls = [word for word in request.words if "://" in word]
            chosen(resolve(urls, FoundContainer("127.0.0.1", ())), request.targets)
        elif arguments.run in PRINTS:
            arguments.run(arguments)
