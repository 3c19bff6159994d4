"""What every process tells about itself, for Prometheus. Times in seconds, names start with `prevenance_`.

Labels come from small closed sets (topics, stages, maisons, sites, kinds): never a client, a member of
staff or an event id. On a hot path bind a child once (`applied = metrics.events_total.labels(topic,
"applied")`) and increment it once per slice with the count of the slice, not once per event.
"""

import platform
from importlib.metadata import version
from typing import Generic, Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector

NAMESPACE = "prevenance"

Outcome = Literal["applied", "duplicate", "skipped", "dead", "rekeyed", "erased"]
"""Of an event in `personalise`: written; its id was in the client's ring; at or below the fence; sent to
dead letters; put back on the topic under the right key; of a client who was
erased, so that nobody can read it."""
SliceStage = Literal["decode", "read", "decide", "produce", "apply"]
"""Of a slice of a poll: bytes to events; one read of Redis; pure core; flush of what was produced; one
fenced write."""
AlertStage = Literal["ingest", "decided", "delivered", "shown"]
"""How far an event has come since the gateway stored it: its record has it; what it led to is decided; that
is in an inbox; it is on an open page. The oldest event of a slice stands for all of it. What timers decide,
and what was held back for a while, is not measured."""
FRESH = 2.0
"""Seconds within which a record is to know what the gateway has stored."""

