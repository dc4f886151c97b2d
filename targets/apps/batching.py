"""Batches: requests that wait at the same time share one pass of a model.

Rules of this file:
- one thread runs the passes, one after another; items that arrive during a pass are in the next one;
- a pass begins when its first item has waited for `gather_s`, or when the batch is full;
- callers are threads (`submit(item).result()`) or tasks (`await wrap_future(submit(item))`);
- the thread starts with the first item, so after the fork, and ends with its process.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

GATHER_S = 0.005
"""How long the first item of a batch waits for others."""
MAX_BATCH = 32


class Batcher(Generic[Item, Result]):
    """Collects single items, and passes them to `work` in batches."""

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        gather_s: float = GATHER_S,
        max_batch: int = MAX_BATCH,
    ) -> None:
        """`work` returns a result for each item, in order; every caller in a batch gets what it raises."""
        self._work = work
        self._gather_s = gather_s
        self._max_batch = max_batch
        self._waiting: queue.SimpleQueue[tuple[Item, Future[Result]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, item: Item) -> "Future[Result]":
        """A future of the item's result. Never blocks."""
        future: Future[Result] = Future()
        self._waiting.put((item, future))
        if self._thread is None:
            self._start()
        return future

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="batcher", daemon=True)
                self._thread.start()

    def _serve(self) -> None:
        while True:
            self._pass(self._gathered())

    def _gathered(self) -> "list[tuple[Item, Future[Result]]]":
        batch = [self._waiting.get()]
        ends_s = time.monotonic() + self._gather_s
        while len(batch) < self._max_batch:
            try:
                batch.append(self._waiting.get(timeout=max(0.0, ends_s - time.monotonic())))
            except queue.Empty:
                break
        return batch

    def _pass(self, batch: "list[tuple[Item, Future[Result]]]") -> None:
        taken = [(item, future) for item, future in batch if future.set_running_or_notify_cancel()]
        if not taken:
            return
        try:
            results = self._work([item for item, _ in taken])
            for (_, future), result in zip(taken, results, strict=True):
                future.set_result(result)
        except Exception as error:
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
