"""Figures of the live room for Prometheus; `/metrics` shows them with Django's own."""

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("lihui_live_sockets", "Sockets that follow a meeting now")
ROOMS = Gauge("lihui_live_rooms", "Meetings with at least one socket in this process")
BEHIND = Gauge("lihui_live_sockets_behind", "Sockets that do not keep up now")
EVENTS = Counter("lihui_live_events", "Events read from the log by the rooms")
DELIVERIES = Counter("lihui_live_deliveries", "Events written to sockets, one for each receiver")
FRAMES = Counter("lihui_live_frames", "Frames of events written to sockets")
REPLAYED = Counter("lihui_live_replays", "Frames that brought a reader back to the present")
DROPPED = Counter("lihui_live_dropped", "Sockets closed by the server", ["code"])
HEALED = Counter("lihui_live_healed", "Rooms that found events without having been nudged")
READS = Counter("lihui_live_reads", "Rounds of reading the log (each a constant number of queries)")
QUERIES = Counter("lihui_live_queries", "Database queries of the rooms and of the door")
LAG = Histogram(
    "lihui_live_lag_seconds",
    "From an event's moment to its being handed to all sockets of the room",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
