"""What a request is for, by its path: a static file, a health probe. Pure."""

import re
from urllib.parse import unquote

_STATIC = re.compile(
    r"\.(avif|bmp|cjs|css|eot|gif|ico|jpe?g|js|less|map|mjs|mp[34]|ogg|otf|png|scss|svgz?|tiff?|ttf|wasm|wav"
    r"|web[mp]|webmanifest|woff2?)$",
    re.IGNORECASE,
)
_NAMED = {"/robots.txt", "/sitemap.xml", "/favicon.ico"}
_STATIC_TYPES = ("image/", "font/", "audio/", "video/", "text/css", "application/wasm", "application/font")
_HEALTH = re.compile(
    r"/(-/)?(actuator/)?(health(z|_?check)?|live(z|ness)?|ready(z|iness)?|ping|heartbeat|up|metrics|status)/?",
    re.IGNORECASE,
)


def is_static_path(path: str) -> bool:
    """Whether a path, without its query, is that of a static file: a style, a script, a picture, a font."""
    path = unquote(path)
    return path in _NAMED or bool(_STATIC.search(path))


def is_static_type(content_type: str) -> bool:
    """Whether a response of this type, in lower case, is a static file."""
    return content_type.startswith(_STATIC_TYPES) or content_type.endswith("javascript")


def is_health_path(path: str) -> bool:
    """Whether a path is one that probes and monitors ask: abreast has a probe of its own."""
    return bool(_HEALTH.fullmatch(path))
