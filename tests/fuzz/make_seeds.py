#!/usr/bin/env python3
"""Makes seed files for the fuzz targets: make_seeds.py OUT SCHEMA_TABLE FIXTURE.hex..."""
import base64
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
BATCH_HEADER_BYTES = 61


def write(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def batch_seeds(out, source, codec, batch):
    write(out / "batches", f"{source}-{codec}", batch)
    # decompress: codec in the first byte, then the compressed records.
    write(out / "compressed", f"{source}-{codec}",
          bytes([CODECS.index(codec)]) + batch[BATCH_HEADER_BYTES:])


def request_versions(table):
    """API name -> (key, first flexible version) from tests/golden/protocol_schema.txt."""
    apis, text = {}, table.read_text()
    for api, key in re.findall(r"^# (\w+) (\d+)$", text, re.M):
        flexible = re.search(rf"^{api}Request \S+ flexible=(\d+)", text, re.M)
        apis[api] = (int(key), int(flexible.group(1)) if flexible else 999)
    return apis


def message_seeds(out, apis, index, name, version, body):
    # message: which message, by its place in the fixture, and which version; then the body.
    write(out / "messages", f"{name}-{version}", bytes([index, version]) + body)
    api = name.removesuffix("Request")
    if api != name and api in apis:
        key, flexible_from = apis[api]
        header = struct.pack(">hhih", key, version, 7, 4) + b"fuzz"
        tags = b"\0" if version >= flexible_from else b""
        write(out / "frames", f"{name}-{version}", header + tags + body)


def certificate_seeds(folder):
    """PEM, DER, a request and a store, whose password is x."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=x", "-addext", "subjectAltName=DNS:x,IP:::1", "-keyout", "key", "-out", "pem")
    openssl("x509", "-in", "pem", "-outform", "DER", "-out", "der")
    openssl("req", "-new", "-key", "key", "-subj", "/CN=y", "-out", "request")
    openssl("pkcs12", "-export", "-in", "pem", "-inkey", "key", "-passout", "pass:x", "-out", "store")


def sasl_seeds(folder):
    """What clients say to be let in, and a login line of Java's."""
    claims = base64.urlsafe_b64encode(b'{"sub":"app","exp":4102444800}').rstrip(b"=")
    token = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=") + b"." + claims + b"."
    write(folder, "plain", b"\0app\0pencil")
    write(folder, "scram", b"n,,n=app,r=abc\nc=biws,r=abcxyz,p=AAAA")
    write(folder, "bearer", b"n,a=app,\x01auth=Bearer " + token + b"\x01x=y\x01\x01\n\x01")
    write(folder, "login", b'a.b.PlainLoginModule required username="u" user_app="p\\"";')


def acl_seeds(folder):
    """Lines of names, addresses and operations, and rules that make principals."""
    write(folder, "names", b"orders\nord\n*\nWRITE\nDescribe_Configs\ntransactional-id\n10.0.0.7\n::ffff:10.0.0.7\nUser:app")
    write(folder, "rules", b"RULE:^CN=([^,]+),OU=([^,]+).*$/$1@$2/L,RULE:^CN=(.*?)$/$1/U,DEFAULT")


def token_seeds(folder):
    """A JWK set of one elliptic key, and a token that it has signed, for thirty years."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments, data=b""):
        return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout

    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    with tempfile.NamedTemporaryFile() as key:
        key.write(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        key.flush()
        point = openssl("pkey", "-in", key.name, "-pubout", "-outform", "DER")[-64:]
        signed = encoded(b'{"alg":"ES256","kid":"k"}') + b"." + encoded(
            b'{"sub":"app","iss":"i","iat":1700000000,"exp":2700000000}')
        signature = openssl("dgst", "-sha256", "-sign", key.name, data=signed)
    # DER: a sequence of two integers, each perhaps with a leading zero.
    first = signature[4:4 + signature[3]]
    second = signature[6 + len(first):]
    raw = b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in (first, second))
    keys = b'{"keys":[{"kty":"EC","crv":"P-256","kid":"k","use":"sig","x":"%s","y":"%s"}]}' % (
        encoded(point[:32]), encoded(point[32:]))
    write(folder, "signed", keys + b"\n" + signed + b"." + encoded(raw))
    write(folder, "rsa", b'{"keys":[{"kty":"RSA","e":"AQAB","n":"' + encoded(b"\xc5" * 256) + b'"}]}\n' +
          encoded(b'{"alg":"RS256"}') + b".e30." + encoded(b"s" * 256))


def main():
    out = pathlib.Path(sys.argv[1])
    apis = request_versions(pathlib.Path(sys.argv[2]))
    for fixture in map(pathlib.Path, sys.argv[3:]):
        lines = fixture.read_text().splitlines()[1:]
        names = []
        for line in lines:
            words = line.split()
            if len(words) == 2 and words[0] in CODECS:
                batch_seeds(out, fixture.stem, words[0], bytes.fromhex(words[1]))
            elif len(words) >= 2:
                name, version = words[0], int(words[1])
                body = bytes.fromhex(words[2]) if len(words) > 2 else b""
                if name not in names:
                    names.append(name)
                message_seeds(out, apis, names.index(name), name, version, body)
    certificate_seeds(out / "certificates")
    sasl_seeds(out / "sasl")
    acl_seeds(out / "acls")
    token_seeds(out / "tokens")
    (out / "stamp").write_text("")


main()
