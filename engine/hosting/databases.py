"""The databases of a session's targets: one each, created when they start, dropped when the session ends.

Targets that name the same database share its server (`engine.hosting.row_store`), and the session starts one
server of each kind at most.
"""

from dataclasses import dataclass, field

import anyio

from engine.hosting.database_choice import chosen, database_of, shown_of
from engine.hosting.placement import Placement
from engine.hosting.row_store import RowStore
from engine.hosting.service_containers import DatabaseContainer
from engine.plan.plan import Plan
from engine.plan.targets import TargetChoice
from targets.database import Database
from targets.errors import AbreastError, UsageError
from targets.runtime.containers.database_makes import MAKES


@dataclass(slots=True)
class Databases:
    """The databases of one session, wherever they are."""

    plan: Plan
    placement: Placement
    stores: dict[str | Database, RowStore] = field(default_factory=dict)
    """By kind, the servers that the session starts; by address, those of the user; SQLite files are one."""

    def of(self, choice: TargetChoice) -> RowStore:
        """Returns where a target keeps its rows; nothing starts yet. Raises UsageError for a database that is
        invalid or lacks drivers."""
        said = database_of(self.plan, choice)
        key = said if said in MAKES else chosen(said)
        if key not in self.stores:
            self.stores[key] = self._made(key, shown_of(self.plan, choice))
        return self.stores[key]

    def _made(self, key: str | Database, shown: str) -> RowStore:
        session_id = self.placement.session_id
        if isinstance(key, Database):
            return RowStore(key, session_id, shown)
        container = DatabaseContainer(key, self.placement)
        return RowStore(container.outside, session_id, shown, container=container)

    async def halt(self) -> None:
        """Kills the session's own servers at once, as a fault does. Raises UsageError if it has none, or none
        runs, TargetError if one cannot be killed; then all run again."""
        halted: list[DatabaseContainer] = []
        running = [each for each in self._started_by_session("stopped") if each.runs]
        if not running:
            raise UsageError("the database cannot be stopped", why="it is not running")
        for container in running:
            try:
                await container.halt()
            except AbreastError:
                for before in halted:
                    await before.resume()
                raise
            halted.append(container)

    async def resume(self) -> None:
        """Starts the servers again after `halt`, with their data, and waits until they answer. Raises
        UsageError if the session has none or none was halted, TargetError if one does not start."""
        halted = [each for each in self._started_by_session("restarted") if each.is_halted]
        if not halted:
            raise UsageError("the database cannot be restarted", why="it was not stopped")
        for container in halted:
            await container.resume()

    def _started_by_session(self, done: str) -> list[DatabaseContainer]:
        found = [store.container for store in self.stores.values() if store.container is not None]
        if not found:
            has_server = any(store.is_server for store in self.stores.values())
            raise UsageError(
                f"the database cannot be {done}",
                why="abreast did not start it"
                if has_server
                else "there is no database server: each target has a file of its own",
                hint="choose a database of abreast's own, in a container: --database mysql",
            )
        return found

    async def drop(self) -> str:
        """Drops the targets' databases on the user's servers. Returns the errors in one line, or an empty
        string if there were none. Never raises."""
        troubles: dict[str, str] = {}

        async def drop(store: RowStore) -> None:
            troubles[store.shown] = await store.drop()

        async with anyio.create_task_group() as group:  # a server that does not answer holds up no other
            for store in self.stores.values():
                group.start_soon(drop, store)
        return "; ".join(trouble for _, trouble in sorted(troubles.items()) if trouble)
