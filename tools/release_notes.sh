#!/bin/sh
# What CHANGELOG.md says of a version: `tools/release_notes.sh 1.2.3`. Fails unless the sources are of that version.
set -eu
cd "$(dirname "$0")/.."
version=$1
sources=$(sed -n 's/^project(signals VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ "$version" = "$sources" ] || { echo "release: the tag says $version, CMakeLists.txt $sources" >&2; exit 1; }
notes=$(awk -v title="## $version" '/^## /{here = index($0 " ", title " ") == 1; next} here' CHANGELOG.md)
[ -n "$notes" ] || { echo "release: CHANGELOG.md has no section '## $version'" >&2; exit 1; }
echo "$notes"
