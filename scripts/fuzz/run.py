"""Runs Schemathesis over every document a hub serves: each operation with values that fit its
description and values that do not, and walks along the links between operations.

A hub of its own with demo data runs for it, on SQLite, on free ports, in a folder that goes.
Called by scripts/fuzz.sh.
"""

import argparse
import base64
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).parent
ALL_ROLES = 5

# Documents that are not run, with the reason.
LEFT_OUT = {
    "client-v2": "its calls need a conference that people are in, and media; it has tests of its own with real clients",
    "oauth": "its calls are limited to a few a second, so it would be told to slow down",
}


def free_port():
    """A port that is free for TCP and UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with contextlib.suppress(OSError):
                udp.bind(("127.0.0.1", port))
                return port


def read(url, headers=None, body=None):
    request = urllib.request.Request(url, data=body, headers=headers or {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


class Hub:
    def __init__(self, program, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.data = folder / "data"
        self.log = folder / "hub.log"
        environment = os.environ | {
            "VDX_DATA_DIR": str(self.data),
            "VDX_SERVER__LISTEN": self.url.removeprefix("http://"),
            "VDX_SERVER__PUBLIC_URL": self.url,
            "VDX_MEDIA__LISTEN": f"127.0.0.1:{free_port()}",
            # A run with many examples takes longer than a token usually lives.
            "VDX_AUTH__TOKEN_LIFETIME_SECONDS": "86400",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--demo"], env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder
            )

    def wait(self):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                read(f"{self.url}/readyz")
                return
            time.sleep(0.1)
        sys.exit(f"the hub did not start:\n{self.log.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def token(self):
        """Of the demo's client that has every role of the APIs."""
        demo = json.loads((self.data / "demo.json").read_text())
        client = next(client for client in demo["clients"] if len(client["roles"]) == ALL_ROLES)
        pair = ":".join(urllib.parse.quote_plus(client[part]) for part in ("client_id", "client_secret"))
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        answer = read(f"{self.url}/oauth2/token", headers, b"grant_type=client_credentials")
        return json.loads(answer)["access_token"]

    def meeting(self, token):
        """One that is far from over, for the calls that need one of another document."""
        wish = {"subject": "Fuzz", "startTime": "2090-01-01T10:00:00Z", "endTime": "2090-01-01T11:00:00Z"}
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer = read(f"{self.url}/videoapi/v2/meetings", headers, json.dumps(wish).encode())
        return json.loads(answer)["uuid"]

    def documents(self):
        return sorted(set(re.findall(r'href="/docs/([a-z0-9-]+)\.json"', read(f"{self.url}/docs/"))))


def run(hub, name, token, meeting, asked, folder):
    """Counts of one document: passed, failed, skipped."""
    document = f"{hub.url}/docs/{name}.json"
    base = json.loads(read(document))["servers"][0]["url"].rstrip("/")
    report = folder / f"{name}.xml"
    command = [
        pathlib.Path(sys.executable).parent / "schemathesis",
        "--config-file", HERE / "schemathesis.toml",
        "run", document,
        "--url", hub.url + base,
        "--header", f"Authorization: Bearer {token}",
        "--max-examples", asked.examples,
        "--seed", asked.seed,
        # One thread: hypothesis sets Python's recursion limit for a while, and a second thread that
        # reads a syntax tree meanwhile fails in the interpreter. It also makes a seed repeatable.
        "--workers", 1,
        "--report", "junit", "--report-junit-path", report,
        "--no-color",
    ]
    environment = os.environ | {"VDX_MEETING": meeting, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}
    ended = subprocess.run([str(word) for word in command], cwd=folder, env=environment, check=False)
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    if report.exists():
        for suite in xml.parse(report).getroot().iter("testsuite"):
            for count in counts:
                counts[count] += int(suite.get(count, 0))
    failed = counts["failures"] + counts["errors"]
    if ended.returncode != 0 and failed == 0:
        failed = 1
    return counts["tests"] - failed - counts["skipped"], failed, counts["skipped"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True, help="the hub")
    arguments.add_argument("--examples", type=int, default=50, help="for each operation")
    arguments.add_argument("--seed", type=int, default=1, help="the same seed gives the same calls")
    arguments.add_argument("--counts", type=pathlib.Path, help="a file for `PASSED FAILED SKIPPED`")
    arguments.add_argument("documents", nargs="*", help="only these")
    asked = arguments.parse_args()
    program = str(pathlib.Path(asked.program).resolve())
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="vdx-fuzz-") as place:
        folder = pathlib.Path(place)
        hub = Hub(program, folder)
        try:
            hub.wait()
            token = hub.token()
            meeting = hub.meeting(token)
            for name in asked.documents or hub.documents():
                if name in LEFT_OUT and not asked.documents:
                    print(f"{name}: left out: {LEFT_OUT[name]}", flush=True)
                    continue
                begin = time.monotonic()
                good, bad, left = run(hub, name, token, meeting, asked, folder)
                passed, failed, skipped = passed + good, failed + bad, skipped + left
                took = time.monotonic() - begin
                print(f"{name}: {good} passed, {bad} failed, {left} skipped in {took:.0f} s "
                      f"(seed {asked.seed}, {asked.examples} examples an operation)", flush=True)
            if hub.process.poll() is not None:
                failed += 1
                print(f"the hub ended by itself:\n{hub.log.read_text()}")
        finally:
            hub.stop()
        if failed:
            lines = [line for line in hub.log.read_text().splitlines() if " ERROR " in line or " WARN " in line]
            print("\n".join(["what the hub said:", *lines[-50:]]))
    if asked.counts:
        asked.counts.write_text(f"{passed} {failed} {skipped}\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
