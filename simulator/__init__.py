"""A server that speaks the model vendors' HTTP for tests and measurements. See docs/simulator.md."""

from simulator.server import Simulator
from simulator.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "Simulator"]