LATENCY = (
    *(0.001, 0.002, 0.003, 0.005, 0.008, 0.012, 0.02, 0.035, 0.06, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
"""Bucket bounds for what people wait for. The promised figures (12, 35 and 250 ms) are bounds, so the share
of alerts within a promise is exact."""
SLICE = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""Bucket bounds for one stage of one slice."""
LATE = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
"""Bucket bounds for timers, which are due to the second."""

M = TypeVar("M", Counter, Gauge, Histogram)


class Labelled(Generic[M]):
    """A metric with labels whose children are made once and then found by one dictionary look-up."""

    def __init__(self, metric: M) -> None:
        self._metric: M = metric
        self._children: dict[tuple[str, ...], M] = {}

    def labels(self, *values: str) -> M:
        """The child for these label values, in the order in which the metric names its labels.

        Raises ValueError when their number is wrong.
        """
        child = self._children.get(values)
        if child is None:
            child = self._children[values] = self._metric.labels(*values)
        return child

    def remove(self, *values: str) -> None:
        """Stops showing a child, such as the lag of a partition that has moved away. Unknown: nothing."""
        if self._children.pop(values, None) is not None:
            self._metric.remove(*values)


class Metrics:
    """All metrics of one process, on the `registry` given: two in one process never meet.

    Every process makes the whole set; those that are another process's business stay without samples.
    The help text of each metric says what it counts and, in its last words, who writes it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        ProcessCollector(registry=registry)
        self._define_line()
        self._define_decisions()
        self._define_learning()
        self._define_edges()
        self._define_identity()
        self._define_trouble()

    def _define_line(self) -> None:
        self.events_total = self._counters(
            "events", "Events taken from Kafka, by what became of them. Worker.", "topic", "outcome"
        )
        self.slices = self._counter("slices", "Slices of polls worked through. Worker.")
        self.slice_seconds = self._histograms(
            "slice_seconds", "Time of one stage of one slice. Worker.", SLICE, "stage"
        )
        self.event_to_alert_seconds = self._histograms(
            "event_to_alert_seconds",
            "From the gateway's storing of an event until it has reached this stage. Worker and console.",
            LATENCY,
            "stage",
        )
        self.events_late_total = self._counters(
            "events_late", f"Events that a record knew later than {FRESH:g} s; no replay. Worker.", "topic"
        )
        self.lag = self._gauges(
            "lag",
            "Messages of a partition not yet applied; removed when the partition is revoked. Worker.",
            "topic",
            "partition",
        )

    def _define_decisions(self) -> None:
        self.alerts_total = self._counters(
            "alerts",
            "Alert changes that reached an inbox: alert, update, stopped (by a withdrawn consent). Worker.",
            "maison",
            "action",
            "kind",
        )
        self.alerts_withheld_total = self._counters(
            "alerts_withheld",
            "Alerts that a silence kept from everybody: held, dropped, shadow. Worker, console.",
            "maison",
            "action",
            "how",
        )
        self.interruptions_spared_total = self._counters(
            "interruptions_spared",
            "Alerts kept from people of a site or team who had been interrupted enough. Worker.",
            "maison",
            "site",
        )
        self.guard_blocks_total = self._counters(
            "guard_blocks", "Actions a guard held back. Worker.", "guard", "action"
        )
        self.broken_total = self._counters(
            "broken",
            "Times a rule, guard, model or forecast had an error in it, and was left out, or vetoed. Worker.",
            "rule",
        )
        self.timers_due_total = self._counter("timers_due", "Timers that came due and were handled. Worker.")
        self.timers_late_seconds = self._histogram(
            "timers_late_seconds",
            "How long after it was due, and could be handled at all, a timer was. Worker.",
            LATE,
        )
        self.timers_waiting = self._gauge("timers_waiting", "Timers not yet due on the owned shards. Worker.")
        self.inbox_open = self._gauges(
            "inbox_open", "Open alerts in the inboxes of a site. Worker.", "maison", "site"
        )
        self.inbox_waiting = self._gauges(
            "inbox_waiting", "Those of them that wait for a quieter moment. Worker.", "maison", "site"
        )

    def _define_learning(self) -> None:
        self.model_loss = self._gauges(
            "model_loss",
            "Log loss of the snapshot that scores now, each example scored first. Worker, console.",
            "maison",
            "model",
        )
        self.model_age_seconds = self._gauges(
            "model_age_seconds", "Age of the snapshot that scores now. Worker, console.", "maison", "model"
        )
        self.model_learned_total = self._counters(
            "model_learned", "Examples learned. Worker.", "maison", "model"
        )
        self.model_drifts_total = self._counters(
            "model_drifts",
            "Times a model's errors have grown, so that it was unsettled. Worker.",
            "maison",
            "model",
        )
        self.experiments_uneven = self._gauges(
            "experiments_uneven",
            "1 where something beside chance picks who is in which arm. Worker.",
            "maison",
            "experiment",
        )
        self.oddities_total = self._counters(
            "oddities", "Moments that teach no forecast, by what looks wrong. Worker.", "kind"
        )

    def _define_edges(self) -> None:
        self.http_requests_total = self._counters(
            "http_requests",
            "Answers, by route pattern and status code. Gateway.",
            "route",
            "status",
        )
        self.http_request_seconds = self._histograms(
            "http_request_seconds",
            "Time until Kafka has what was sent. Gateway.",
            LATENCY,
            "route",
        )
        self.ingest_accepted_total = self._counters(
            "ingest_accepted",
            "Events that Kafka has taken; bind every maison at start, so that silence shows. Gateway.",
            "maison",
        )
        self.ingest_rejected_total = self._counters(
            "ingest_rejected", "Events refused, by class of reason. Gateway.", "reason_class"
        )
        self.quarantined_total = self._counters(
            "quarantined", "Events of sources the maison has not declared, set aside. Gateway.", "maison"
        )
        self.sources_silent = self._gauges(
            "sources_silent", "Sources that send nothing though they should. Gateway.", "maison"
        )
        self.rate_limited_total = self._counter("rate_limited", "Requests answered 429. Gateway.")
        self.pushes_total = self._counters(
            "pushes",
            "Messages to telephones, by push service and what became of them: taken, later, refused, gone, "
            "given_up. Console.",
            "service",
            "outcome",
        )
        self.sse_listeners = self._gauge("sse_listeners", "Pages listening for alerts now. Console.")
        self.verdicts_total = self._counters(
            "verdicts",
            "What people said of alerts: claimed, accepted, dismissed ... Console.",
            "maison",
            "verdict",
        )

    def _define_identity(self) -> None:
        self.links_held_total = self._counters(
            "links_held", "Pairs of clients held for a person to judge, when first held or changed. Worker.",
            "maison",
        )  # fmt: skip
        self.clients_full_total = self._counters(
            "clients_full", "Parts that found their client at the most parts it may have. Worker.", "maison"
        )

    def _define_trouble(self) -> None:
        self.dead_letters_total = self._counters(
            "dead_letters", "Messages put aside with their original bytes. Worker.", "stage", "reason_class"
        )
        self.kafka_errors_total = self._counters(
            "kafka_errors", "Failed Kafka operations. Every process.", "operation"
        )
        self.redis_errors_total = self._counters(
            "redis_errors", "Failed Redis operations. Every process.", "operation"
        )
        self.rebalances_total = self._counter("rebalances", "Assignments of partitions received. Worker.")
        self.apply_refused_total = self._counter(
            "apply_refused", "Fenced writes refused because another owner wrote first. Worker."
        )
        self.gap_reread_total = self._counter(
            "gap_reread", "Partitions read again because Redis had lost writes. Worker."
        )
        self.removed_unread_total = self._counters(
            "removed_unread", "Messages that Kafka removed before they were read. Worker.", "topic"
        )
        self.checkpoint_age_seconds = self._gauge(
            "checkpoint_age_seconds",
            "Time since the shard that waits longest was last marked in the checkpoint topic. Worker.",
        )
        self.ready = self._gauge(
            "ready", "1 where nothing is missing that /ready asks for, asked as this is read. Every process."
        )
        self.build_info = Info(
            "build",
            "Versions of the project and of Python. Every process.",
            namespace=NAMESPACE,
            registry=self.registry,
        )
        self.build_info.info({"version": version("prevenance"), "python": platform.python_version()})

    def tell_age(self, topic: str, events: int, age: float) -> None:
        """Of a slice that records know now: how many events, how many seconds since the oldest was stored."""
        self.event_to_alert_seconds.labels("ingest").observe(max(0.0, age))
        self.events_late_total.labels(topic).inc(events if age > FRESH else 0)

    def _counter(self, name: str, says: str) -> Counter:
        return Counter(name, says, namespace=NAMESPACE, registry=self.registry)

    def _counters(self, name: str, says: str, *labels: str) -> Labelled[Counter]:
        return Labelled(Counter(name, says, labels, namespace=NAMESPACE, registry=self.registry))

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(name, says, namespace=NAMESPACE, registry=self.registry)

    def _gauges(self, name: str, says: str, *labels: str) -> Labelled[Gauge]:
        return Labelled(Gauge(name, says, labels, namespace=NAMESPACE, registry=self.registry))

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, says, namespace=NAMESPACE, buckets=buckets, registry=self.registry)

    def _histograms(
        self, name: str, says: str, buckets: tuple[float, ...], *labels: str
    ) -> Labelled[Histogram]:
        return Labelled(
            Histogram(name, says, labels, namespace=NAMESPACE, buckets=buckets, registry=self.registry)
        )
