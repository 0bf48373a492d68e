#!/bin/sh
# Succeed when the browser tests can run: Chromium is there, and Playwright's driver starts.
# As root on Debian, install what is missing.
set -eu
cd "$(dirname "$0")/../.."

is_ready() {
    command -v chromium >/dev/null && .venv/bin/python -m playwright --version >/dev/null 2>&1
}

if is_ready; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends \
        chromium fonts-dejavu-core libatomic1 >/dev/null
fi
if ! is_ready; then
    echo "The browser tests need Chromium and libatomic (Debian: apt install chromium libatomic1)." >&2
    exit 1
fi
