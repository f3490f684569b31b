use std::collections::{BTreeMap, HashMap, HashSet};

use kiosk_proto::v1::{GetStatsResponse, LatencyHistogram};
use serde::Serialize;
use tokio::time::Instant;

use super::{
    load::{LoadResult, OrderKey},
    process::ProcessUse,
    subscribers::Seen,
};
use crate::{failure::Failure, latency::Latency, output::grouped, stats::quantile_us};

/// What a run left behind.
pub(super) struct Outcome {
    pub(super) load: LoadResult,
    pub(super) seen: Vec<Seen>,
    pub(super) process: Option<ProcessUse>,
    /// The box's own counts before and after the load.
    pub(super) stats: Option<(GetStatsResponse, GetStatsResponse)>,
}

/// The figures of a run; `--json` prints it as it is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    acknowledged: u64,
    /// By gRPC code.
    refused: BTreeMap<&'static str, u64>,
    seconds: f64,
    orders_per_second: f64,
    /// Request to answer.
    answer: Latency,
    wires: Vec<WireReport>,
    /// The box's process.
    #[serde(skip_serializing_if = "Option::is_none")]
    process: Option<ProcessUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_seconds_per_10k_deliveries: Option<f64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireReport {
    wire: &'static str,
    subscribers: u64,
    /// Request to event, at every subscriber.
    each: Latency,
    /// Request to event, at the order's last subscriber.
    last: Latency,
    /// Commit to hand-over as the box counts it: bounds of its buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    hand_over: Option<HandOver>,
    /// Acknowledged orders that a subscriber did not see, over all subscribers.
    missing: u64,
    /// Events of acknowledged orders that a subscriber saw again.
    repeated: u64,
    out_of_order: u64,
    /// Why streams ended.
    ended: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HandOver {
    p50_us_max: Option<i64>,
    p99_us_max: Option<i64>,
}

impl Report {
    pub(super) fn new(outcome: Outcome) -> Self {
        let Outcome { load, seen, process, stats } = outcome;
        let asked: HashMap<_, _> = load.placed.iter().map(|p| (p.order, p.asked)).collect();
        let mut by_wire: BTreeMap<&'static str, Vec<Seen>> = BTreeMap::new();
        for seen in seen {
            by_wire.entry(seen.wire).or_default().push(seen);
        }
        let mut wires: Vec<_> =
            by_wire.into_iter().map(|(wire, seen)| WireReport::new(wire, &seen, &asked)).collect();
        for wire in &mut wires {
            wire.hand_over = stats.as_ref().and_then(|both| hand_over(wire.wire, both));
        }
        let answers = load.placed.iter().map(|placed| micros(placed.asked, placed.answered));
        let seconds = load.took.as_secs_f64();
        let deliveries: u64 = wires.iter().map(|wire| wire.each.count).sum();
        Self {
            acknowledged: load.placed.len() as u64,
            seconds,
            orders_per_second: load.placed.len() as f64 / seconds,
            answer: Latency::of(answers),
            refused: load.refused,
            cpu_seconds_per_10k_deliveries: process
                .as_ref()
                .filter(|_| deliveries > 0)
                .map(|process| process.cpu_seconds * 10_000.0 / deliveries as f64),
            wires,
            process,
        }
    }

    /// Fails unless orders were acknowledged, and every subscriber saw each of them exactly once
    /// and in order.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        if self.acknowledged == 0 {
            return Err(Failure::Check("no order was acknowledged".into()));
        }
        let faults: Vec<_> = self.wires.iter().filter_map(WireReport::fault).collect();
        if faults.is_empty() { Ok(()) } else { Err(Failure::Check(faults.join("\n  "))) }
    }

    pub(super) fn tables(&self) -> String {
        let mut text = format!(
            "{} orders in {:.2} s: {} a second",
            grouped(self.acknowledged as i64),
            self.seconds,
            grouped(self.orders_per_second.round() as i64)
        );
        for (code, count) in &self.refused {
            text += &format!("\n{} refused: {code}", grouped(*count as i64));
        }
        if let Some(process) = &self.process {
            text += &format!("\n{process}");
        }
        if let Some(cpu) = self.cpu_seconds_per_10k_deliveries {
            text += &format!(", {cpu:.4} CPU s per 10,000 deliveries");
        }
        let mut rows = vec![self.answer.row("request to answer".into())];
        for wire in &self.wires {
            let name = format!("request to each of {} {}", wire.subscribers, wire.wire);
            rows.push(wire.each.row(name));
            rows.push(wire.last.row(format!("request to last {}", wire.wire)));
            rows.extend(wire.hand_over.as_ref().map(|hand_over| hand_over.row(wire.wire)));
        }
        format!("{text}\n\n{}", Latency::table(rows))
    }
}

