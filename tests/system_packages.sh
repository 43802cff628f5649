#!/bin/sh
# Installs what the browser tests need where that can be done, and says what is missing where it cannot.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "Installing for the browser tests: $missing"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	apt-get update -qq && apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "The browser tests will be skipped: $missing is missing. On Debian or Ubuntu: sudo apt-get install$( [ "${missing# }" = "$missing" ] && echo " " )$missing"
exit 0
