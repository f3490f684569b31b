//! What the box counts about itself: for AdminService and `/metrics`.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use kiosk_proto::{Timestamp, v1::LatencyHistogram};
use kiosk_store::StoreError;

pub use crate::calls::Calls;
use crate::{Published, Refusal};

/// Upper bounds of the latency buckets: from a page cache's sync to a stalled SD card's.
const BOUNDS_US: [u64; 12] =
    [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 2_000_000];

/// Counters of the whole box. All are totals since the start, but for those called current.
#[derive(Debug, Default)]
pub struct Stats {
    /// Commands whose events are durable.
    pub commands: AtomicU64,
    /// Events that are durable.
    pub events: AtomicU64,
    /// Groups that were journalled, each with one sync.
    pub groups: AtomicU64,
    /// Commands that were refused.
    pub rejections: AtomicU64,
    /// From taking a group off the queue to the end of its sync.
    pub commit_latency: Histogram,
    /// False while the store can't be written; the journal has everything.
    pub store_healthy: AtomicBool,
    /// Why it can't: for want of disk space, or for another reason.
    pub store_lacks_room: AtomicBool,
    /// The gRPC streams.
    pub grpc: Arc<Wire>,
    /// The WebSocket sessions.
    pub websocket: Arc<Wire>,
    /// The Socket.IO sessions.
    pub socketio: Arc<Wire>,
    /// The MQTT bridge.
    pub mqtt: Arc<Wire>,
    /// Screens.
    pub connections: Connections,
    /// Calls of the services, on whatever wire they came.
    pub calls: Calls,
    /// What one client had too much of.
    pub limited: Limited,
}

/// What was not let in, or had to wait, by which [limit](crate::Limits).
#[derive(Debug, Default)]
pub struct Limited {
    /// Connections that were closed at once.
    pub connections: AtomicU64,
    /// Calls of who has credentials, that were refused.
    pub calls: AtomicU64,
    /// Requests without credentials, that were refused.
    pub requests: AtomicU64,
    /// Frames of sessions, that had to wait.
    pub frames: AtomicU64,
}

impl Limited {
    /// Each with the limit's name.
    pub fn counts(&self) -> [(&'static str, u64); 4] {
        [
            ("connections", self.connections.load(Relaxed)),
            ("calls", self.calls.load(Relaxed)),
            ("requests", self.requests.load(Relaxed)),
            ("frames", self.frames.load(Relaxed)),
        ]
    }
}

impl Stats {
    /// The wires, each with its name.
    pub fn wires(&self) -> [(&'static str, &Arc<Wire>); 4] {
        [
            ("grpc", &self.grpc),
            ("websocket", &self.websocket),
            ("socketio", &self.socketio),
            ("mqtt", &self.mqtt),
        ]
    }

    /// No orders are taken until the store's thread has opened the store again.
    pub(crate) fn store_failed(&self, error: &StoreError) {
        self.store_lacks_room.store(matches!(error, StoreError::NoSpace), Relaxed);
        self.store_healthy.store(false, Relaxed);
    }

    /// What a command is told while the store is closed.
    pub(crate) fn store_refusal(&self) -> Refusal {
        if self.store_lacks_room.load(Relaxed) { Refusal::DiskFull } else { Refusal::StoreClosed }
    }
}

/// The screens' connections.
#[derive(Debug, Default)]
pub struct Connections {
    /// Ever opened.
    pub total: AtomicU64,
    /// Of these, those that came with a position.
    pub reconnects: AtomicU64,
    /// Closed because they did not read fast enough.
    pub too_slow: AtomicU64,
    screens: Mutex<Vec<Weak<Screen>>>,
}

/// How many screens are in which rooms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomCounts {
    /// Screens in `kitchen`.
    pub kitchen: usize,
    /// Screens in rooms of orders; one that is in several counts for each.
    pub order: usize,
    /// Rooms of orders that a screen is in.
    pub order_rooms: usize,
}

/// One connection, as long as it is open.
#[derive(Debug)]
pub struct Screen {
    /// As in its `hello`.
    pub session_id: String,
    /// What it calls itself; may be empty.
    pub name: String,
    /// When it connected.
    pub connected_at: Timestamp,
    /// The last event that was handed to its socket.
    pub sent: AtomicU64,
    /// The last event that it says it has shown.
    pub shown: AtomicU64,
    /// The rooms it has narrowed itself to; none when it has not.
    pub rooms: Mutex<Option<BTreeSet<String>>>,
}

impl Screen {
    /// A screen that was sent nothing yet.
    pub fn new(session_id: String, name: String, connected_at: Timestamp) -> Self {
        let (sent, shown) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { session_id, name, connected_at, sent, shown, rooms: Mutex::new(None) }
    }
}

impl Connections {
    /// Counts a screen in, until it is dropped.
    pub fn add(&self, screen: &Arc<Screen>) {
        self.total.fetch_add(1, Relaxed);
        let mut screens = self.screens.lock().unwrap_or_else(PoisonError::into_inner);
        screens.retain(|screen| screen.strong_count() > 0);
        screens.push(Arc::downgrade(screen));
    }

