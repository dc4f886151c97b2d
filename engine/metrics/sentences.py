"""Sentences about SLOs and unanswered requests. Pure."""

from engine.metrics import formatting


def threshold(measured: float | None, limit: float, latency_ms: float | None, stalled_s: float) -> str:
    """The result of one part of an SLO: `99.20 % within 200 ms, at least 95 % required`.

    `measured` and `limit` are shares from 0 to 1; `latency_ms` is None if they are shares of failures.
    """
    if measured is None:
        return "nothing measured"
    share = f"{100 * measured:.2f} %"
    if latency_ms is None:
        text = f"{share} failed, at most {formatting.share(limit)} allowed"
    else:
        text = (
            f"{share} within {formatting.duration(latency_ms)}, at least {formatting.share(limit)} required"
        )
    return f"{text}; {stalled(stalled_s)}" if stalled_s else text


def unanswered(count: int, oldest_ms: float | None, stalled_s: float) -> str:
    """How many requests got no answer, and how long the oldest had waited."""
    requests = "1 request" if count == 1 else f"{formatting.count(count)} requests"
    text = f"{requests} got no answer, the oldest after {formatting.duration(oldest_ms)}"
    return f"{text}; {stalled(stalled_s)}" if stalled_s else text


def stalled(seconds: float) -> str:
    """A target that has stopped answering."""
    return f"nothing was answered in the last {formatting.stretch(seconds)}"