impl WireReport {
    fn new(wire: &'static str, all: &[Seen], asked: &HashMap<OrderKey, Instant>) -> Self {
        let mut each = Vec::new();
        let mut last: HashMap<OrderKey, u64> = HashMap::new();
        let (mut missing, mut repeated) = (0, 0);
        for seen in all {
            let mut once = HashSet::new();
            for sighting in &seen.sightings {
                // Others may place orders, too, and an order whose answer was lost may exist.
                let Some(asked) = asked.get(&sighting.order) else { continue };
                if !once.insert(sighting.order) {
                    repeated += 1;
                    continue;
                }
                let latency_us = micros(*asked, sighting.at);
                each.push(latency_us);
                let latest = last.entry(sighting.order).or_default();
                *latest = latency_us.max(*latest);
            }
            missing += (asked.len() - once.len()) as u64;
        }
        Self {
            wire,
            subscribers: all.len() as u64,
            each: Latency::of(each),
            last: Latency::of(last.into_values()),
            hand_over: None,
            missing,
            repeated,
            out_of_order: all.iter().map(|seen| seen.out_of_order).sum(),
            ended: all.iter().filter_map(|seen| seen.ended.clone()).collect(),
        }
    }

    fn fault(&self) -> Option<String> {
        let sound = self.missing == 0 && self.repeated == 0 && self.out_of_order == 0;
        if sound && self.ended.is_empty() {
            return None;
        }
        let mut text = format!(
            "{}: {} missing, {} repeated, {} out of order, {} streams ended",
            self.wire,
            self.missing,
            self.repeated,
            self.out_of_order,
            self.ended.len()
        );
        if let Some(reason) = self.ended.first() {
            text += &format!(" ({reason})");
        }
        Some(text)
    }
}

impl HandOver {
    fn row(&self, wire: &str) -> [String; 6] {
        let bound = |us: Option<i64>| {
            us.map_or_else(|| "beyond".into(), |us| format!("≤ {}", us as f64 / 1000.0))
        };
        let (p50, p99) = (bound(self.p50_us_max), bound(self.p99_us_max));
        let name = format!("commit to {wire} (the box's count)");
        [name, String::new(), p50, String::new(), p99, String::new()]
    }
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(u64::MAX)
}

