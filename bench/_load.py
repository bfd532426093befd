"""A small HTTP load client: keep-alive connections in one process, no library in the way of the figures.

`python -m bench._load` reads a JSON plan from stdin and prints JSON: {"port", "seconds" (optional), "connections":
[{"head": "POST /x HTTP/1.1\\r\\n...", "bodies": ["...", ...]}]}. A connection sends its bodies one after another, each
after the answer to the one before, until they or the time run out.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Connection:
    """One keep-alive connection and what it has yet to send."""

    port: int
    requests: list[bytes]
    sock: socket.socket = field(init=False)
    sent_at: float = 0.0
    at: int = 0
    buffer: bytes = b""

    def __post_init__(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        self.sent_at = time.perf_counter()
        self.sock.sendall(self.requests[self.at])
        self.at += 1

    def answer(self) -> int | None:
        """The status once a whole answer is here, None before."""
        self.buffer += self.sock.recv(65536)
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0)
        if len(rest) < length:
            return None
        self.buffer = rest[length:]
        return int(head[9:12])


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Send everything in the plan; latencies in seconds, statuses counted."""
    connections = [
        Connection(plan["port"], [_request(row["head"], body) for body in row["bodies"]]) for row in plan["connections"]
    ]
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    statuses: dict[str, int] = {}
    began = time.perf_counter()
    until = began + plan.get("seconds", 3600)
    for connection in connections:
        selector.register(connection.sock, selectors.EVENT_READ, connection)
        connection.send()
    open_ones = len(connections)
    while open_ones:
        for key, _mask in selector.select():
            connection = key.data
            status = connection.answer()
            if status is None:
                continue
            now = time.perf_counter()
            latencies.append(now - connection.sent_at)
            statuses[str(status)] = statuses.get(str(status), 0) + 1
            if now < until and connection.at < len(connection.requests):
                connection.send()
            else:
                selector.unregister(connection.sock)
                connection.sock.close()
                open_ones -= 1
    return {"seconds": time.perf_counter() - began, "latencies": latencies, "statuses": statuses}


def _request(head: str, body: str) -> bytes:
    content = body.encode()
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def measure(plan: dict[str, Any]) -> dict[str, Any]:
    """Run a plan in a process of its own and return requests per second, p50 and p99 in ms, and the statuses."""
    done = subprocess.run(
        [sys.executable, "-m", "bench._load"], input=json.dumps(plan).encode(), capture_output=True, check=True
    )
    result = json.loads(done.stdout)
    ordered = sorted(result["latencies"])
    return {
        "requests": len(ordered),
        "per_second": len(ordered) / result["seconds"],
        "seconds": result["seconds"],
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
        "statuses": result["statuses"],
    }


if __name__ == "__main__":
    print(json.dumps(run(json.load(sys.stdin))))
