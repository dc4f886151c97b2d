"""What a session checks before load, load gets: the same addresses, the same trust, and no longer a wait."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme

from engine.attach import discover
from engine.export.loaded import load
from engine.plan.plan import Plan
from engine.preflight.allowed_hosts import look_up
from engine.session.session import Session, opened
from targets.errors import UsageError
from targets.runtime.child_env import child_environment, tls_environment
from tests.engine.hosting.test_custom_targets import own_plan
from tests.support.certificates import AUTHORITY, server_context
from tests.support.live_sessions import finished, until
from tests.support.servers import CountingServer, answer, read_request, serving, unused_port

pytestmark = pytest.mark.anyio

PUBLIC = "203.0.113.9"
"""Of a block for documentation (RFC 5737)."""


class Names:
    """A name server whose answers may change from one look-up to the next; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def ran(plan: Plan, names: Names | None = None) -> Session:
    async with opened(plan, look_up=names or look_up) as session:
        await finished(session)
    return session


async def loaded(plan: Plan, names: Names | None = None) -> Session:
    """As `ran`, for as long as it takes to see what becomes of its requests."""
    async with opened(plan, open_ended=True, look_up=names or look_up) as session:
        await until(
            session,
            lambda: any(each.totals.ok >= 3 or each.totals.errors for each in session.snapshot.targets),
        )
        session.end()
        await finished(session)
    return session


def total(session: Session) -> tuple[int, int]:
    """Requests that went well, and others."""
    (target,) = load(session.recorder.journal.path).document["targets"]
    return target["summary"]["ok"], target["summary"]["failed"]


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize("extra", [{}, {"client": "httpx"}, {"network_delay": "2 ms"}], ids=str)
async def test_load_goes_to_the_addresses_that_were_checked(tmp_path: Path, extra: dict[str, Any]) -> None:
    """After the last check the name means somebody else, who gets nothing: he is not even connected to."""
    server, stranger = CountingServer(), CountingServer()
    async with (
        serving(server, host="127.0.0.2") as port,
        await asyncio.start_server(stranger, "127.0.0.1", port),
    ):
        names = Names(["127.0.0.2"], ["127.0.0.2"], [PUBLIC])
        plan = own_plan(tmp_path, {"name": "moving", "url": f"http://shop.test:{port}"}, **extra)
        session = await loaded(plan, names)
    assert (session.outcome, session.error) == ("completed", None)
    ok, failures = total(session)
    assert 0 < ok <= server.requests["/hello"]
    assert failures == 0
    assert stranger.connections == 0
    assert names.asked == ["shop.test"] * 2, "before the session, and when the target starts"


async def test_the_host_is_still_asked_for_by_its_name(tmp_path: Path) -> None:
    heads: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append((await read_request(reader))[2])
            writer.write(answer())

    context, named = server_context("shop.test"), []
    context.sni_callback = lambda _, name, __: named.append(name)
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.cert_pem.bytes())
    for client in ("own", "httpx"):
        async with serving(listening, tls=context) as port:
            target = {"name": "secure", "url": f"https://shop.test:{port}", "ca": "ca.pem"}
            session = await loaded(own_plan(tmp_path, target, client=client), Names(["127.0.0.1"]))
        ok, failures = total(session)
        assert (ok > 0, failures) == (True, 0)
        assert all(f"\r\nHost: shop.test:{port}\r\n".encode() in head for head in heads)
        heads.clear()
    assert set(named) == {"shop.test"}


async def test_a_name_that_becomes_a_strangers_between_two_checks_gets_no_load(tmp_path: Path) -> None:
    for bad in (PUBLIC, "169.254.169.254"):
        names = Names(["127.0.0.1"], [bad])
        plan = own_plan(tmp_path, {"name": "moving", "url": f"http://shop.test:{unused_port()}"})
        session = await ran(plan, names)
        assert session.outcome == "failed"
        assert "abreast sends no load to shop.test" in session.snapshot.targets[0].trouble
        assert bad in session.snapshot.targets[0].trouble


async def test_a_redirect_is_an_answer_and_nobody_follows_it(tmp_path: Path) -> None:
    elsewhere = CountingServer()
    async with serving(elsewhere, host="127.0.0.2") as other:
        away = answer(status="302 Found", headers=f"Location: http://127.0.0.2:{other}/\r\n")
        async with serving(CountingServer(health=away)) as port:
            plan = own_plan(tmp_path, {"name": "t", "url": f"http://127.0.0.1:{port}", "health": "/health"})
            session = await loaded(plan)
    assert session.outcome == "completed"
    assert elsewhere.connections == 0


# ---------------------------------------------------------------- trust


@pytest.mark.parametrize("client", ["own", "httpx"])
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", [b"CERTIFICATE", b"TRUSTED CERTIFICATE"], ids=["plain", "trusted"])
async def test_load_trusts_whom_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, variable: str, kind: bytes
) -> None:
    """Named from the folder that abreast was started in; a worker runs elsewhere. Some bundles of systems
    have trusted certificates (`openssl x509 -trustout`), which only OpenSSL itself reads."""
    folder = tmp_path / "trusted"
    folder.mkdir()
    named = folder / f"{subject_hash()}.0"
    named.write_bytes(AUTHORITY.cert_pem.bytes().replace(b"CERTIFICATE", kind))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, str(named.relative_to(tmp_path) if variable.endswith("FILE") else "trusted"))
    async with serving(CountingServer(), tls=server_context("127.0.0.1")) as port:
        plan = own_plan(tmp_path, {"name": "secure", "url": f"https://127.0.0.1:{port}"}, client=client)
        session = await loaded(plan)
    assert session.outcome == "completed", session.snapshot.targets[0].trouble
    ok, failures = total(session)
    assert (ok > 0, failures) == (True, 0)


