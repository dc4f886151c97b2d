"""Records each target of a session: its command, options, versions, limits and label."""

from dataclasses import dataclass, replace

from engine.hosting.databases import Databases
from engine.hosting.placement import Placement
from engine.hosting.target_instance import TargetInstance
from engine.metrics.records import TargetAdded
from engine.plan.labels import labels_of
from engine.plan.targets import TargetChoice
from engine.recording.recorder import Recorder
from targets.database import packages, used_drivers
from targets.options import plain
from targets.target import ON_ROWS


@dataclass(slots=True)
class TargetDescriptions:
    """Records the targets of one session."""

    recorder: Recorder
    placement: Placement
    databases: Databases
    choices: dict[str, TargetChoice]
    """The targets of the plan and all that joined since, by name. Their labels must all be distinct."""

    def record(self, instance: TargetInstance, workload: str) -> None:
        """Records a target's current description; `workload` is the one it is started for."""
        choice, spec = instance.choice, instance.choice.target
        launch = instance.deployment.launch_as_written(instance.deployment.site.port)
        self.recorder.record(
            TargetAdded(
                name=choice.name,
                slot=instance.slot,
                server=spec.server(choice.public_options),
                command=launch.argv,
                env=dict(launch.env),
                runtime=choice.runtime(self.placement.runtime),
                options=plain(spec, choice.public_options),
                versions=self.placement.versions(choice) | self._database_versions(choice, workload),
                limits=_plain(instance),
                label=self._labels()[choice.name],
                database=self.databases.of(choice).shown if _keeps_rows(choice, workload) else "",
            )
        )

    def relabel(self, choice: TargetChoice) -> None:
        """Adds or updates a target's choice, and records every other target whose label that changes."""
        self.choices[choice.name] = choice
        labels = self._labels()
        for name, target in self.recorder.timeline.targets.items():
            if name != choice.name and target.added.label != labels[name]:
                self.recorder.record(replace(target.added, label=labels[name]))

    def _labels(self) -> dict[str, str]:
        return labels_of(tuple(self.choices.values()), self.placement.runtime)

    def _database_versions(self, choice: TargetChoice, workload: str) -> dict[str, str]:
        """Returns the versions of the database and its drivers, if the target reads and writes rows."""
        if not _keeps_rows(choice, workload):
            return {}
        store = self.databases.of(choice)
        awaited = "tortoise-orm" in choice.target.packages
        installed = self.placement.versions_of(choice, packages(store.server, awaited=awaited))
        return used_drivers(store.server, installed, awaited=awaited) | store.versions


def _keeps_rows(choice: TargetChoice, workload: str) -> bool:
    return choice.custom is None and workload in ON_ROWS


def _plain(instance: TargetInstance) -> dict[str, object] | None:
    limits = instance.running.recorded_limits
    return None if limits is None else dict(limits)
