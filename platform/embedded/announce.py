"""What the one-command start says while it works."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def phase(name: str) -> Iterator[Callable[[str], None]]:
    """Show the name while the block runs, then what it says and its time: "Postgres … started (0.3 s)"."""
    began = time.monotonic()
    results = ["done"]
    sys.stdout.write(f"{name} … ")
    sys.stdout.flush()
    try:
        yield results.append
    except BaseException:
        sys.stdout.write("failed\n")
        raise
    sys.stdout.write(f"{results[-1]} ({time.monotonic() - began:.1f} s)\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A remark under a phase."""
    sys.stdout.write(f"  {text}\n")


class Welcome:
    """What people are told when everything runs, and the administrator's password, which is told once."""

    def __init__(self, address: str, password: str | None) -> None:
        self._address = address
        self._password = password

    def ready(self, seconds: float) -> None:
        """Say where everything is, in one write: other processes' lines must not get between."""
        password, self._password = self._password, None
        sign_in = f"admin  {password}   (shown only now)" if password else "admin, with the password you have"
        lines = [
            f"  Parley is ready, after {seconds:.1f} s.",
            "",
            f"    Demo page   {self._address}/",
            f"    Admin       {self._address}/admin/",
            f"    Sign in     {sign_in}",
            "                a new password: .venv/bin/python manage.py up --new-password",
            f"    Answers     {answers()}",
            "    Stop        Ctrl-C",
        ]
        sys.stdout.write("\n" + "\n".join(lines) + "\n\n")
        sys.stdout.flush()

    def reveal(self) -> None:
        """Tell the password if it has not been told: only its hash is kept."""
        if self._password:
            note(f"The password of `admin` is {self._password}")


def answers() -> str:
    """Where answers come from, as far as the environment tells."""
    found = []
    if settings.ANTHROPIC_API_KEY:
        found.append("Anthropic (ANTHROPIC_API_KEY)")
    if settings.OPENAI_BASE_URL:
        found.append("the server at OPENAI_BASE_URL")
    elif settings.OPENAI_API_KEY:
        found.append("OpenAI (OPENAI_API_KEY)")
    return " and ".join(found) or "drawn from the help articles, until an API key is in the environment or the admin"
