#!/bin/sh
# The engine on ARM64 (cross-compiled, under an emulator) gives the bits it gives here, in every width.
set -eu
cd "$(dirname "$0")/.."
out=build/arm
mkdir -p "$out"
flags="-std=c++20 -O2 -ffp-contract=off -fno-math-errno -fno-trapping-math -Wno-psabi -Isrc"
compile() {  # OBJECT SOURCE FLAGS…
  object=$1; source=$2; shift 2
  # shellcheck disable=SC2086  # the list is meant to be split
  ccache aarch64-linux-gnu-g++ $flags "$@" -c "$source" -o "$object"
}
objects=
for lanes in 1 2; do
  for source in src/ta/group.cc src/ta/*/*.cc; do
    object=$out/$lanes-$(basename "$source" .cc).o
    compile "$object" "$source" -DSIGNALS_LANES="$lanes"
    objects="$objects $object"
  done
done
for source in src/ta/engine.cc src/ta/numeric.cc src/ta/registry.cc tools/engine_hash.cc; do
  object=$out/$(basename "$source" .cc).o
  compile "$object" "$source"
  objects="$objects $object"
done
# shellcheck disable=SC2086
aarch64-linux-gnu-g++ -static $objects -o "$out/engine_hash"
qemu-aarch64-static "$out/engine_hash" >"$out/hash.arm"
build/release/engine_hash >"$out/hash.here"
diff "$out/hash.here" "$out/hash.arm"
echo "arm64: the bits of this machine"
