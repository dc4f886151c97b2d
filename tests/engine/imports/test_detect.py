"""The kind of a source is detected from its content."""

from pathlib import Path

import pytest

from engine.imports.detect import HEAD, is_log, kind_of
from targets.errors import UsageError


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("curl http://h/", "curl"),
        ("# two\n$ curl.exe -s http://h/", "curl"),
        ("TOKEN=1 /usr/bin/curl 'h'", "curl"),
        ('{"log": {"version": "1.2", "entries": []}}', "har"),
        ('{"a": 1, "log": {"entries": []}}', "har"),
        ('{\n  "openapi": "3.1.0"}', "openapi"),
        ('{"info": {"title": "x"}, "openapi": "3.0.0"}', "openapi"),
        ('{"swagger": "2.0"}', "openapi"),
        ("# a comment\nopenapi: 3.0.0\ninfo: {}", "openapi"),
        ('{"info": {"_postman_id": "1", "name": "x"}, "item": []}', "postman"),
        ('{"item": [], "info": {}}', "postman"),
        ('{"collection": {"item": []}}', "postman"),
        ('1.2.3.4 - - [01/Jan/2025:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"', "log"),
        ('{"level":"info","request":{"uri":"/"}}\n{"level":"info"}', "log"),
        ('INFO:     127.0.0.1:1 - "GET /items HTTP/1.1" 200 OK', "log"),
    ],
)
def test_kinds(text: str, kind: str) -> None:
    assert kind_of(text, "it") == kind


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("import http from 'k6/http';\nexport default function () {}", "a k6 script", "HAR"),
        ("import { check } from 'k6'", "a k6 script", "Postman"),
        ("<?xml version='1.0'?><jmeterTestPlan version='1.2'>", "a JMeter test plan", "HAR"),
        ("from locust import HttpUser", "a locustfile", "HAR"),
        ("import io.gatling.core.Predef._", "a Gatling simulation", "HAR"),
        ('Invoke-WebRequest -UseBasicParsing -Uri "http://h"', "a PowerShell command", "cURL"),
        ('fetch("http://h", {\n})', "a fetch call", "cURL"),
        ('{"_type": "export", "resources": []}', "an Insomnia export", "HAR"),
        ("\x1f\ufffd\x08\x00", "a compressed file", "gunzip"),
        ("  \n", "empty", "HAR"),
        ("title = 'a plan'", "cannot tell what it", "--from"),
        ('["a"]', "cannot tell what it", "--from"),
    ],
)
def test_what_has_no_reader_is_named(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        kind_of(text, "it\x1b[1m")
    assert what in caught.value.what
    assert "\x1b" not in str(caught.value)
    assert hint in caught.value.hint


def test_a_log_is_known_by_a_whole_line_at_its_beginning() -> None:
    line = b'1.2.3.4 - - [01/Jan/2025:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"\n'
    assert is_log(b"started\n" + line + b"cut")
    assert not is_log(line.rstrip()), "it may be cut anywhere"
    assert not is_log(b"curl http://h/ \\\n" + line)
    assert not is_log(b'{\n  "log": {\n "entries": [\n' + line)
    assert not is_log(b"")


@pytest.mark.parametrize("name", ["log/logs/caddy.log", "log/logs/uvicorn.log", "log/logs/nginx-json.log"])
def test_logs_of_servers(name: str) -> None:
    content = Path(__file__).parent.joinpath(name).read_bytes()
    assert is_log(content)
    assert kind_of(content.decode(), "it") == "log"


def test_what_a_browser_recorded_is_no_log() -> None:
    content = Path(__file__).parent.joinpath("har/recordings/firefox.har").read_bytes()
    assert not is_log(content)
    assert kind_of(content.decode(), "it") == "har"


def test_many_empty_lines_take_no_time() -> None:
    """Every pattern is tried at every line, and none may go through all the others from there: that took
    minutes."""
    lines = "\n" * HEAD
    assert kind_of(lines[:-20] + "curl http://h/", "it") == "curl"
    assert not is_log(lines.encode() + b"x")
    with pytest.raises(UsageError, match="cannot tell what"):
        kind_of(lines[:-1] + "x", "it")
