"""What caching, routing and memory saved, against every turn to the large model with the full history."""

from conversations.savings.method import Calibration, Report, Talk, report
from conversations.savings.reading import Sample, TooMuch, read

__all__ = ["Calibration", "Report", "Sample", "Talk", "TooMuch", "read", "report"]
