#!/bin/sh
# Succeed when there is a Chromium for the browser tests; as root on Debian, install it.
set -eu
has_browser() { command -v chromium >/dev/null; }

if has_browser; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
fi
if ! has_browser; then
    echo "The browser tests need Chromium (Debian: apt install chromium)." >&2
    exit 1
fi
