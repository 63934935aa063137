"""A Kerberos realm of its own: an MIT KDC that listens on 127.0.0.1 and keeps everything in one directory."""

import os
import pathlib
import shutil
import subprocess
import time

from rig import brokers, fetch

REALM = "KREEL.TEST"
PACKAGES = "krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit"
READY_TIMEOUT_S = 30

KRB5_CONF = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  qualify_shortname = ""
  udp_preference_limit = 1
[realms]
  {realm} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  localhost = {realm}
"""

KDC_CONF = """\
[kdcdefaults]
  kdc_listen = 127.0.0.1:{port}
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {realm} = {{
    database_name = {home}/principal
    key_stash_file = {home}/stash
    acl_file = {home}/kadm5.acl
    max_life = 1h
  }}
[logging]
  kdc = FILE:{home}/kdc.log
"""


def tool(name):
    """Debian keeps half of them where a user's PATH does not go."""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not path:
        raise fetch.Unreachable(f"{name} is not installed (apt install {PACKAGES})")
    return path


def need_packages():
    for name in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit"):
        tool(name)
    if not [*pathlib.Path("/usr/lib").glob("**/sasl2/libgssapiv2.so")]:
        raise fetch.Unreachable(f"the GSSAPI plugin of Cyrus SASL is not installed (apt install {PACKAGES})")


class Kdc:
    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.port = brokers.free_port()
        self.config = self.home / "krb5.conf"
        self.process = None
        self.environment = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "KRB5_CONFIG": str(self.config),
                            "KRB5_KDC_PROFILE": str(self.home / "kdc.conf"), "LC_ALL": "C"}

    def __enter__(self):
        values = {"realm": REALM, "port": self.port, "home": self.home}
        self.config.write_text(KRB5_CONF.format(**values), encoding="utf-8")
        (self.home / "kdc.conf").write_text(KDC_CONF.format(**values), encoding="utf-8")
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        with open(self.home / "kdc.out", "wb") as out:
            self.process = subprocess.Popen([tool("krb5kdc"), "-n"], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            env=self.environment)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not brokers.KafkaBroker.accepts(f"127.0.0.1:{self.port}"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"the KDC does not start: {(self.home / 'kdc.out').read_text(errors='replace')}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def run(self, name, *arguments):
        done = subprocess.run([tool(name), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=self.environment, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")

    def keytab(self, principal):
        """Makes the principal; returns the file with its key."""
        path = self.home / f"{principal.replace('/', '-')}.keytab"
        self.run("kadmin.local", "-r", REALM, "-q", f"addprinc -randkey {principal}")
        self.run("kadmin.local", "-r", REALM, "-q", f"ktadd -k {path} {principal}")
        return path

    def ticket(self, principal, keytab):
        """The file of a ticket cache, as kinit leaves it."""
        path = self.home / f"{principal}.cache"
        self.run("kinit", "-k", "-t", keytab, "-c", f"FILE:{path}", principal)
        return path