/// What the box counted between the two, if it counts this wire.
fn hand_over(wire: &str, stats: &(GetStatsResponse, GetStatsResponse)) -> Option<HandOver> {
    let latency = |stats: &GetStatsResponse| {
        stats.wires.iter().find(|w| w.wire == wire).and_then(|w| w.latency.clone())
    };
    let after = latency(&stats.1)?;
    let before = latency(&stats.0).unwrap_or_default();
    let earlier = before.counts.iter().chain(std::iter::repeat(&0));
    let counts = after.counts.iter().zip(earlier).map(|(after, before)| after - before).collect();
    let during = LatencyHistogram { counts, ..after };
    Some(HandOver { p50_us_max: quantile_us(&during, 0.5), p99_us_max: quantile_us(&during, 0.99) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::load::Placed, super::subscribers::Sighting, *};

    struct Run {
        start: Instant,
        placed: Vec<Placed>,
    }

    impl Run {
        fn new(ids: &[&str]) -> Self {
            let start = Instant::now();
            let placed = ids.iter().map(|id| Placed {
                order: OrderKey::of(id),
                asked: start,
                answered: start + Duration::from_millis(1),
            });
            Self { start, placed: placed.collect() }
        }

        fn seen(&self, ids: &[&str]) -> Seen {
            let sightings = ids.iter().enumerate().map(|(i, id)| Sighting {
                order: OrderKey::of(id),
                at: self.start + Duration::from_millis(2 + i as u64),
            });
            let sightings = sightings.collect();
            Seen { wire: "websocket", sightings, out_of_order: 0, ended: None }
        }

        fn report(self, seen: Vec<Seen>) -> Report {
            let took = Duration::from_secs(2);
            let load = LoadResult { placed: self.placed, refused: BTreeMap::new(), took };
            Report::new(Outcome { load, seen, process: None, stats: None })
        }
    }

    fn fault(placed: &[&str], seen: &[&str]) -> Option<String> {
        let run = Run::new(placed);
        let seen = run.seen(seen);
        run.report(vec![seen]).verdict().err().map(|failure| failure.to_string())
    }

    #[test]
    fn a_run_is_sound_only_if_all_saw_every_acknowledged_order_once_and_in_order() {
        assert_eq!(fault(&["a", "b"], &["b", "of-others", "a"]), None);
        let missing = fault(&["a", "b"], &["a"]).unwrap();
        assert!(missing.starts_with("websocket: 1 missing, 0 repeated"), "{missing}");
        let repeated = fault(&["a"], &["a", "a"]).unwrap();
        assert!(repeated.starts_with("websocket: 0 missing, 1 repeated"), "{repeated}");
        assert_eq!(fault(&[], &[]).unwrap(), "no order was acknowledged");

        let run = Run::new(&["a"]);
        let ended = Seen { ended: Some("too slow".into()), ..run.seen(&["a"]) };
        assert!(run.report(vec![ended]).verdict().is_err());
        let run = Run::new(&["a"]);
        let disorder = Seen { out_of_order: 1, ..run.seen(&["a"]) };
        assert!(run.report(vec![disorder]).verdict().is_err());
    }

    #[test]
    fn the_last_subscriber_is_told_from_each() {
        let run = Run::new(&["a"]);
        let (first, last) = (run.seen(&["a"]), run.seen(&["of-others", "a"]));
        let report = run.report(vec![first, last]);
        let wire = &report.wires[0];
        assert_eq!((wire.subscribers, wire.each.count, wire.last.count), (2, 2, 1));
        // The histogram keeps three digits.
        assert!(wire.each.p50_us.abs_diff(2000) <= 2 && wire.last.p50_us.abs_diff(3000) <= 3);
        assert!(report.orders_per_second - 0.5 < 1e-9 && report.answer.count == 1);
    }

    #[test]
    fn only_what_the_box_counted_during_the_run_is_reported() {
        let stats = |counts: &[i64]| GetStatsResponse {
            wires: vec![kiosk_proto::v1::WireStats {
                wire: "mqtt".into(),
                latency: Some(LatencyHistogram {
                    bounds_us: vec![100, 1000],
                    counts: counts.to_vec(),
                    sum_us: 0,
                }),
                ..Default::default()
            }],
            ..Default::default()
        };
        let during = hand_over("mqtt", &(stats(&[90, 90, 90]), stats(&[90, 100, 100]))).unwrap();
        assert_eq!((during.p50_us_max, during.p99_us_max), (Some(1000), Some(1000)));
        assert!(hand_over("grpc", &(stats(&[]), stats(&[]))).is_none());
    }
}