async def test_load_has_the_settings_of_openssl_that_readiness_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has them from the same files, though it runs elsewhere; a colon parts folders, not files."""
    (tmp_path / "old.cnf").write_text(AT_MOST_TLS_1_2)
    (tmp_path / "ca: ours.pem").write_bytes(AUTHORITY.cert_pem.bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENSSL_CONF", "old.cnf")
    monkeypatch.setenv("SSL_CERT_FILE", "ca: ours.pem")
    monkeypatch.setenv("SSLKEYLOGFILE", "keys")
    said = await anyio.run_process(
        [sys.executable, "-c", "import ssl; print(ssl.create_default_context().maximum_version.name)"],
        env=child_environment(extra=tls_environment()),
        cwd="/",
    )
    assert said.stdout == b"TLSv1_2\n"
    async with serving(CountingServer(), tls=server_context("127.0.0.1")) as port:
        session = await loaded(own_plan(tmp_path, {"name": "secure", "url": f"https://127.0.0.1:{port}"}))
    assert session.outcome == "completed", session.snapshot.targets[0].trouble
    assert total(session)[1] == 0
    assert (tmp_path / "keys").read_text()


AT_MOST_TLS_1_2 = """openssl_conf = settings
[settings]
ssl_conf = ssl
[ssl]
system_default = default
[default]
MaxProtocol = TLSv1.2
"""


def subject_hash() -> str:
    """What OpenSSL looks for in a folder: SHA-1 of the subject in its canonical form, as `openssl rehash`."""
    said = subprocess.run(
        ["openssl", "x509", "-noout", "-subject_hash"],
        input=AUTHORITY.cert_pem.bytes(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=20,
    )
    return said.stdout.decode().strip()


async def test_files_of_the_environment_that_cannot_be_used_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = own_plan(tmp_path, {"name": "secure", "url": f"https://127.0.0.1:{unused_port()}"})
    (tmp_path / "none.pem").write_text("not a certificate")
    for variable, name in (
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSL_CERT_FILE", "none.pem"),
        ("SSL_CERT_FILE", "/dev/zero"),
        ("SSL_CERT_FILE", "long" * 1250),
        ("SSL_CERT_DIR", "missing"),
        ("SSL_CERT_DIR", "long" * 1250),
        ("SSLKEYLOGFILE", "missing/keys"),
        ("SSLKEYLOGFILE", "."),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(tmp_path / name))
            with pytest.raises(UsageError, match=f"{variable}=.*cannot be used"):
                await ran(plan)


@pytest.mark.parametrize(
    ("names", "expired", "hint"),
    [(("127.0.0.1",), False, "ca ="), (("127.0.0.1",), True, "ca ="), (("elsewhere.test",), False, "name")],
    ids=["unknown", "expired", "another name"],
)
async def test_a_certificate_that_is_not_trusted_is_told_at_once(
    tmp_path: Path, names: tuple[str, ...], expired: bool, hint: str
) -> None:
    """Not after all the time that a target may take, which is longer than any test may."""
    signed_by = trustme.CA() if hint == "ca =" and not expired else AUTHORITY
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.cert_pem.bytes())
    context = server_context(*names, authority=signed_by, expired=expired)
    async with serving(CountingServer(), tls=context) as port:
        target = {"name": "secure", "url": f"https://127.0.0.1:{port}", "ca": "ca.pem"}
        session = await ran(own_plan(tmp_path, target, ready_within="10 m"))
    trouble = session.snapshot.targets[0].trouble
    assert trouble.startswith("the certificate of secure is not trusted\n  why:  ")
    assert hint in trouble


# ---------------------------------------------------------------- waiting


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Thinks for longer than any single try would be given."""
    while True:
        await read_request(reader)
        await asyncio.sleep(6)
        writer.write(answer())


async def test_who_is_slow_is_waited_for(tmp_path: Path) -> None:
    async with serving(slow) as port:
        request = discover.AttachRequest((f"http://127.0.0.1:{port}",), path="/slow", health="/slow")
        attached = await discover.attach(request, ())
        plan = attached.plan.changed(users=1, seconds=1, ready_within=30.0)
        async with opened(plan) as session:
            await until(session, lambda: any(each.kind == "waiting" for each in session.snapshot.events))
            await until(session, lambda: session.snapshot.targets[0].state == "ready")
    told = [each.text for each in session.snapshot.events if each.kind == "waiting"]
    assert "connected, and has not answered yet" in told[0]


async def test_who_is_too_slow_is_told_with_the_limit_and_what_to_do(tmp_path: Path) -> None:
    async with serving(slow) as port:
        plan = own_plan(tmp_path, {"name": "s", "url": f"http://127.0.0.1:{port}"}, ready_within="300 ms")
        session = await ran(plan)
    trouble = session.snapshot.targets[0].trouble
    assert "s did not answer within 0.3 s" in trouble
    assert "why:  /: it is connected, and has not answered yet" in trouble
    assert "--health" in trouble
    assert "--ready-within" in trouble


async def test_who_never_shakes_hands_is_told_so(tmp_path: Path) -> None:
    async with serving(slow) as port:
        target = {"name": "s", "url": f"https://127.0.0.1:{port}", "insecure": True}
        session = await ran(own_plan(tmp_path, target, ready_within="300 ms"))
    assert (
        "why:  /: it is connected, and has not finished the TLS handshake yet"
        in session.snapshot.targets[0].trouble
    )
