"""System checks: what is wrong with this installation's settings and servers, and how to mend it.

`manage.py check` looks at the settings; `manage.py check --database default` asks the servers as well. Errors
have ids parley.E001…, warnings parley.W001….
"""

from django.core.checks import Tags, register

from parley.checks import environment, servers


def register_all() -> None:
    """Called once, when the app is ready."""
    for check in environment.CHECKS:
        register(check)
    for check in servers.CHECKS:
        register(check, Tags.database)
