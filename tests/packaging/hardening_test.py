#!/usr/bin/env python3
"""What the binaries and the systemd unit are hardened with, read back from them.

  hardening_test.py --kreel PATH     exit 77 without systemd-analyze or strace"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging" / "systemd" / "kreel.service"
EXPOSURE_MAX = 1.5
ENDBR64 = b"\xf3\x0f\x1e\xfa"  # where an indirect call may land; -fcf-protection

sys.path.insert(0, str(ROOT / "tests" / "integration"))
import broker  # noqa: E402
import trace_sync  # noqa: E402


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def binaries(kreel):
    return kreel, next(kreel.parent.glob("libkreel.so.*.*"))


def every_binary_is_linked_against_overwrites(kreel):
    for binary in binaries(kreel):
        headers = output_of("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", binary)
        assert re.search(r"Type: +DYN", headers), f"{binary}: is loaded at a fixed address"
        assert re.search(r"GNU_STACK .* RW +0x", headers), f"{binary}: its stack may be executed"
        assert "GNU_RELRO" in headers and re.search(r"FLAGS.*NOW", headers), f"{binary}: no full RELRO"
        assert "TEXTREL" not in headers, f"{binary}: its code is written to when it is loaded"
        assert not re.search(r" LOAD .* RWE ", headers), f"{binary}: a segment is writable and executable"
        assert "RPATH" not in headers, f"{binary}: RPATH comes before LD_LIBRARY_PATH"
    executable = output_of("readelf", "--wide", "--dynamic", kreel)
    path = re.search(r"Library runpath: \[(.*)\]", executable)
    assert path is None or all(path[1].split(":")), f"it loads libraries from the working directory: {path[1]}"
    assert re.search(r"FLAGS_1.*PIE", executable), "the program is loaded at a fixed address"


def every_binary_is_compiled_against_overwrites(kreel):
    for binary in binaries(kreel):
        # Debian's own start files are without it, so the linker does not mark the whole as protected.
        assert binary.read_bytes().count(ENDBR64) > 100, f"{binary}: no control-flow protection"
        symbols = output_of("readelf", "--wide", "--dyn-syms", binary)
        assert "__stack_chk_fail" in symbols, f"{binary}: no stack protector"
        assert re.search(r"__(memcpy|memset|read|snprintf|vsnprintf|poll|recv|memmove)_chk", symbols), \
            f"{binary}: not fortified"
    library = output_of("readelf", "--wide", "--dyn-syms", binaries(kreel)[1])
    assert "__glibcxx_assert_fail" in library, "the standard library's assertions are off"


def the_unit_leaves_little_exposed(_kreel):
    report = output_of("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT)
    exposure = float(re.search(r"exposure level for kreel.service: ([0-9.]+)", report)[1])
    assert exposure <= EXPOSURE_MAX, report
    print(f"     exposure {exposure}, at most {EXPOSURE_MAX}")


def the_unit_is_well_formed(kreel):
    """systemd's own check; it wants the program and the user to be there."""
    with tempfile.TemporaryDirectory() as directory:
        unit = pathlib.Path(directory, UNIT.name)
        text = UNIT.read_text(encoding="utf-8").replace("/usr/bin/kreel", str(kreel))
        unit.write_text(re.sub(r"^(User|Group)=kreel$", r"\1=root", text, flags=re.MULTILINE), encoding="utf-8")
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0 and str(unit) not in done.stderr, done.stderr


def allowed_calls():
    """What SystemCallFilter= leaves, set by set."""
    listing = output_of("systemd-analyze", "syscall-filter", "--no-pager")
    sets = {}
    for line in listing.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = set()
        elif line.strip() and not line.strip().startswith("#"):
            sets[name].add(line.strip())

    def members(name):
        if not name.startswith("@"):
            return {name}
        return set().union(*map(members, sets[name]))

    allowed = set()
    for words in re.findall(r"^SystemCallFilter=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE):
        named = set().union(*map(members, words.lstrip("~").split()))
        allowed = allowed - named if words.startswith("~") else allowed | named
    return allowed


def a_broker_at_work_makes_no_call_that_the_unit_forbids(kreel):
    with tempfile.TemporaryDirectory() as directory:
        trace = pathlib.Path(directory, "trace")
        one = broker.Broker(kreel, directory, prefix=["strace", "-f", "-qq", "-o", trace])
        one.start()
        one.wait_ready(60)
        for arguments, given in ((["topics", "create", "orders", "-p", "3"], ""),
                                 (["produce", "orders"], "one\ntwo\n"),
                                 (["consume", "orders", "-g", "billing", "-n", "2"], ""),
                                 (["topics", "delete", "orders", "--yes"], "")):
            subprocess.run([kreel, *arguments, "-b", one.address], input=given, text=True, check=True,
                           capture_output=True, timeout=60)
        trace_sync.stop_child_of(one.process.pid)
        one.process.wait(60)
        calls = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(encoding="utf-8"), re.MULTILINE))
    assert "fdatasync" in calls, "nothing was traced"
    # The filter is in force from the program's own execve on.
    forbidden = calls - allowed_calls() - {"execve"}
    assert not forbidden, f"the unit forbids {', '.join(sorted(forbidden))}"
    print(f"     {len(calls)} system calls, all allowed")


TESTS = (every_binary_is_linked_against_overwrites, every_binary_is_compiled_against_overwrites,
         the_unit_leaves_little_exposed, the_unit_is_well_formed,
         a_broker_at_work_makes_no_call_that_the_unit_forbids)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True, type=pathlib.Path)
    kreel = parser.parse_args().kreel.resolve()
    for tool in ("systemd-analyze", "strace", "readelf"):
        if shutil.which(tool) is None:
            print(f"skipped: no {tool}")
            return 77
    for test in TESTS:
        print(test.__name__.replace("_", " "))
        test(kreel)
    return 0


if __name__ == "__main__":
    sys.exit(main())
