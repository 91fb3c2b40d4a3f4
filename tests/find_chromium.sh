#!/bin/sh
# Make sure there is a Chromium for the browser story: the system's, else Debian's package. Says plainly if it cannot.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" > /dev/null 2>&1 && exit 0
done
[ -n "$CHROMIUM" ] && [ -x "$CHROMIUM" ] && exit 0
echo "There is no Chromium on this machine; installing Debian's package ..."
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get > /dev/null 2>&1 && $as_root apt-get update -qq && $as_root apt-get install -y -qq chromium > /dev/null; then
    command -v chromium > /dev/null 2>&1 && exit 0
fi
echo "The browser story needs Chromium, and it could not be installed here." >&2
echo "Install it (Debian: apt-get install chromium), or name one: CHROMIUM=/path/to/chromium make test" >&2
exit 1
