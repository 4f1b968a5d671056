"""The data folder of an embedded Postgres and the passwords that belong to it."""

import json
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from embedded.account import Account
from embedded.errors import StartError
from embedded.roles import APPLICATION, OWNER, SUPERUSER
from parley.state import write_private

MAJOR = "18"  # of the Postgres that we bring
LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def kept_passwords(path: Path, data: Path) -> dict[str, str]:
    """Each role's password from the file, made for new data. Raises StartError when they are lost."""
    try:
        return {str(role): str(password) for role, password in json.loads(path.read_text()).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        if data.exists():
            raise StartError(
                f"{path} is missing or damaged, and without it nobody can use the data in {data}. "
                "Put the file back, or remove that folder to start with an empty database."
            ) from None
    passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APPLICATION)}
    write_private(path, json.dumps(passwords, indent=2) + "\n")
    return passwords


def make_data(programs: Path, data: Path, account: Account, password: str, *, sync: bool) -> None:
    """Make the data folder, under another name first: one that was cut short never looks whole."""
    building, secret = data.with_name("data.new"), data.with_name("data.password")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    write_private(secret, password)
    account.own(building)
    account.own(secret)
    try:
        _initdb(programs / "initdb", building, secret, account, sync=sync)
    finally:
        secret.unlink()
    building.rename(data)


def check_version(data: Path) -> None:
    """Raises StartError when the data is of another Postgres than ours, or is no data at all."""
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise StartError(
            f"{data} is not a Postgres data folder. Move it away to start with an empty database."
        ) from None
    if found != MAJOR:
        raise StartError(
            f"The data in {data} is of Postgres {found}, and this Parley brings Postgres {MAJOR}. Dump it "
            "with the Parley that wrote it, or move the folder away to start with an empty database."
        )


def _initdb(program: Path, data: Path, secret: Path, account: Account, *, sync: bool) -> None:
    command: list[str | Path] = [program, "-D", data, "-U", SUPERUSER, f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "-E", "UTF8", f"--locale={LOCALE}", "--no-instructions"]
    if not sync:
        command.append("--no-sync")
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **account.options)
    if done.returncode:
        raise StartError(f"Postgres could not make its data folder:\n{done.stdout}{done.stderr}")
