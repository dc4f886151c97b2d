"""Records what a page of a real browser sends, as Chromium's DevTools save it with "Save all as HAR".

Fields are those of DevTools' own export, made from the events of the Network domain. Bodies are asked for as
soon as a page is complete, since the browser forgets them with the next one.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection

from tests.support.browser import TIMEOUT_S, Browser

Event = dict[str, Any]


class RecordingBrowser(Browser):
    """A tab whose whole traffic is kept."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__(connection)
        self._bodies: dict[str, Event] = {}

    def open(self, page: Path | str) -> None:
        """Opens a URL, and waits until the page is complete."""
        self.lead_on(lambda: self.call("Page.navigate", url=str(page)))

    def submit(self, form: str, **fields: str) -> None:
        """Fills in a form of the page, by its selector, and submits it."""
        filled = "".join(
            f"form.elements[{json.dumps(name)}].value = {json.dumps(value)};"
            for name, value in fields.items()
        )
        script = f"(form => {{ {filled} form.requestSubmit() }})(document.querySelector({json.dumps(form)}))"
        self.lead_on(lambda: self.call("Runtime.evaluate", expression=script))

    def lead_on(self, act: Callable[[], object]) -> None:
        """Does what leads to another page, and waits until that and all that it asks for is complete."""
        before = self._count("Page.loadEventFired")
        act()
        while self._count("Page.loadEventFired") == before or self._unfinished():
            self._events.append(json.loads(self._connection.recv(TIMEOUT_S)))
        for request_id in self._ids("Network.loadingFinished") - self._bodies.keys():
            self._bodies[request_id] = self._body(request_id)

    def har(self, *, with_content: bool = True) -> dict[str, Any]:
        """Everything so far as a HAR file."""
        return _Har(self._events, self._bodies if with_content else {}).document()

    def _count(self, name: str) -> int:
        return sum(event["method"] == name for event in self._events)

    def _ids(self, *names: str) -> set[str]:
        return {event["params"]["requestId"] for event in self._events if event["method"] in names}

    def _unfinished(self) -> bool:
        ended = self._ids("Network.loadingFinished", "Network.loadingFailed")
        return not self._ids("Network.requestWillBeSent") <= ended

    def _body(self, request_id: str) -> Event:
        """A response's body; empty if the browser has none, as of a redirect."""
        self._number += 1
        asked = {"id": self._number, "method": "Network.getResponseBody", "params": {"requestId": request_id}}
        self._connection.send(json.dumps(asked))
        while (message := json.loads(self._connection.recv(TIMEOUT_S))).get("id") != self._number:
            self._events.append(message)
        found: Event = message.get("result", {})
        return found


class _Har:
    """Events of the Network domain as the entries of a HAR file."""

    def __init__(self, events: list[Event], bodies: dict[str, Event]) -> None:
        self._bodies = bodies
        self._entries: list[dict[str, Any]] = []
        self._last: dict[str, dict[str, Any]] = {}
        """The entry of a request, by its id; of one that was redirected the last."""
        self._began_s: dict[int, float] = {}
        """By the entry's number: on the clock of events."""
        self._sent: defaultdict[str, list[Event]] = defaultdict(list)
        self._received: defaultdict[str, list[Event]] = defaultdict(list)
        """What really crossed the network, cookies included: one event for each redirect of a request."""
        for event in events:
            about = event.get("params", {})
            if event["method"] == "Network.requestWillBeSentExtraInfo":
                self._sent[about["requestId"]].append(about)
            elif event["method"] == "Network.responseReceivedExtraInfo":
                self._received[about["requestId"]].append(about)
        for event in events:
            self._take(event["method"], event.get("params", {}))

    def document(self) -> dict[str, Any]:
        """The whole file."""
        creator = {"name": "WebInspector", "version": "537.36"}
        return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": self._entries}}

    def _take(self, name: str, about: Event) -> None:
        request_id = about.get("requestId", "")
        if name == "Network.requestWillBeSent":
            if "redirectResponse" in about:
                self._respond(request_id, about["redirectResponse"], about["timestamp"])
            self._begin(request_id, about)
        elif request_id not in self._last:
            return
        elif name == "Network.responseReceived":
            self._respond(request_id, about["response"], about["timestamp"])
        elif name == "Network.requestServedFromCache":
            self._last[request_id]["_fromCache"] = "memory"
        elif name == "Network.loadingFailed":
            self._last[request_id]["_error"] = about["errorText"]
        elif name == "Network.loadingFinished":
            self._complete(request_id, about["timestamp"])

    def _begin(self, request_id: str, about: Event) -> None:
        request, sent = about["request"], self._sent[request_id]
        headers = _pairs(sent.pop(0)["headers"] if sent else request["headers"])
        content_type = next((each["value"] for each in headers if each["name"].lower() == "content-type"), "")
        made = {
            "method": request["method"],
            "url": request["url"],
            "httpVersion": "HTTP/1.1",
            "headers": headers,
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": len(request.get("postData", "")),
        }
        if request.get("hasPostData"):
            made["postData"] = {"mimeType": content_type, "text": request.get("postData", "")}
        started = datetime.fromtimestamp(about["wallTime"], UTC).isoformat(timespec="milliseconds")
        self._last[request_id] = {
            "_initiator": {"type": about["initiator"]["type"]},
            "_priority": request.get("initialPriority", ""),
            "_resourceType": about.get("type", "Other").lower(),
            "cache": {},
            "request": made,
            "response": {"status": 0, "statusText": "", "headers": [], "cookies": [], "content": {}},
            "startedDateTime": started.replace("+00:00", "Z"),
            "time": 0.0,
            "timings": {},
        }
        self._began_s[len(self._entries)] = about["timestamp"]
        self._entries.append(self._last[request_id])

    def _respond(self, request_id: str, response: Event, now_s: float) -> None:
        entry, received = self._last[request_id], self._received[request_id]
        headers = _pairs(received.pop(0)["headers"] if received else response["headers"])
        entry["response"] = {
            "status": response["status"],
            "statusText": response["statusText"],
            "httpVersion": "HTTP/1.1",
            "headers": headers,
            "cookies": [],
            "content": {"size": 0, "mimeType": response["mimeType"]},
            "redirectURL": next(
                (each["value"] for each in headers if each["name"].lower() == "location"), ""
            ),
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": response.get("encodedDataLength", 0),
        }
        self._set_time(entry, now_s)

    def _complete(self, request_id: str, now_s: float) -> None:
        entry, body = self._last[request_id], self._bodies.get(request_id, {})
        self._set_time(entry, now_s)
        content = entry["response"]["content"]
        if "body" in body:
            content |= {"text": body["body"], "size": len(body["body"])}
        if body.get("base64Encoded"):
            content["encoding"] = "base64"

    def _set_time(self, entry: dict[str, Any], now_s: float) -> None:
        number = next(at for at, each in enumerate(self._entries) if each is entry)
        entry["time"] = round((now_s - self._began_s[number]) * 1000, 3)


def _pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    """Headers as a list; several of one name are lines of one value in the browser's events."""
    return [{"name": name, "value": line} for name, value in headers.items() for line in value.split("\n")]
