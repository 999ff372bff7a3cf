#!/bin/sh
# Writes the expected values beside each asset: test/golden/expect.sh DIRECTORY_OF_THE_COMPOSEFS_TOOLS
#
# NAME.txt has a line for each format version, with the image's fs-verity digest and its size in bytes, as the
# reference writer (composefs 1.0.8 or later) makes it, and then the SHA-256 of what `composefs-info dump` prints for
# the last image. Run it after adding an asset, and look at what changed.
set -eu
tools=$1
image=$(mktemp)
trap 'rm -f "$image"' EXIT
for dump in "$(dirname "$0")"/assets/*.dump; do
  case $(basename "$dump") in should-fail-*) continue ;; esac
  {
    for version in 0 1 auto; do
      case $version in auto) set -- ;; *) set -- --min-version=$version --max-version=$version ;; esac
      digest=$("$tools/mkcomposefs" "$@" --print-digest --from-file "$dump" "$image")
      echo "$version $digest $(stat -c %s "$image")"
    done
    echo "dump $("$tools/composefs-info" dump "$image" | sha256sum | cut -d ' ' -f 1)"
  } > "${dump%.dump}.txt"
done
