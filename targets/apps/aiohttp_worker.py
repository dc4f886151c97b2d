"""gunicorn's worker with aiohttp and uvloop, and a queue of connections as long as `--backlog` says.

aiohttp listens again on the master's socket, with a queue of 128.
"""

from aiohttp.worker import GunicornUVLoopWebWorker


class Worker(GunicornUVLoopWebWorker):
    """Listens once more as soon as it serves."""

    _has_queue = False

    def notify(self) -> None:
        """Tells the master that it is alive; called every second, the first time when it serves."""
        if self.booted and not self._has_queue:
            self._has_queue = True
            for listener in self.sockets:
                listener.listen(self.cfg.backlog)
        super().notify()
