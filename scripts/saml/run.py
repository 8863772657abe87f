"""Signs in to v1 of a running hub as a foreign system does: with assertions that signxml and libxml2
sign now, over mutual TLS of Python's OpenSSL.

The certificates and assertions kept for the Rust tests come from the same maker; here they are
fresh at each run, and it is the program with its settings that reads them.
"""

import argparse
import base64
import datetime
import http.client
import importlib.util
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

# The maker is read, not installed: nothing is left beside it.
sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).parents[2]
MAKER = ROOT / "crates/accounts/tests/accounts/saml/make.py"
PATIENCE = 60


def maker():
    """The maker of certificates and assertions, with now as its beginning."""
    spec = importlib.util.spec_from_file_location("maker", MAKER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.BEGIN = datetime.datetime.now(datetime.timezone.utc)
    return module


def free_port():
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return tcp.getsockname()[1]


class Party:
    """A key and its certificate, in files too."""

    def __init__(self, made, key, folder, name):
        self.made, self.key = made, key
        self.pem, self.key_file = folder / f"{name}.pem", folder / f"{name}.key"
        self.pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self.key_file.write_bytes(pem)


class Hub:
    """The program, asking for certificates and trusting the token service."""

    def __init__(self, program, folder, ca, sts):
        self.port = free_port()
        own = folder / "own"
        subprocess.run([program, "certificate", own], check=True, stdout=subprocess.DEVNULL)
        self.own = own / "certificate.pem"
        environment = os.environ | {
            "VDX_DATA_DIR": str(folder / "data"),
            "VDX_SERVER__LISTEN": f"127.0.0.1:{self.port}",
            "VDX_SERVER__PUBLIC_URL": f"https://localhost:{self.port}",
            "VDX_SERVER__TLS_CERTIFICATE": str(self.own),
            "VDX_SERVER__TLS_KEY": str(own / "key.pem"),
            "VDX_SERVER__CLIENT_CA": str(ca.pem),
            "VDX_AUTH__STS__CERTIFICATES": str(sts.pem),
            "VDX_AUTH__STS__ISSUER": "https://sts.example/",
            "VDX_MEDIA__LISTEN": f"127.0.0.1:{free_port()}",
        }
        self.log = folder / "hub.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--demo"], env=environment, cwd=folder, stdout=log, stderr=log
            )

    def call(self, party, method, path, headers=None, form=None):
        """Status and JSON of a call; `party` shows its certificate."""
        context = ssl.create_default_context(cafile=self.own)
        if party:
            context.load_cert_chain(party.pem, party.key_file)
        connection = http.client.HTTPSConnection("localhost", self.port, context=context, timeout=30)
        body = urllib.parse.urlencode(form) if form else None
        headers = dict(headers or {})
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def wait(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.call(None, "GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        sys.exit(f"the hub did not start:\n{self.log.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def exchange(self, party, root):
        token = base64.b64encode(etree.tostring(root)).decode()
        return self.call(party, "POST", "/videoapi/token", form={"saml-token": token})

    def list(self, party, token):
        path = "/videoapi/scheduling-templates"
        return self.call(party, "GET", path, {"Authorization": f"Holder-of-key {token}"})[0]


class Counts:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, is_so, found):
        if is_so:
            self.passed += 1
            print(f"  passed  {what}")
        else:
            self.failed += 1
            print(f"  FAILED  {what}: {found}")


def signed_ways(make, hub, sts, system, counts):
    """Each way of signing gives a token that counts with its certificate alone."""
    statement = make.attributes(organisation="demo-region", roles=("meeting-planner",))
    for number, (what, sign) in enumerate(
        [
            ("RSA, SHA-256", lambda root: make.sign(root, sts.key, sts.made)),
            ("RSA, SHA-512", lambda root: make.sign(root, sts.key, sts.made, "rsa-sha512", "sha512")),
            ("prefixes in values", lambda root: make.sign_with_prefixes(root, sts.key, ["xs"])),
        ]
    ):
        root = sign(make.assertion(f"way{number}", system.made, statement=statement))
        status, body = hub.exchange(system, root)
        good = status == 200 and body["token_type"] == "Holder-of-key"
        counts.check(f"{what}: exchanged", good, (status, body))
        if good:
            status = hub.list(system, body["access_token"])
            counts.check(f"{what}: the token counts", status == 200, status)
            yield body["access_token"]


def attacks(make, hub, sts, system, other, counts):
    """What must not get a token."""
    statement = make.attributes(organisation="demo-region")

    def fresh(name, holder=system, key=sts, **more):
        return make.sign(make.assertion(name, holder.made, statement=statement, **more), key.key, key.made)

    used = fresh("used", conditions=make.audience("urn:medcom:videoapi") + "<saml2:OneTimeUse/>")
    hub.exchange(system, used)
    changed = fresh("changed")
    changed.find(".//{*}Audience").getparent().append(etree.Comment("x"))
    role = fresh("role")
    role.findall(".//{*}AttributeValue")[-1].text = "meeting-admin"
    wrapped = make.assertion("evil", system.made, statement=make.attributes("demo-region"))
    wrapped.replace(wrapped.find("{*}Signature"), fresh("inner"))
    for what, root in [
        ("used before", used),
        ("another role", role),
        ("a comment", changed),
        ("wrapped", wrapped),
        ("of another service", fresh("rogue", key=other)),
        ("for another certificate", fresh("stolen", holder=other)),
    ]:
        status, body = hub.exchange(system, root)
        refused = status == 400 and body["error"] == "invalid_grant"
        counts.check(f"{what}: refused", refused, (status, body))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True, help="the program vdx")
    arguments.add_argument("--counts", help="where to write `PASSED FAILED SKIPPED`")
    asked = arguments.parse_args()
    make, counts = maker(), Counts()
    with tempfile.TemporaryDirectory(prefix="vdx-saml-") as name:
        folder = pathlib.Path(name)
        ca_key = ec.generate_private_key(ec.SECP256R1())
        ca = Party(make.certificate("Test CA", ca_key), ca_key, folder, "ca")

        def party(name, key):
            made = make.certificate(name, key, issuer=(ca_key, ca.made.subject))
            return Party(made, key, folder, name)

        sts_key = rsa.generate_private_key(65537, 2048)
        sts = Party(make.certificate("STS", sts_key), sts_key, folder, "sts")
        system = party("system", rsa.generate_private_key(65537, 2048))
        other = party("other", rsa.generate_private_key(65537, 2048))
        hub = Hub(str(pathlib.Path(asked.program).resolve()), folder, ca, sts)
        try:
            hub.wait()
            tokens = list(signed_ways(make, hub, sts, system, counts))
            for holder, what in [(other, "another certificate"), (None, "no certificate")]:
                statuses = [hub.list(holder, token) for token in tokens]
                counts.check(f"with {what}: refused", set(statuses) == {401}, statuses)
            attacks(make, hub, sts, system, other, counts)
        finally:
            hub.stop()
    print(f"{counts.passed} passed, {counts.failed} failed")
    if asked.counts:
        pathlib.Path(asked.counts).write_text(f"{counts.passed} {counts.failed} 0\n")
    sys.exit(1 if counts.failed else 0)


if __name__ == "__main__":
    main()
