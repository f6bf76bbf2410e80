"""Sends hostile requests in every dialect to a real server, and reports crashes, hangs and responses that reveal too much.

    fuzz.py [--seconds N] [--seed N]         runs for N seconds; prints the seed, and numbers each request
    fuzz.py --seed N --replay NUMBER...      sends only these requests, and prints them and their responses

A request depends only on the seed and its number. Failures are: the server dies; a complete request or /v1/status gets no
response in time; a response reveals internals of the server; memory keeps growing.
"""

from __future__ import annotations

import argparse
import random
import re
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

import fuzz_functions
import requests
from fuzz_requests import Request, changed
from fuzz_templates import FRAUD, SIGNED, templates
from harness import Api, Server

WORKERS = 2
#: Seconds within which a complete request must be answered.
ANSWER_LIMIT = 30.0
#: Seconds to wait for a response to an incomplete request, to which none may be due.
PATIENCE = 0.05
#: Maximum bytes of a response to examine.
LONGEST = 4 << 20
#: Memory growth allowed from a third of the run to its end: a factor, plus bytes.
GROWTH, SLACK = 1.1, 16 << 20
#: The lowest of this many samples counts, because a request with a large body takes much memory while it is answered.
SAMPLES = 20

# Text that only the server's internals contain.
INSIDE = re.compile(
    rb"/(?:tmp|work|home|root|usr|var|proc|opt)/|\.swift\b|\bSwift\.|Optional\(|DecodingError|NSError|NSCocoa|CodingKeys"
    rb"|SQLITE|SELECT \*|INSERT INTO|GRDB|Fatal|fatal error|0x[0-9a-f]{8,}|Foundation\.|errno",
)


@dataclass
class Finding:
    number: int
    what: str
    request: bytes
    answer: bytes = b""

    def __str__(self) -> str:
        return f"request {self.number}: {self.what}\n  sent: {self.request[:1500]!r}\n  got: {self.answer[:1500]!r}"


@dataclass
class Campaign:
    """A server, and all findings so far."""

    server: Server
    seed: int
    findings: list[Finding] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    number: int = 0
    is_over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    latest: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.templates = templates()
        self.made_api = fuzz_functions.made_api(self.server.api)
        host, port = self.server.url.removeprefix("http://").split(":")
        self.address = (host, int(port))

    def request(self, number: int) -> Request:
        chance = random.Random(f"{self.seed}:{number}")
        return changed(chance.choice(self.templates), chance)

    def next_number(self) -> int:
        with self.lock:
            self.number += 1
            return self.number

    def find(self, finding: Finding) -> None:
        with self.lock:
            self.findings.append(finding)
            self.is_over = True

    @property
    def is_alive(self) -> bool:
        return self.server.process is not None and self.server.process.poll() is None

    def send(self, number: int, show: bool = False) -> None:
        """Sends the request with this number, and judges the response."""
        request = self.request(number)
        sent = request.encoded().replace(fuzz_functions.API.encode(), self.made_api.encode())
        self.latest[number] = sent
        is_due = request.is_whole and request.raw is None
        started = time.monotonic()
        answer = exchange(self.address, sent, ANSWER_LIMIT if is_due else PATIENCE)
        self.latest.pop(number, None)
        if show:
            print(f"request {number}\n  sent: {sent!r}\n  got: {answer!r}")
        found = re.match(rb"(?:HTTP/1.1 100 Continue\r\n\r\n)?HTTP/1\.[01] (\d{3})", answer)
        status = int(found[1]) if found else 0
        self.statuses[status] += 1
        if is_due and not answer and time.monotonic() - started >= ANSWER_LIMIT:
            self.find(Finding(number, f"no answer in {ANSWER_LIMIT:g} s", sent))
        elif status >= 500 and (inside := INSIDE.search(answer)):
            self.find(Finding(number, f"an answer of {status} tells of the inside: {inside[0]!r}", sent, answer))
        elif str(self.server.data).encode() in answer and b"/v1/aws" not in sent:
            self.find(Finding(number, "an answer tells where the data is", sent, answer))
        elif status == 500 and not show:
            self.note(number, sent, answer)

    def note(self, number: int, sent: bytes, answer: bytes) -> None:
        """Prints a response of 500: it is not a finding, but something was not foreseen."""
        with self.lock:
            if self.statuses[500] <= 20:
                print(f"note: {Finding(number, 'an answer of 500', sent[:600], answer[-300:])}", flush=True)

    def work(self) -> None:
        while not self.is_over:
            number = self.next_number()
            try:
                self.send(number)
            except OSError as error:
                if not self.is_alive or isinstance(error, ConnectionRefusedError):
                    self.is_over = True
                    return


