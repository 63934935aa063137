#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test, and closes with ctest's summary.
#   packaging/test.sh          the default counts: 25 minutes from nothing on two cores
#   packaging/test.sh --long   the full counts of every proof: hours
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  "")
    export KREEL_CRASH_STATES=10000 KREEL_KILLS=120 KREEL_SIM_SEEDS=400
    fuzz_seconds=5 release_units=OFF
    ;;
  --long)
    export KREEL_LONG=1 KREEL_CRASH_STATES=50000 KREEL_KILLS=600 KREEL_SIM_SEEDS=2000 KREEL_TRACE_PLANTED_BUGS=1
    fuzz_seconds=30 release_units=ON
    ;;
  *)
    echo "usage: $0 [--long]" >&2
    exit 2
    ;;
esac

bash packaging/dependencies.sh test
jobs=$(nproc)
started=$SECONDS

# build KIND [TARGET...]: one build directory per kind; each registers the tests that belong to it.
build() {
  local kind=$1
  shift
  [ "$#" -gt 0 ] || set -- all
  echo "== build: $kind ($((SECONDS - started)) s)"
  cmake -S . -B "build/$kind" -G Ninja -C "packaging/cmake/$kind.cmake" -DKREEL_WERROR=ON -DKREEL_TESTS=ON \
    -DKREEL_TEST_KIND="$kind" -DKREEL_FUZZ_SECONDS="$fuzz_seconds" \
    -DKREEL_RELEASE_UNITS="$release_units" >"build/$kind.configure.log" ||
    { cat "build/$kind.configure.log"; exit 1; }
  cmake --build "build/$kind" -j "$jobs" --target "$@"
}

mkdir -p build
build release
build asan all fuzz_targets
build tsan unit_storage unit_coordinator unit_broker unit_net unit_server

if [ -n "${KREEL_LONG:-}" ]; then
  echo "== includes ($((SECONDS - started)) s)"
  cmake -S . -B build/dev -G Ninja -C packaging/cmake/dev.cmake >build/dev.configure.log
  python3 -B tests/tidy/includes.py build/dev
fi

# One ctest run over all kinds. Most scripts wait for something half of their time.
mkdir -p build/all
printf 'subdirs("%s/build/%s")\n' "$PWD" release "$PWD" asan "$PWD" tsan \
  >build/all/CTestTestfile.cmake
echo "== test ($((SECONDS - started)) s)"
ctest --test-dir build/all --output-on-failure -j "$((jobs + 1))" --timeout 900