    /// Of those that have narrowed themselves to rooms.
    pub fn rooms(&self) -> RoomCounts {
        let (mut counts, mut orders) = (RoomCounts::default(), BTreeSet::new());
        for screen in self.screens() {
            let rooms = screen.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            for room in rooms.iter().flatten() {
                counts.kitchen += usize::from(room == "kitchen");
                if room.starts_with("order_") {
                    counts.order += 1;
                    orders.insert(room.clone());
                }
            }
        }
        counts.order_rooms = orders.len();
        counts
    }

    /// Those that are open now.
    pub fn screens(&self) -> Vec<Arc<Screen>> {
        let screens = self.screens.lock().unwrap_or_else(PoisonError::into_inner);
        screens.iter().filter_map(Weak::upgrade).collect()
    }
}

/// What went out on one wire.
#[derive(Debug, Default)]
pub struct Wire {
    /// Events handed over, each follower counted.
    pub deliveries: AtomicU64,
    /// From commit to hand-over, for events that were followed live.
    pub latency: Histogram,
    followers: Mutex<Vec<Weak<AtomicU64>>>,
}

impl Wire {
    /// How many follow now, and the position of the slowest.
    pub fn followers(&self) -> (usize, Option<u64>) {
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|follower| follower.strong_count() > 0);
        let seqs = followers.iter().filter_map(Weak::upgrade).map(|seq| seq.load(Relaxed));
        (followers.len(), seqs.min())
    }

    pub(crate) fn gauge(self: &Arc<Self>) -> FollowerGauge {
        let seq = Arc::new(AtomicU64::new(0));
        let mut followers = self.followers.lock().unwrap_or_else(PoisonError::into_inner);
        followers.retain(|follower| follower.strong_count() > 0);
        followers.push(Arc::downgrade(&seq));
        FollowerGauge { wire: Arc::clone(self), seq }
    }
}

/// One follower's part in the statistics of its wire; ends with it.
#[derive(Debug)]
pub(crate) struct FollowerGauge {
    wire: Arc<Wire>,
    seq: Arc<AtomicU64>,
}

impl FollowerGauge {
    pub(crate) fn at(&self, seq: u64) {
        self.seq.store(seq, Relaxed);
    }

    pub(crate) fn delivered(&self, batch: &[Arc<Published>]) {
        let now = Instant::now();
        for event in batch {
            self.at(event.seq);
            if let Some(committed_at) = event.committed_at {
                self.wire.latency.record(now.saturating_duration_since(committed_at));
            }
        }
        self.wire.deliveries.fetch_add(batch.len() as u64, Relaxed);
    }
}

/// Counts durations in fixed buckets.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < us);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// Cumulative counts, as in Prometheus.
    pub fn snapshot(&self) -> LatencyHistogram {
        let mut total = 0;
        let cumulative = self.counts.iter().map(|count| {
            total += count.load(Relaxed) as i64;
            total
        });
        LatencyHistogram {
            counts: cumulative.collect(),
            bounds_us: BOUNDS_US.iter().map(|bound| *bound as i64).collect(),
            sum_us: self.sum_us.load(Relaxed) as i64,
        }
    }
}

/// Resident memory of this process, where the system tells.
pub fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
