"""Sends the requests of a document to a Django application, in the process of that application."""

import json
from typing import Any

import httpx
from django.core.handlers.wsgi import WSGIHandler

from engine.imports.openapi.document import parse_document
from engine.imports.openapi.operations import ALL, Chosen, OperationReader
from tests.support.imported import sent_by_httpx

BASE = "http://testserver"


def report(text: str, variables: dict[str, str]) -> str:
    """As JSON: which requests were not answered as documented, how many were sent, and how many described."""
    reader = OperationReader(parse_document(text, "it"), f"{BASE}/openapi.json")
    traffic = reader.traffic(Chosen((ALL,)))
    wrong: dict[str, Any] = {}
    with httpx.Client(transport=httpx.WSGITransport(WSGIHandler())) as client:
        for request in traffic.requests:
            response = client.send(sent_by_httpx(request, traffic, variables, BASE))
            if response.status_code not in request.expect_status:
                wrong[request.name] = [response.status_code, response.text[:1000]]
    return json.dumps(
        {
            "wrong": wrong,
            "sent": len(traffic.requests),
            "described": len(reader.operations),
            "off": [each.name for each in traffic.requests if not each.enabled],
        }
    )
