#!/usr/bin/env bash
# Makes the Debian packages and the tarball from a release build, in build/release: the same bytes each time.
set -euo pipefail
cd "$(dirname "$0")/.."

bash packaging/dependencies.sh build
SOURCE_DATE_EPOCH=$(date -u -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n 1)" +%s)
export SOURCE_DATE_EPOCH
# Again where it is configured: the commit that kreel --version says is taken then.
if [ -e build/release/build.ninja ]; then
  cmake build/release
else
  cmake -S . -B build/release -G Ninja -C packaging/cmake/release.cmake -DKREEL_TESTS=OFF
fi
cmake --build build/release --target kreel kreel_portable kreel_documents
(cd build/release && cpack -G DEB)
bash packaging/tarball.sh
