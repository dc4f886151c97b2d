"""A session API without sessions that plans as real ones do."""

import presets
from tests.support.fakes import FakeSessionApi
from tui.preset_info import plan_info
from tui.session_api import Choice, PresetInfo


class Planning(FakeSessionApi):
    """Plans as real sessions do."""

    def planned(self, choice: Choice) -> PresetInfo:
        """The preset's plan, changed."""
        plan = presets.load(choice.preset).changed(
            targets=choice.targets or None, users=choice.users, seconds=choice.seconds
        )
        return plan_info(plan, choice.preset)
