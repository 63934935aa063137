#!/usr/bin/env bash
# From a fresh Debian 12 to a broker that does real work: installs, builds a release, runs the demo.
set -euo pipefail
cd "$(dirname "$0")/.."

bash packaging/dependencies.sh build
[ -f build/release/build.ninja ] ||
  cmake -S . -B build/release -G Ninja -C packaging/cmake/release.cmake -DKREEL_TESTS=OFF
cmake --build build/release --target kreel
exec build/release/kreel demo
