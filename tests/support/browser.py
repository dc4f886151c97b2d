"""A real browser for tests: headless Chromium, driven through its DevTools protocol."""

import base64
import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from tests.support.waiting import until

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_S = 30.0


def needed_browser() -> str:
    """The path of a Chromium; without one the test is skipped, or fails where CI needs it."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("ABREAST_TESTS_NEED_BROWSER"):
            pytest.fail("Chromium is not installed")
        pytest.skip("needs Chromium: apt-get install chromium, or any Chrome in PATH")
    return path


class Browser:
    """A tab. Collects every request and every message of the page."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self._events: list[dict[str, Any]] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and returns its result."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(TIMEOUT_S))
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._events.append(message)

    def open(self, page: Path | str) -> None:
        """Opens a file or a URL, and waits until it is loaded."""
        self._events.clear()
        self.call("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(json.loads(self._connection.recv(TIMEOUT_S)))

    def leave(self) -> None:
        """Leaves the page, and forgets what it asked for and complained about."""
        self.open("about:blank")
        self._events.clear()

    def run(self, script: str) -> Any:
        """The value of an expression in the page, once it is painted."""
        painted = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
        result = self.call(
            "Runtime.evaluate",
            expression=f"{painted}.then(() => ({script}))",
            awaitPromise=True,
            returnByValue=True,
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def show(self, *, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> None:
        """Sets the width of the window and the colours that the user prefers."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def colours(self, selector: str) -> set[object]:
        """The colours of an element's pixels."""
        box = self.run(
            f"(box => [box.x + scrollX, box.y + scrollY, box.width, box.height])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        clip = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}
        taken = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        picture = Image.open(BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
        return {colour for _, colour in picture.getcolors(picture.width * picture.height) or ()}

    def picture(self) -> bytes:
        """The whole page as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        taken = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def printed(self) -> bytes:
        """The page as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    @property
    def requests(self) -> list[str]:
        """The addresses that the page asked for."""
        return [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]

    @property
    def messages(self) -> list[str]:
        """What the page or the browser complained about: exceptions, refused scripts and styles."""
        named = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [json.dumps(event["params"]) for event in self._events if event["method"] in named]


@contextmanager
def opened_browser(folder: Path) -> Iterator[Browser]:
    """A browser with its profile in a folder, closed at the end."""
    with opened_tab(folder, Browser) as tab:
        yield tab


Tab = TypeVar("Tab", bound=Browser)


@contextmanager
def opened_tab(folder: Path, kind: type[Tab]) -> Iterator[Tab]:
    """The same with a tab of another kind."""
    options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    # Chromium's sandbox does not work for root, as in a container.
    options += ["--no-sandbox"] * (os.geteuid() == 0)
    command = [
        needed_browser(),
        *options,
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        with connect(_address(folder / "DevToolsActivePort", process), max_size=None) as connection:
            yield kind(connection)
    finally:
        process.terminate()
        process.wait(TIMEOUT_S)


def _address(port_file: Path, process: "subprocess.Popen[bytes]") -> str:
    """The address of the first tab, once the browser has written its port."""

    def port() -> str:
        assert process.poll() is None, (port_file.parent / "log").read_text()
        lines = port_file.read_text().splitlines() if port_file.exists() else []
        return lines[0] if len(lines) > 1 else ""

    found = until(port, "Chromium accepts connections")
    with urllib.request.urlopen(f"http://127.0.0.1:{found}/json", timeout=TIMEOUT_S) as answer:
        tabs = json.load(answer)
    address: str = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    return address
