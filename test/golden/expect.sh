#!/bin/sh
# Writes the expected values beside each asset: test/golden/expect.sh MKCOMPOSEFS
#
# NAME.txt has a line for each format version, with the image's fs-verity digest and its size in bytes, as the
# reference writer (composefs 1.0.8 or later) makes it. Run it after adding an asset, and look at what changed.
set -eu
mkcomposefs=$1
image=$(mktemp)
trap 'rm -f "$image"' EXIT
for dump in "$(dirname "$0")"/assets/*.dump; do
  case $(basename "$dump") in should-fail-*) continue ;; esac
  for version in 0 1 auto; do
    case $version in auto) set -- ;; *) set -- --min-version=$version --max-version=$version ;; esac
    digest=$("$mkcomposefs" "$@" --print-digest --from-file "$dump" "$image")
    echo "$version $digest $(stat -c %s "$image")"
  done > "${dump%.dump}.txt"
done
