"""Small hand-made images, and a registry that serves one."""

import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def packed(files: dict[str, bytes]) -> bytes:
    """A tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    """The digest of a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def config(layer: bytes, *, created: str, labels: dict[str, str]) -> bytes:
    """The configuration of an image with one layer."""
    told = {
        "architecture": "amd64",
        "os": "linux",
        "created": created,
        "config": {"Labels": labels, "Cmd": ["true"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
    }
    return json.dumps(told).encode()


@contextmanager
def registry(name: str) -> Iterator[str]:
    """Serves an image under any tag; gives the image's name without one. It logs nothing."""
    layer = packed({"file": name.encode()})
    blobs = [config(layer, created="2020-01-01T00:00:00Z", labels={}), gzip.compress(layer, mtime=0)]
    about = [{"mediaType": "", "size": len(each), "digest": digest(each)} for each in blobs]
    about[0]["mediaType"] = "application/vnd.docker.container.image.v1+json"
    about[1]["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": about[0], "layers": [about[1]]}
    ).encode()
    kept = {digest(each): each for each in blobs}

    class Registry(BaseHTTPRequestHandler):
        """As much of the registry's API as a pull needs."""

        def do_GET(self) -> None:
            kind, _, last = self.path.rpartition("/")
            if self.path == "/v2/":
                self._answer(b"{}", "application/json")
            elif kind.endswith("/manifests"):
                self._answer(manifest, MANIFEST)
            else:
                self._answer(kept[last], "application/octet-stream")

        do_HEAD = do_GET  # noqa: N815  the base class's name

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Docker-Content-Digest", digest(body))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}/{name}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)
