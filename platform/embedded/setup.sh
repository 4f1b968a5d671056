#!/bin/sh
# Make the virtual environment and install what the Makefile's targets need; quick when there is nothing to do.
#   sh platform/embedded/setup.sh          what Parley runs on
#   sh platform/embedded/setup.sh dev      also what its tests, linters and benchmarks need
# PYTHON=/path/to/python chooses the interpreter.
set -eu
cd "$(dirname "$0")/../.."

venv=.venv
python=$venv/bin/python
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*"; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c "$new_enough" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    fail "Parley needs Python 3.11 or newer, and there is none on the PATH.
Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or name one:
    make run PYTHON=/path/to/python3"
}

# Debian takes `ensurepip` out of Python and puts it into python3-venv.
make_environment() {
    base=$1
    rm -rf "$venv"
    say "Making $venv with $base"
    if "$base" -c 'import ensurepip, venv' >/dev/null 2>&1 && "$base" -m venv "$venv"; then return; fi
    if command -v uv >/dev/null && uv venv --quiet --seed --python "$base" "$venv"; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "This Python cannot make virtual environments: installing Debian's python3-venv"
        apt_get_install python3-venv
        if "$base" -m venv "$venv"; then return; fi
    fi
    rm -rf "$venv"
    fail "$base cannot make a virtual environment: it has no ensurepip.
On Debian and Ubuntu: apt install python3-venv. Then run the same command again."
}

apt_get_install() {
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } \
        </dev/null >"${TMPDIR:-/tmp}/parley-apt.log" 2>&1 || say "apt-get could not: see ${TMPDIR:-/tmp}/parley-apt.log"
}

can_install() {
    [ -x "$venv/bin/uv" ] || [ -x "$venv/bin/pip" ] || command -v uv >/dev/null
}

# uv is ten times faster than pip, and pip is always there.
install() {
    if command -v uv >/dev/null; then
        installer=uv
    else
        [ -x "$venv/bin/uv" ] || "$python" -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
        installer=$venv/bin/uv
    fi
    if "$installer" --version >/dev/null 2>&1; then
        "$installer" pip install --quiet --compile-bytecode --python "$python" -r "$1" && return
        say "uv could not install them; trying with pip, which takes a minute or two"
    fi
    "$python" -m pip install --quiet --disable-pip-version-check -r "$1" ||
        fail "The packages in $1 could not be installed: the lines above say why. Is there a way to the package registry?"
}

# A stamp is written after the work is done, so whatever was cut short is done again.
stamp() {
    cat "$@" | cksum
    "$python" -c 'import sys; print(sys.version)'
}

if ! "$python" -c "$new_enough" >/dev/null 2>&1 || ! can_install; then
    base=$(find_python)
    make_environment "$base"
fi

set -- requirements.txt "${1:-run}"
if [ "$2" = dev ]; then
    wanted=requirements-dev.txt
    state=$(stamp requirements.txt requirements-dev.txt requirements-stores.txt requirements-otlp.txt)
else
    wanted=requirements.txt
    state=$(stamp requirements.txt)
fi
if [ "$(cat "$venv/$wanted.stamp" 2>/dev/null)" != "$state" ]; then
    say "Installing $wanted (about 500 MB; a minute the first time)"
    began=$(date +%s)
    install "$wanted"
    printf '%s\n' "$state" >"$venv/$wanted.stamp"
    # The development requirements contain the others.
    [ "$wanted" = requirements.txt ] || stamp requirements.txt >"$venv/requirements.txt.stamp"
    say "Installed in $(($(date +%s) - began)) s"
fi
