#!/usr/bin/env bash
# Makes the Debian package from a release build, in build/release: the same bytes each time.
set -euo pipefail
cd "$(dirname "$0")/.."

bash packaging/dependencies.sh build
SOURCE_DATE_EPOCH=$(date -u -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n 1)" +%s)
export SOURCE_DATE_EPOCH
[ -e build/release/build.ninja ] ||
  cmake -S . -B build/release -G Ninja -C packaging/cmake/release.cmake -DKREEL_TESTS=OFF
cmake --build build/release --target kreel kreel_documents
cd build/release
cpack -G DEB