def exchange(address: tuple[str, int], sent: bytes, limit: float) -> bytes:
    """Returns the response, or nothing if none arrives in time. Stops at a limit, since a log may exceed the memory."""
    received = b""
    has_body = not sent.startswith(b"HEAD ")
    with socket.create_connection(address, timeout=ANSWER_LIMIT) as connection:
        try:
            connection.sendall(sent)
        except OSError:
            # The server need not read a rejected request to its end.
            limit = PATIENCE
        deadline = time.monotonic() + limit
        while (rest := deadline - time.monotonic()) > 0 and not is_complete(received, has_body):
            if len(received) > LONGEST:
                break
            connection.settimeout(rest)
            try:
                piece = connection.recv(1 << 18)
            except OSError:
                break
            if not piece:
                break
            received += piece
    return received


def is_complete(answer: bytes, has_body: bool) -> bool:
    """Returns whether a response is complete, or as much of it as matters."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    if head.startswith(b"HTTP/1.1 100"):
        return is_complete(body, has_body)
    if not has_body or head[9:12] in (b"204", b"304"):
        return True
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return length is None or len(body) >= int(length[1]) or len(body) > 1 << 16


def prepare(server: Server) -> None:
    """Creates what the templates refer to: models, a pipeline, an endpoint, data, a function, an API."""
    api = server.api
    api.upload("champion", "fraud-dense.onnx")
    api.upload("challenger", "fraud-dense-2.onnx")
    api.serve("fuzz", [{"shadow_deploy": {"champion": "champion", "challengers": ["challenger"]}}])
    api.infer("fuzz", FRAUD)
    signed = {"Authorization": SIGNED.format("s3")}
    for path, content in (
        ("/fuzz", b""),
        ("/fuzz/data/a.csv", b"1,0.5,0.25\n0,1.5,2\n"),
        ("/fuzz/model.tar.gz", b"none"),
    ):
        assert api.put(path, headers=signed, data=content).status_code == 200
    fuzz_functions.prepare(api)


def resident(server: Server) -> int:
    text = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) << 10


def is_ready(api: Api) -> bool:
    try:
        return api.get("/v1/status", timeout=ANSWER_LIMIT).status_code == 200
    except requests.RequestException:
        return False


def run(server: Server, seconds: float, seed: int) -> Campaign:
    """Sends requests for the given time, or until something is found."""
    campaign = Campaign(server, seed)
    workers = [threading.Thread(target=campaign.work, daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    # Share one session: each new one would read the machine's certificates again.
    api = server.api
    started = time.monotonic()
    third = 0
    samples: deque[int] = deque(maxlen=SAMPLES)
    while (passed := time.monotonic() - started) < seconds and not campaign.is_over:
        time.sleep(0.5)
        if not campaign.is_alive:
            break
        if not is_ready(api):
            # The sockets of a process that is killed close before it has ended.
            time.sleep(1)
            if not campaign.is_alive:
                break
            campaign.find(Finding(campaign.number, "/v1/status does not answer", b"\n".join(campaign.latest.values())))
        if not campaign.is_over:
            samples.append(resident(server))
        if third == 0 and passed > seconds / 3 and samples:
            third = min(samples)
    campaign.is_over = True
    for worker in workers:
        worker.join(2 * ANSWER_LIMIT)
    if not campaign.is_alive:
        under_way = b"\n".join(b"request %d: %s" % (number, sent[:3000]) for number, sent in campaign.latest.items())
        campaign.findings.append(Finding(campaign.number, "the server died; what was under way is shown", under_way))
    elif third:
        last = min(samples)
        memory = f"Resident memory: {third >> 20} MiB after a third of the time, {last >> 20} MiB at the end"
        print(f"{memory} ({last / third:.2f} times)", flush=True)
        if last > GROWTH * third + SLACK:
            campaign.findings.append(Finding(campaign.number, memory, b""))
    return campaign


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--replay", type=int, nargs="+")
    given = parser.parse_args()
    seed = random.randrange(1 << 32) if given.seed is None else given.seed
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), "--jobs", "1")
        server.start()
        prepare(server)
        try:
            if given.replay:
                campaign = Campaign(server, seed)
                for number in given.replay:
                    campaign.send(number, show=True)
                print("The server is alive." if is_ready(server.api) else "The server does not respond.")
            else:
                print(f"Seed {seed}", flush=True)
                campaign = run(server, given.seconds, seed)
                print(f"{campaign.number} requests; responses by status: {dict(sorted(campaign.statuses.items()))}")
        finally:
            server.kill()
        for finding in campaign.findings:
            print(finding)
            print(f"  reproduce with: --seed {seed} --replay {finding.number}")
        if campaign.findings:
            print("The last lines of the server's log:", server.log.read_text(errors="replace")[-3000:], sep="\n")
        return 1 if campaign.findings else 0


if __name__ == "__main__":
    sys.exit(main())
