#!/bin/sh
# Make sure the public tools that tests (or the bench, named first) compare us with are there, else install Debian's packages. Says plainly if it cannot.
wanted_by=${1:-tests}

programs_of_tests() {
    cat << 'TOOLS'
flac flac
ffmpeg ffmpeg
mediainfo mediainfo
wavpack wavpack
opusinfo opus-tools
ogginfo vorbis-tools
unzip unzip
7z p7zip-full
bsdtar libarchive-tools
redis-server redis-server
TOOLS
}

programs_of_bench() {
    cat << 'TOOLS'
ffmpeg ffmpeg
flac flac
lame lame
nginx nginx-light
fpcalc libchromaprint-tools
wavpack wavpack
opusdec opus-tools
oggdec vorbis-tools
TOOLS
}

missing_packages() {
    "programs_of_$wanted_by" | while read -r program package; do
        command -v "$program" > /dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || printf ' %s' "$package"
    done
    [ "$wanted_by" = tests ] || return 0
    # A library, not a program: it is where the dynamic linker looks, or nowhere.
    ls /usr/lib/*/libchromaprint.so.1 /usr/lib/libchromaprint.so.1 /usr/local/lib/libchromaprint.so.1 2> /dev/null |
        grep -q . || printf ' %s' libchromaprint1
}

missing=$(missing_packages)
[ -z "$missing" ] && exit 0
echo "The $wanted_by want tools that are not on this machine; installing Debian's packages:$missing ..."
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get > /dev/null 2>&1; then
    # Services are not wanted, only programs: a policy of 101 lets no package start one (Debian's invoke-rc.d).
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap '$as_root rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null && $as_root chmod +x "$policy"
    fi
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
fi
missing=$(missing_packages)
[ -z "$missing" ] && exit 0
echo "These packages could not be installed here:$missing" >&2
echo "Install them (Debian: apt-get install$missing) and start the $wanted_by again." >&2
exit 1
