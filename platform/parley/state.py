"""What the one-command start leaves for every other command: its servers' addresses and the secret key.

They live in the project's state folder (`PARLEY_STATE_DIR`, else `.parley` beside manage.py), which only its
owner can list; its files only their owner can read. No Django here: settings import this module.
"""

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ADDRESSES = "addresses.json"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a file


class StateError(Exception):
    """The state folder cannot be used; the message says which and how to mend it."""


@dataclass(frozen=True)
class Addresses:
    """Where the running servers are. `owner_url` is for migrations: its role owns the schema."""

    database_url: str
    owner_url: str
    redis_url: str


def state_path() -> Path:
    """Where the state folder is or would be; nothing is made."""
    return Path(os.environ.get("PARLEY_STATE_DIR", "").strip() or REPOSITORY / ".parley").absolute()


def state_dir() -> Path:
    """The state folder, made with mode 700 when it is missing. Raises StateError when that is impossible."""
    folder = state_path()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    return folder


def read_addresses() -> Addresses | None:
    """The addresses that a running `manage.py up` left, or None when it left none that can be read."""
    try:
        found = json.loads((state_path() / ADDRESSES).read_text())
        return Addresses(**{name: str(value) for name, value in found.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def write_addresses(addresses: Addresses) -> None:
    """Leave the addresses for other commands. Readers see the old file or the new one, never a half."""
    write_private(state_dir() / ADDRESSES, json.dumps(asdict(addresses), indent=2) + "\n")


def clear_addresses() -> None:
    """Nothing runs any more."""
    (state_path() / ADDRESSES).unlink(missing_ok=True)


def secret_key() -> str:
    """The installation's secret key, made on first use; every process that asks at once gets the same one."""
    path = state_path() / SECRET_KEY
    try:
        return _kept(path) or _made(path)
    except OSError as error:
        raise _unusable(path, error) from error


def write_private(path: Path, content: str) -> None:
    """Replace the file by one with `content` that only its owner can read, in one step."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # a machine that loses power must not keep an empty file under the name
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _kept(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


def _made(path: Path) -> str:
    with _locked(state_dir()):
        if kept := _kept(path):
            return kept  # another process was first
        key = secrets.token_urlsafe(48)
        write_private(path, key + "\n")
        return key


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _unusable(path: Path, error: OSError) -> StateError:
    return StateError(
        f"{path} cannot be used: {error.strerror}. Run Parley as the user who owns it, or set "
        "PARLEY_STATE_DIR to a folder that you can write."
    )
