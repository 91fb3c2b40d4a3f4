"""Reads downloads as fast as they come, six at once, from a list that never ends; a process of its own."""

import itertools
import json
import sys
import threading

from bench.fetching import Answer

AT_ONCE = 6


def main() -> None:
    """The port in argv, a JSON list of addresses on stdin. Ends by being killed."""
    port, links = int(sys.argv[1]), itertools.cycle(json.loads(sys.stdin.readline()))
    guard = threading.Lock()

    def read() -> None:
        while True:
            with guard:
                link = next(links)
            answer = Answer(port, link)
            answer.count()
            answer.close()

    readers = [threading.Thread(target=read) for _ in range(AT_ONCE)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()


if __name__ == "__main__":
    main()
