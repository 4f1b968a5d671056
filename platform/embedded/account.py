"""Which account runs Postgres, and places that it can reach.

Postgres refuses to run as root. Under root it runs as `nobody`, who must be able to enter every folder above
its program and its data; a clone below a closed folder such as /root does not allow that, and we do not
change the modes of folders that are not ours. Then both go to OPEN_PLACE instead.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from embedded.errors import StartError

OPEN_PLACE = Path("/var/lib/parley")
NOBODY = 65534


@dataclass(frozen=True)
class Account:
    """A user and group to run as. `options` are for subprocess; empty when it is who we are already."""

    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "env": {"PATH": os.defpath}}

    def own(self, path: Path) -> None:
        """Give the file or folder to this account."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def can_run(self, program: Path) -> bool:
        """Whether this account reaches the program. Raises StartError when we cannot become this account."""
        try:
            return self._run(program, "--version") == 0
        except (OSError, subprocess.SubprocessError):
            self._require_change()
            return False

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may enter the folder."""
        return self._run("/bin/sh", "-c", 'cd -- "$1"', "sh", folder) == 0

    def _require_change(self) -> None:
        try:
            self._run("/bin/sh", "-c", ":")
        except (OSError, subprocess.SubprocessError) as error:
            raise StartError(
                "Postgres does not run as root, and this system does not let root become another user. "
                "Run `make run` as an ordinary user, or set DATABASE_URL to a Postgres of yours."
            ) from error

    def _run(self, *command: str | Path) -> int:
        return subprocess.run(command, check=False, capture_output=True, cwd="/", **self.options).returncode


def account_for(data: Path) -> Account:
    """Who we are; for root the owner of the data that is already there, or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY, NOBODY)
    return Account(nobody.pw_uid, nobody.pw_gid)


def open_folder(wanted: Path) -> Path:
    """Where the data of `wanted` goes when the account cannot enter it: the same folder at every start."""
    return _made(OPEN_PLACE / sha256(str(wanted.resolve()).encode()).hexdigest()[:12])


def open_copy(installation: Path, version: str) -> Path:
    """A copy of the programs that everyone can run, made once for each version; they find their libraries in
    the wheel's `.libs` folder by relative path.
    """
    package = installation.parent
    target = OPEN_PLACE / f"postgres-{version}"
    if not target.exists():
        building = Path(tempfile.mkdtemp(dir=_made(OPEN_PLACE)))
        programs = [installation / part for part in ("bin", "lib", "share")]
        for source in (*programs, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(source, building / source.relative_to(package.parent), symlinks=True)
        building.chmod(0o755)
        building.rename(target)
    return target / installation.relative_to(package.parent)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            "Postgres does not run as root, the user it runs as cannot enter this folder, and "
            f"{folder} cannot be made ({error.strerror}). Clone to a folder that everyone can enter, or set "
            "DATABASE_URL to a Postgres of yours."
        ) from error
    return folder
