#!/usr/bin/env bash
# Installs what kreel needs from Debian 12's own packages: nothing else is fetched.
#   packaging/dependencies.sh run      what a built kreel needs
#   packaging/dependencies.sh build    what building and running needs
#   packaging/dependencies.sh test     that, and what the tests need
set -euo pipefail

run_packages=(
  libcjose0 libdate-tz3 libfmt9 libisal2 liblz4-1 libprometheus-cpp-pull1.0 libjq1 libncursesw6 librdkafka1 libre2-9
  libsasl2-2 libsnappy1v5 libssl3 libzstd1 tzdata zlib1g
)
build_packages=(
  g++ cmake ninja-build pkg-config ccache
  libasio-dev libcli11-dev libfmt-dev nlohmann-json3-dev libexpected-dev
  librdkafka-dev libsasl2-dev libssl-dev zlib1g-dev liblz4-dev libzstd-dev libsnappy-dev libisal-dev
  libre2-dev libcjose-dev libncurses-dev libjq-dev libhowardhinnant-date-dev prometheus-cpp-dev tzdata
)
test_packages=(
  doctest-dev mold clang-14 libclang-rt-14-dev libfuzzer-14-dev lld-14 clang-format-14
  kcat openssl python3 python3-venv python3-yaml valgrind strace mandoc shellcheck git iproute2 procps util-linux
  binutils systemd lintian debootstrap bash-completion zsh fish python3-jsonschema
  krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit
)

case "${1:-}" in
  run) wanted=("${run_packages[@]}") ;;
  build) wanted=("${build_packages[@]}") ;;
  test) wanted=("${build_packages[@]}" "${test_packages[@]}") ;;
  *)
    echo "usage: $0 run|build|test" >&2
    exit 2
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "$0: needs root or sudo to install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
  "${missing[@]}"
