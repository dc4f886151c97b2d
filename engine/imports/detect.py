"""Which kind of source a text is, from its content. Pure.

Names of files are not looked at: what browsers and tools call their exports differs.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.imports.clean import clean
from engine.imports.curl.prompts import PROMPT
from engine.imports.log.lines import request_of
from engine.imports.sources import KINDS
from targets.errors import UsageError

HEAD = 64 * 1024
"""Characters from which a large document is recognized."""

_CURL = re.compile(r"^[ \t]*(?:[$>%#][ \t]+)?(?:[A-Z_]+=\S*[ \t]+)*(?:\S*/)?curl(?:\.exe)?\s", re.MULTILINE)
"""Like all patterns here that begin at any line, it ends there: many empty lines take no time."""
_YAML_OPENAPI = re.compile(r"""^["']?(?:openapi|swagger)["']?\s*:""", re.MULTILINE)
_JSON_HEADS = {
    "har": re.compile(r'^\s*\{\s*"log"\s*:\s*\{'),
    "openapi": re.compile(r'^\s*\{\s*"(?:openapi|swagger)"\s*:'),
    "postman": re.compile(r'^\s*\{\s*"info"\s*:\s*\{[^{}]*(?:"_postman_id"|schema\.(?:get)?postman\.com)'),
}
_LOG = re.compile(
    r'"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s[^"]*"|\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s/'
)

_OTHERS = (
    (
        re.compile("^\x1f\ufffd"),
        "a compressed file",
        "an import does not decompress files",
        "unpack it first: gunzip --keep FILE",
    ),
    (
        re.compile(r"""from\s+['"]k6(?:/\w+)?['"]|require\(['"]k6"""),
        "a k6 script",
        "it is a program, and running it is the only way to know its requests",
        "record what it sends as a HAR file, or export the Postman collection that it was made from",
    ),
    (re.compile(r"<jmeterTestPlan\b"), "a JMeter test plan", "abreast cannot read this format", ""),
    (
        re.compile(r"^[ \t]*(?:from|import)[ \t]+locust\b", re.MULTILINE),
        "a locustfile",
        "it is a program, and running it is the only way to know its requests",
        "",
    ),
    (re.compile(r"\bio\.gatling\."), "a Gatling simulation", "it is a program", ""),
    (
        re.compile(r"^[ \t]*(?:\$session[ \t]*=|Invoke-WebRequest\b)", re.MULTILINE),
        "a PowerShell command",
        "abreast reads curl commands",
        'copy the request "as cURL" instead',
    ),
    (
        re.compile(r"^[ \t]*(?:await[ \t]+)?fetch\(", re.MULTILINE),
        "a fetch call",
        "abreast reads curl commands",
        'copy the request "as cURL" instead',
    ),
    (re.compile(r"<items\s[^>]*burpVersion"), "a Burp Suite export", "abreast cannot read this format", ""),
    (re.compile(r'"_type"\s*:\s*"export"'), "an Insomnia export", "abreast cannot read this format", ""),
)
"""What people may try, which has no reader: how it begins, its name, why, and what to do."""

_HINT = "export the requests as a HAR file from the network panel of a browser, or name the kind with --from"


def kind_of(text: str, name: str) -> str:
    """The kind of a source. Raises UsageError for one that is unknown, or has no reader."""
    head = text[:HEAD]
    if not head.strip():
        raise UsageError(f"{clean(name)} is empty", hint=_HINT)
    if found := next((kind for kind, pattern in _JSON_HEADS.items() if pattern.search(head)), None):
        return found
    for pattern, what, why, hint in _OTHERS:
        if pattern.search(head):
            raise UsageError(f"{clean(name)} is {what}", why=why, hint=hint or _HINT)
    if head.lstrip()[:1] == "{" and (kind := _of_json(text)):
        return kind
    if _YAML_OPENAPI.search(head):
        return "openapi"
    if _CURL.search(PROMPT.sub("", head)):
        return "curl"
    if _LOG.search(head) or head.lstrip()[:1] == "{":
        return "log"
    known = "; ".join(f"{kind}: {about.about}" for kind, about in KINDS.items())
    raise UsageError(f"cannot tell what {clean(name)} is", why=f"abreast reads {known}", hint=_HINT)


def is_log(head: bytes) -> bool:
    """Whether a file that begins like this is a log, which needs not be in memory as a whole."""
    text = head.decode("utf-8", "replace")
    if any(pattern.search(text) for pattern in _JSON_HEADS.values()) or _CURL.search(text):
        return False
    return any(line.endswith(b"\n") and request_of(line) for line in head.splitlines(keepends=True))


def _of_json(text: str) -> str:
    """The kind of a document in JSON; empty if it is none, such as the lines of a log."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return _of_document(document) if isinstance(document, Mapping) else ""


def _of_document(document: Mapping[str, Any]) -> str:
    if "openapi" in document or "swagger" in document:
        return "openapi"
    if isinstance(document.get("log"), Mapping) and "entries" in document["log"]:
        return "har"
    if isinstance(document.get("item"), list) or isinstance(document.get("collection"), Mapping):
        return "postman"
    return ""
