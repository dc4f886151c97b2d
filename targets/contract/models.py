"""The workloads with a model: `classify` (a real one), `slow-model` (one that takes long) and `tokens`."""

from targets.contract.shapes import (
    CONTENT_TYPE,
    NOT_JSON,
    NOT_OBJECT,
    Refusal,
    Request,
    Upload,
    Workload,
    unprocessable,
    wrong_method,
)

MAX_UPLOAD_BYTES = 50_000_000
"""Limit of a body with an image: an image of 50 MB is too large."""
MAX_FEATURES = 50
"""The most numbers that the slow model accepts, of at least one."""
MODEL_VERSION = "1.0.0"
MAX_TOKENS = 1000
DEFAULT_TOKENS = 20
MAX_PACE_MS = 10_000
DEFAULT_PACE_MS = 20
"""Time from one token to the next."""

PICTURE = Upload("files", "cat.jpg", "image/jpeg")
"""A cat, 451 × 300, in the public domain (CC0)."""

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "and", "runs", "away"]
"""The text of the stand-in for a language model, over and over: token n is word n."""

CLASSIFY = Workload(
    "classify",
    "a picture's five most likely classes, by a real network",
    (
        Request(
            "classify",
            "POST",
            "/api/predict",
            upload=PICTURE,
            answer=(
                b'{"model":"EfficientNet-Lite0","predictions":['
                b'{"class":282,"label":"tiger cat","score":0.385},'
                b'{"class":285,"label":"Egyptian cat","score":0.356},'
                b'{"class":281,"label":"tabby, tabby cat","score":0.175},'
                b'{"class":287,"label":"lynx, catamount","score":0.02},'
                b'{"class":904,"label":"window screen","score":0.001}]}'
            ),
        ),
    ),
)

SLOW_MODEL = Workload(
    "slow-model",
    "a model that takes long: does the server still answer others?",
    (
        Request(
            "predict",
            "POST",
            "/predict",
            json={"features": [0.5, -1.25, 3, 0.75]},
            answer=b'{"prediction":0.635149,"label":"positive","model_version":"1.0.0"}',
        ),
    ),
)


def token(number: int) -> str:
    """The message of a token, counted from 0."""
    return f'{{"index":{number},"token":"{WORDS[number % len(WORDS)]}"}}'


def last_message(count: int) -> str:
    """The message that follows the last of `count` tokens."""
    return f'{{"done":true,"tokens":{count}}}'


def event(message: str) -> bytes:
    """A message as a server-sent event."""
    return f"data: {message}\n\n".encode()


_MESSAGES = [*(token(number) for number in range(DEFAULT_TOKENS)), last_message(DEFAULT_TOKENS)]
_QUERY = f"?n={DEFAULT_TOKENS}&pace_ms={DEFAULT_PACE_MS}"

TOKENS = Workload(
    "tokens",
    "tokens as server-sent events, one by one",
    (
        Request(
            "generate",
            "GET",
            f"/generate{_QUERY}",
            stream="sse",
            answer=b"".join(event(message) for message in _MESSAGES),
        ),
    ),
)
TOKENS_WS = Workload(
    "tokens-ws",
    "the same tokens over a WebSocket",
    (
        Request(
            "generate",
            "GET",
            f"/ws/generate{_QUERY}",
            stream="websocket",
            expect_status=(101,),
            answer="\n".join(_MESSAGES).encode(),
        ),
    ),
)

TOO_LARGE = b'{"error":"too large","reason":"a body of 50 MB is the most"}'
NO_FORM = unprocessable(("body", "must be a multipart form"))
NO_FILE = unprocessable(("files", "is missing"))
NO_PICTURE = unprocessable(("files", "must be one picture: JPEG, PNG, WebP or GIF"))
_BAD_FEATURES = unprocessable(("features", f"must be a list of 1 to {MAX_FEATURES} finite numbers"))
_BAD_COUNT = unprocessable(("n", f"must be a whole number from 1 to {MAX_TOKENS}"))
_BAD_PACE = unprocessable(("pace_ms", f"must be a whole number from 0 to {MAX_PACE_MS}"))

_FORM = "multipart/form-data; boundary=edge"


def _part(content: bytes, disposition: bytes = b'name="files"; filename="a.jpg"') -> bytes:
    head = b"--edge\r\nContent-Disposition: form-data; " + disposition
    return head + b"\r\nContent-Type: image/jpeg\r\n\r\n" + content + b"\r\n"


