"""A calibration measures what the load workers can send."""

import anyio
import pytest

from engine.calibration import calibrate


def test_a_calibration_measures_every_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate, "CONNECTIONS", (2, 20))
    monkeypatch.setattr(calibrate, "SETTLING_S", 0.2)
    monkeypatch.setattr(calibrate, "MEASURED_S", 0.6)
    measured = anyio.run(calibrate.calibrate)
    assert set(measured.rps) == {2, 20}
    assert all(rps > 0 for rps in measured.rps.values())
