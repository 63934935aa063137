#!/usr/bin/env bash
# Makes the tarball for Linux systems that are not Debian: the same bytes each time.
#   packaging/tarball.sh [BUILD [DIRECTORY]]   from a release build, into DIRECTORY (both build/release)
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${1:-$source/build/release}")
into=$(realpath "${2:-$build}")

# Loaded by name when --where and top are used, so no binary says that it needs them.
loaded=(libjq.so.1 libncursesw.so.6)
# What every Linux has a version of its own of.
of_the_system='/(libc|libm|ld-linux-[^/]*)\.so\.[0-9]+$'

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
name=kreel-$version-linux-$(uname -m)
epoch=$(date -u -d "$(sed -n 's/^ -- .*>  //p' "$source/packaging/debian/changelog" | head -n 1)" +%s)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
root=$stage/$name
for component in portable documents; do
  cmake --install "$build" --component "$component" --prefix "$root" --strip >/dev/null
done

# Debian's package of a file, whichever of / and /usr dpkg knows it by.
package_of() {
  local real
  real=$(realpath "$1")
  dpkg -S "$real" 2>/dev/null || dpkg -S "${real#/usr}"
}
licences=$root/share/doc/kreel/licences
mkdir -p "$root/lib" "$licences"
keep_licence() {
  local package
  package=$(package_of "$1" | head -n 1 | cut -d: -f1)
  cp -L "/usr/share/doc/$package/copyright" "$licences/$package"
}

needed=("$root/bin/kreel")
for library in "${loaded[@]}"; do needed+=("$(gcc -print-file-name="$library")"); done
{
  ldd "${needed[@]}" | sed -n 's/^.* => \(\/[^ ]*\) .*$/\1/p'
  printf '%s\n' "${needed[@]:1}"
} | grep -Ev "$of_the_system" | sort -u >"$stage/libraries"
while read -r library; do
  cp -L "$library" "$root/lib/"
  keep_licence "$library"
done <"$stage/libraries"
sed -n 's/^KREEL_PORTABLE_.*\.a:FILEPATH=//p' "$build/CMakeCache.txt" | while read -r archive; do
  keep_licence "$archive"
done

chmod -R u=rwX,go=rX "$root"
tar -C "$stage" --sort=name --format=gnu --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -c "$name" |
  gzip -9n >"$into/$name.tar.gz"
echo "$into/$name.tar.gz"
