//! Prometheus' text format, version 0.0.4.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use kiosk_hub::{Hub, stats};
use kiosk_proto::v1::LatencyHistogram;

pub(crate) fn render(hub: &Hub) -> String {
    let stats = hub.stats();
    let head = hub.snapshot().position.seq;
    let mut text = Text(String::with_capacity(8 * 1024));
    text.value("kiosk_head_seq", "counter", "Number of the newest event.", head);
    text.counter("kiosk_commands_total", "Commands committed.", &stats.commands);
    text.counter("kiosk_events_total", "Events committed.", &stats.events);
    text.counter("kiosk_groups_total", "Groups journalled, each with one sync.", &stats.groups);
    text.counter("kiosk_rejections_total", "Commands refused.", &stats.rejections);
    text.calls(&stats.calls);
    text.head("kiosk_limited_total", "counter", "What one client had too much of: see [limits].");
    for (limit, count) in stats.limited.counts() {
        let _ = writeln!(text.0, "kiosk_limited_total{{limit=\"{limit}\"}} {count}");
    }
    text.head("kiosk_commit_seconds", "histogram", "From the queue to the end of the sync.");
    text.histogram("kiosk_commit_seconds", "", &stats.commit_latency.snapshot());

    let connections = &stats.connections;
    let screens = connections.screens().len() as u64;
    text.value("kiosk_connections", "gauge", "Connections of screens.", screens);
    text.counter(
        "kiosk_connections_total",
        "Connections of screens that were opened.",
        &connections.total,
    );
    text.counter("kiosk_reconnects_total", "Connections with a position.", &connections.reconnects);
    text.counter("kiosk_too_slow_total", "Connections that were too slow.", &connections.too_slow);
    let rooms = connections.rooms();
    text.head("kiosk_room_clients", "gauge", "Screens in rooms of that kind.");
    for (room, clients) in [("kitchen", rooms.kitchen), ("order", rooms.order)] {
        let _ = writeln!(text.0, "kiosk_room_clients{{room=\"{room}\"}} {clients}");
    }
    let order_rooms = rooms.order_rooms as u64;
    text.value("kiosk_order_rooms", "gauge", "Orders that a screen follows.", order_rooms);
    text.wires(&stats.wires(), head);

    let healthy = u64::from(stats.store_healthy.load(Relaxed));
    text.value("kiosk_store_healthy", "gauge", "1 while the store can be written.", healthy);
    if let Ok(history) = hub.history() {
        let lag = head.saturating_sub(history.applied().seq);
        text.value("kiosk_store_lag_events", "gauge", "Events the store lacks.", lag);
        text.value("kiosk_orders", "gauge", "Orders in the store.", history.order_count());
    }
    text.queue(hub);
    if let Some(bytes) = stats::resident_bytes() {
        text.value("process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
    }
    text.0
}

struct Text(String);

impl Text {
    // Writing to a `String` can't fail.

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: &AtomicU64) {
        self.value(name, "counter", help, value.load(Relaxed));
    }

    fn calls(&mut self, calls: &stats::Calls) {
        self.head("kiosk_calls_total", "counter", "Calls that have ended, on any wire.");
        for (method, code, count) in calls.counts() {
            let labels = format!("method=\"{method}\",code=\"{code}\"");
            let _ = writeln!(self.0, "kiosk_calls_total{{{labels}}} {count}");
        }
    }

    fn wires(&mut self, wires: &[(&str, &Arc<stats::Wire>)], head: u64) {
        self.head("kiosk_followers", "gauge", "Followers of the log.");
        for (name, wire) in wires {
            let _ = writeln!(self.0, "kiosk_followers{{wire=\"{name}\"}} {}", wire.followers().0);
        }
        self.head("kiosk_lag_events", "gauge", "Events the slowest follower is behind.");
        for (name, wire) in wires {
            let lag = wire.followers().1.map_or(0, |slowest| head.saturating_sub(slowest));
            let _ = writeln!(self.0, "kiosk_lag_events{{wire=\"{name}\"}} {lag}");
        }
        self.head("kiosk_deliveries_total", "counter", "Events handed over.");
        for (name, wire) in wires {
            let count = wire.deliveries.load(Relaxed);
            let _ = writeln!(self.0, "kiosk_deliveries_total{{wire=\"{name}\"}} {count}");
        }
        self.head("kiosk_delivery_seconds", "histogram", "From commit to hand-over.");
        for (name, wire) in wires {
            let labels = format!("wire=\"{name}\"");
            self.histogram("kiosk_delivery_seconds", &labels, &wire.latency.snapshot());
        }
    }

    fn queue(&mut self, hub: &Hub) {
        let (accuracy, waiting) = hub.queue_line().accuracy();
        let (orders, within) = (accuracy.orders as u64, accuracy.within_range as u64);
        self.value("kiosk_queue_orders", "gauge", "Orders that wait to be made.", waiting as u64);
        let help = "Orders that estimates were compared with.";
        self.value("kiosk_queue_estimated_orders", "gauge", help, orders);
        let help = "Of these, those that took as long as the range said.";
        self.value("kiosk_queue_within_range_orders", "gauge", help, within);
        for (name, help, ms) in [
            ("error", "Half of the estimates were less wrong.", accuracy.median_error_ms),
            ("bias", "On average orders took so much longer.", accuracy.bias_ms),
        ] {
            let name = format!("kiosk_queue_{name}_seconds");
            self.head(&name, "gauge", help);
            let _ = writeln!(self.0, "{name} {}", ms as f64 / 1e3);
        }
        let room = hub.waiting_room().report().line;
        self.head("kiosk_queue_customers", "gauge", "Customers with a ticket to order.");
        for (status, count) in [("ordering", room.ordering), ("waiting", room.waiting)] {
            let _ = writeln!(self.0, "kiosk_queue_customers{{status=\"{status}\"}} {count}");
        }
    }

    fn histogram(&mut self, name: &str, labels: &str, histogram: &LatencyHistogram) {
        let comma = if labels.is_empty() { "" } else { "," };
        let bounds = histogram.bounds_us.iter().map(|us| (*us as f64 / 1e6).to_string());
        for (bound, count) in bounds.chain(["+Inf".into()]).zip(&histogram.counts) {
            let _ = writeln!(self.0, "{name}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}");
        }
        let total = histogram.counts.last().copied().unwrap_or(0);
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "{name}_sum{braces} {}", histogram.sum_us as f64 / 1e6);
        let _ = writeln!(self.0, "{name}_count{braces} {total}");
    }
}
