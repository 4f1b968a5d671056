#!/usr/bin/env python
"""Django's command line, with platform/ on the path."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parley.settings")
    from parley.memory_use import collect_less

    collect_less()  # first: nothing that is imported is garbage, and looking for it took a tenth of every start
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from parley.state import StateError

    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, StateError) as error:
        sys.exit(f"Error: {error}")  # it names the setting and the way out; where we read it helps nobody
    except KeyboardInterrupt:
        sys.exit(130)
