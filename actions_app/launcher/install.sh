#!/bin/sh
# Make .venv with the locked dependencies. Does nothing when they are in already, and repairs a
# virtual environment that was left half made.
set -eu
cd "$(dirname "$0")/../.."
lock=requirements-dev.txt
stamp=.venv/$lock

is_fit() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        for path in $(which -a "$name" 2>/dev/null); do
            if is_fit "$path"; then echo "$path" && return; fi
        done
    done
}

# Without the stamp an installation was interrupted, and pip would take what is half there for
# whole; and a virtual environment holds its own path, so a moved one is made anew as well.
is_sound() {
    [ -f "$stamp" ] && .venv/bin/python -c 'import pip' 2>/dev/null &&
        grep -qxF "$PWD" .venv/lib/python3*/site-packages/actions.pth 2>/dev/null
}

if is_sound; then
    if cmp -s "$lock" "$stamp"; then exit 0; fi
else
    python=$(find_python)
    if [ -z "$python" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends python3 python3-venv >/dev/null
        python=$(find_python)
    fi
    if [ -z "$python" ]; then
        echo "Needs Python 3.11 or newer with venv (Debian: apt install python3-venv)." >&2
        exit 1
    fi
    # A link leads to another checkout's, which is not to be emptied.
    [ ! -L .venv ] || rm .venv
    echo "Making .venv with $python"
    "$python" -m venv --clear .venv
    # So that a bare `pytest` finds the project, too.
    for packages in .venv/lib/python3*/site-packages; do pwd > "$packages/actions.pth"; done
fi

echo "Installing the locked dependencies; the first time this takes a minute or two."
rm -f "$stamp"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r "$lock"
cp "$lock" "$stamp"
