"""gunicorn's worker around uvicorn, told the same as uvicorn by itself is told on its command line."""

from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker


class Worker(UvicornWorker):
    """What gunicorn's own options do not say."""

    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "interface": "asgi3",
        "loop": "uvloop",
        "http": "httptools",
        "ws": "websockets-sansio",
        "lifespan": "on",
        "log_level": "warning",
        "access_log": False,
        "use_colors": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": True,
        "timeout_graceful_shutdown": 3,
    }