_END = b"--edge--\r\n"


def _upload(
    name: str, body: bytes, answer: bytes, content_type: str = _FORM, *, status: int = 422, padding: int = 0
) -> Refusal:
    return Refusal(
        f"classify: {name}",
        "POST",
        "/api/predict",
        status,
        answer,
        content_type=content_type,
        body=body,
        padding_bytes=padding,
        workload="classify",
    )


def _features(name: str, body: bytes, answer: bytes, content_type: str = CONTENT_TYPE) -> Refusal:
    return Refusal(
        f"slow model: {name}",
        "POST",
        "/predict",
        422,
        answer,
        content_type=content_type,
        body=body,
        workload="slow-model",
    )


def _query(name: str, query: str, answer: bytes) -> Refusal:
    return Refusal(f"tokens: {name}", "GET", f"/generate?{query}", 422, answer, workload="tokens")


_GIF_HEADER = b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff"

REFUSALS: tuple[Refusal, ...] = (
    wrong_method("classify takes POST alone", "GET", "/api/predict", "POST", "classify"),
    _upload("no body", b"", NO_FORM, ""),
    _upload("JSON", b'{"files":"cat"}', NO_FORM, CONTENT_TYPE),
    _upload("a bare picture", b"\xff\xd8\xff\xe0", NO_FORM, "image/jpeg"),
    _upload("a form, but no multipart", b"files=cat", NO_FORM, "application/x-www-form-urlencoded"),
    _upload("no boundary", _part(b"a") + _END, NO_FORM, "multipart/form-data"),
    _upload("another boundary", _part(b"a") + _END, NO_FORM, "multipart/form-data; boundary=rim"),
    _upload("empty form", _END, NO_FILE),
    _upload("no end", _part(b"a"), NO_FORM),
    _upload("another field", _part(b"a", b'name="file"; filename="a.jpg"') + _END, NO_FILE),
    _upload("a text for a file", _part(b"a", b'name="files"') + _END, NO_PICTURE),
    _upload("empty file", _part(b"") + _END, NO_PICTURE),
    _upload("no picture", _part(b"this is no picture") + _END, NO_PICTURE),
    _upload("half a picture", _part(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01") + _END, NO_PICTURE),
    _upload("a picture too large to be decoded", _part(_GIF_HEADER) + _END, NO_PICTURE),
    _upload("two pictures", _part(b"a") + _part(b"b") + _END, NO_PICTURE),
    _upload("51 MB", b"", TOO_LARGE, status=413, padding=51_000_000),
    wrong_method("predict takes POST alone", "PUT", "/predict", "POST", "slow-model"),
    _features("no body", b"", NOT_OBJECT, ""),
    _features("malformed JSON", b'{"features":[1,}', NOT_JSON),
    _features("JSON, but plain text", b'{"features":[1]}', NOT_OBJECT, "text/plain"),
    _features("a list", b"[1,2]", NOT_OBJECT),
    _features("nothing in it", b"{}", unprocessable(("features", "is missing"))),
    _features("no list", b'{"features":1}', _BAD_FEATURES),
    _features("no numbers", b'{"features":["1","2"]}', _BAD_FEATURES),
    _features("a list of lists", b'{"features":[[1]]}', _BAD_FEATURES),
    _features("true is not a number", b'{"features":[true]}', _BAD_FEATURES),
    _features("none", b'{"features":[]}', _BAD_FEATURES),
    _features("too many", b'{"features":[%s]}' % b",".join([b"1"] * (MAX_FEATURES + 1)), _BAD_FEATURES),
    _features("not a number", b'{"features":[NaN]}', _BAD_FEATURES),
    _features("infinite", b'{"features":[1,-Infinity]}', _BAD_FEATURES),
    _features("beyond all floats", b'{"features":[1%s]}' % (b"0" * 400), _BAD_FEATURES),
    wrong_method("generate takes GET alone", "POST", "/generate", "GET", "tokens"),
    _query("none", "n=0", _BAD_COUNT),
    _query("too many", f"n={MAX_TOKENS + 1}", _BAD_COUNT),
    _query("a word", "n=many", _BAD_COUNT),
    _query("nothing", "n=", _BAD_COUNT),
    _query("half a token", "n=1.5", _BAD_COUNT),
    _query("back in time", "n=1&pace_ms=-1", _BAD_PACE),
    _query("too slow", f"pace_ms={MAX_PACE_MS + 1}", _BAD_PACE),
)
"""Their requests that are refused."""
