"""What comes from registries: fetched once into a cache outside the tree, keyed by the manifest's content."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent
FETCH_TIMEOUT_S = 600


class Unreachable(Exception):
    """A registry or a tool that the suite needs is not there: the suite is skipped."""


class BuildFailed(Exception):
    """The suite's own program does not compile: the suite fails."""


def cache_dir():
    path = os.environ.get("KREEL_INTEROP_CACHE") or os.path.expanduser("~/.cache/kreel-interop")
    pathlib.Path(path).mkdir(parents=True, exist_ok=True)
    return pathlib.Path(path)


def key_of(*files):
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def need(tool):
    path = shutil.which(tool)
    if not path:
        raise Unreachable(f"{tool} is not installed")
    return path


def first_error(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["no output"])[0][:200]


def run_fetch(command, what, **options):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=FETCH_TIMEOUT_S, **options)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"registry out of reach: {what}: no end in {FETCH_TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise Unreachable(f"registry out of reach: {what}: {first_error(done.stdout)}")


def run_build(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(map(str, command))}\n{done.stdout}")


@contextlib.contextmanager
def filled_once(name):
    """Yields (directory, fresh). A directory counts as filled only when the block ended without an exception."""
    directory = cache_dir() / name
    stamp = directory / ".filled"
    with open(cache_dir() / f".{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists():
            yield directory, False
            return
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        yield directory, True
        stamp.touch()


def maven_jars(pom, label):
    with filled_once(f"{label}-{key_of(pom)}") as (directory, fresh):
        if fresh:
            shutil.copy(pom, directory / "pom.xml")
            run_fetch([need("mvn"), "-q", "-B", "-f", directory / "pom.xml", "dependency:copy-dependencies",
                       f"-DoutputDirectory={directory / 'jars'}",
                       f"-Dmaven.repo.local={cache_dir() / 'm2'}"], "Maven")
    return directory / "jars"


def javac(sources, jars, label):
    with filled_once(f"{label}-{key_of(*sources)}-{jars.parent.name[-6:]}") as (directory, fresh):
        if fresh:
            run_build([need("javac"), "-J-Xmx256m", "-nowarn", "-cp", f"{jars}/*", "-d", directory, *sources])
    return directory


def npm_modules(folder, label):
    manifest = folder / "package.json"
    with filled_once(f"{label}-{key_of(manifest)}") as (directory, fresh):
        if fresh:
            shutil.copy(manifest, directory)
            run_fetch([need("npm"), "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
                       "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
                       f"--cache={cache_dir() / 'npm'}"], "npm", cwd=directory)
    return directory / "node_modules"


def python_venv(requirements, label):
    with filled_once(f"{label}-{key_of(requirements)}") as (directory, fresh):
        if fresh:
            run_fetch([need("python3"), "-m", "venv", directory / "venv"], "python3 -m venv")
            run_fetch([directory / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "--retries=1",
                       f"--cache-dir={cache_dir() / 'pip'}", "-r", requirements], "PyPI")
    return directory / "venv/bin/python"


def go_program(folder, command, label):
    manifests = [folder / "go.mod", folder / "go.sum"]
    environment = dict(os.environ, GOMODCACHE=str(cache_dir() / "gomod"), GOCACHE=str(cache_dir() / "gobuild"),
                       GOFLAGS="-mod=readonly -buildvcs=false", CGO_ENABLED="0", GOMAXPROCS="2")
    with filled_once(f"go-modules-{key_of(*manifests)}") as (_, fresh):
        if fresh:
            run_fetch([need("go"), "mod", "download"], "Go module proxy", cwd=folder, env=environment)
    sources = sorted(folder.glob("*/*.go"))
    with filled_once(f"{label}-{key_of(*manifests)}-{sources_key(folder, sources)}") as (directory, fresh):
        if fresh:
            run_build([need("go"), "build", "-o", directory / command, f"./{command}"], cwd=folder, env=environment)
    return directory / command


def sources_key(folder, sources):
    digest = hashlib.sha256()
    for source in sources:
        digest.update(str(source.relative_to(folder)).encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:12]
