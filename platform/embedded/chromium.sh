#!/bin/sh
# Debian's Chromium for the browser tests, where we may install it. Without it those tests report a skip.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0
echo "Installing Chromium for the browser tests"
{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
    </dev/null >/tmp/parley-apt.log 2>&1 || echo "It could not be installed (/tmp/parley-apt.log): its tests are skipped"
