"""Holds many downloads at 50 kB/s in a process of its own: prints "held" when all have begun, ends on a line.

Each reads a little ten times a second, by the clock; its small receive buffer keeps the kernel from taking the whole
file for it.
"""

import json
import resource
import socket
import sys
import threading
import time

BYTES_A_SECOND = 50_000
TURNS_A_SECOND = 10
RECEIVE_BUFFER_BYTES = 65_536


def main() -> None:
    """One JSON line on stdin: port, paths. At the end one on stdout: how many are still fed, bytes a second of each."""
    order = json.loads(sys.stdin.readline())
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    readers = [_connected(order["port"], path) for path in order["paths"]]
    statuses = [_status(reader) for reader in readers]
    print(json.dumps({"held": sum(status in {200, 206} for status in statuses)}), flush=True)
    stop = threading.Event()
    threading.Thread(target=_stop_when_told, args=(stop,), daemon=True).start()
    print(json.dumps(_read(readers, stop)), flush=True)


def _stop_when_told(stop: threading.Event) -> None:
    sys.stdin.readline()
    stop.set()


def _connected(port: int, path: str) -> socket.socket:
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return reader


def _status(reader: socket.socket) -> int:
    reader.settimeout(120)
    head = b""
    while b"\r\n" not in head:
        piece = reader.recv(16)
        if not piece:
            return 0
        head += piece
    reader.setblocking(False)
    return int(head.split()[1])


def _read(readers: list[socket.socket], stop: threading.Event) -> dict[str, float]:
    """Every reader in turn, each time as much as it may have by now."""
    space = bytearray(RECEIVE_BUFFER_BYTES)
    got, alive = [0] * len(readers), [True] * len(readers)
    began = time.monotonic()
    while not stop.is_set():
        turn_began = time.monotonic()
        allowed = int((turn_began - began) * BYTES_A_SECOND)
        for number, reader in enumerate(readers):
            if alive[number] and got[number] < allowed:
                try:
                    count = reader.recv_into(space, min(allowed - got[number], RECEIVE_BUFFER_BYTES))
                except BlockingIOError:
                    continue
                except OSError:
                    count = 0
                got[number] += count
                alive[number] = count > 0
        time.sleep(max(0.0, 1 / TURNS_A_SECOND - (time.monotonic() - turn_began)))
    seconds = time.monotonic() - began
    rates = sorted(count / seconds for count in got)
    return {"alive": sum(alive), "slowest": rates[0], "middle": rates[len(rates) // 2]}


if __name__ == "__main__":
    main()
