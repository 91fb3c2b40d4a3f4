"""The figures of encoding for /metrics, counted in the process that serves. It reads nothing and answers nobody."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

REGISTRY = CollectorRegistry()
PRIORITY_NAMES = ("wanted-now", "look-ahead", "when-idle")

parts_encoded = Counter("obbligato_encoded_parts", "Parts encoded.", ["codec"], registry=REGISTRY)
encode_seconds = Counter("obbligato_encode_seconds", "Seconds of work in parts.", ["codec"], registry=REGISTRY)
encoded_bytes = Counter("obbligato_encoded_bytes", "Bytes of audio in parts.", ["codec"], registry=REGISTRY)
essences_bound = Counter("obbligato_bound_essences", "Whole essences put together.", ["codec"], registry=REGISTRY)
refusals = Counter("obbligato_encode_refusals", "Wants that were refused, by kind.", ["kind"], registry=REGISTRY)
encoder_restarts = Counter("obbligato_encoder_restarts", "Times the encoder process had to be started again.",
                           registry=REGISTRY)  # fmt: skip
self_test_speed = Gauge(
    "obbligato_encoder_self_test_times_realtime",
    "Seconds of music that LAME encodes in a second of one core, as the encoder process found at its start.",
    registry=REGISTRY,
)
cache_bytes = Gauge("obbligato_encode_cache_bytes", "Bytes of parts and essences kept.", registry=REGISTRY)
asks = Counter(
    "obbligato_encode_asks",
    "Asks for a part: kept already, joined while under way, or to be made.",
    ["answer"],
    registry=REGISTRY,
)


class _QueueCollector:
    """Asks for the lengths of the queue only when someone looks."""

    def __init__(self) -> None:
        self.lengths: Callable[[], tuple[int, int, int]] = lambda: (0, 0, 0)

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("obbligato_encode_queue", "Jobs that wait, by priority.", labels=["priority"])
        for name, length in zip(PRIORITY_NAMES, self.lengths(), strict=True):
            family.add_metric([name], length)
        yield family


_queue = _QueueCollector()
REGISTRY.register(_queue)


def watch_queue(lengths: Callable[[], tuple[int, int, int]]) -> None:
    """From now on, ask this for how many jobs wait at each priority."""
    _queue.lengths = lengths
