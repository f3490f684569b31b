//! An order in the line, and the loads along it.

use std::collections::BTreeMap;

use kiosk_proto::v1::{Order, order_status::Value as Status};

use super::{experience::bucket, moment::placed_ms, spread::Wait};

/// An order that was not made for so long was forgotten: nobody waits for it.
const FORGOTTEN_MS: i64 = 3 * 3_600_000;

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) order_id: String,
    pub(super) daily_num: i32,
    pub(super) status: Status,
    pub(super) is_priority: bool,
    pub(super) placed_ms: i64,
    /// Came to the line, or back to it.
    pub(super) since_ms: i64,
    pub(super) parts: Vec<Part>,
    /// What it is told when it is first seen, unless something else is ordered later.
    pub(super) told: Told,
}

#[derive(Debug)]
pub(super) enum Told {
    NotYet,
    At(Wait),
    Void,
}

/// What one station has to make for an order.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) station: String,
    pub(super) units: i64,
    /// So many units must be made until this part is, its own included; 0: not computed yet.
    pub(super) load: i64,
    pub(super) since_ms: i64,
    /// When it first had a load of each bucket on its way down.
    pub(super) marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) load: i64,
    pub(super) at_ms: i64,
}

impl Entry {
    pub(super) fn new(order: &Order, at_ms: i64) -> Self {
        let placed_ms = placed_ms(order);
        // One that comes back was told of another wait.
        let told = if at_ms == placed_ms { Told::NotYet } else { Told::Void };
        Self {
            order_id: order.order_id.clone(),
            daily_num: order.daily_num,
            status: order.status(),
            is_priority: order.is_priority,
            placed_ms,
            since_ms: at_ms,
            parts: Vec::new(),
            told,
        }
    }

    pub(super) fn take_over(&mut self, order: &Order) {
        self.status = order.status();
        self.is_priority = order.is_priority;
    }

    /// What is open of it now; returns the parts of which nothing is.
    pub(super) fn put_units(&mut self, open: &BTreeMap<&str, i64>, at_ms: i64) -> Vec<Part> {
        let is_new = self.parts.is_empty();
        let (gone, mut parts): (Vec<_>, Vec<_>) = std::mem::take(&mut self.parts)
            .into_iter()
            .partition(|part| !open.contains_key(&*part.station));
        for (station, units) in open {
            match parts.iter_mut().find(|part| part.station == *station) {
                Some(part) if part.units >= *units => part.units = *units,
                known => {
                    if !is_new {
                        self.told = Told::Void;
                    }
                    let fresh = Part::new(station, *units, at_ms);
                    match known {
                        Some(part) => *part = fresh,
                        None => parts.push(fresh),
                    }
                }
            }
        }
        self.parts = parts;
        gone
    }

    fn is_forgotten(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.since_ms) > FORGOTTEN_MS
    }
}

impl Part {
    fn new(station: &str, units: i64, at_ms: i64) -> Self {
        Self { station: station.into(), units, load: 0, since_ms: at_ms, marks: Vec::new() }
    }

    pub(super) fn put_load(&mut self, load: i64, at_ms: i64) {
        if load == self.load {
            return;
        }
        let grows = load > self.load;
        if grows {
            // Others went first: what was measured until now is not what a load takes.
            self.marks.clear();
        }
        // It can have come after the moment that is looked at.
        self.since_ms = if self.load == 0 { self.since_ms.max(at_ms) } else { at_ms };
        self.load = load;
        if self.marks.last().is_none_or(|mark| bucket(load) < bucket(mark.load)) {
            self.marks.push(Mark { load, at_ms: self.since_ms });
        }
    }
}

/// Goes along the line and adds up.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) ahead: usize,
    pub(super) loads: BTreeMap<String, i64>,
}

impl Walk {
    /// How many are before this one, and the load of each of its parts.
    pub(super) fn pass(&mut self, entry: &Entry, now_ms: i64) -> (usize, Vec<i64>) {
        let ahead = self.ahead;
        let is_forgotten = entry.is_forgotten(now_ms);
        self.ahead += usize::from(!is_forgotten);
        let loads = entry.parts.iter().map(|part| {
            let before = match self.loads.get_mut(&part.station) {
                Some(before) => before,
                None => self.loads.entry(part.station.clone()).or_default(),
            };
            let load = before.saturating_add(part.units);
            if !is_forgotten {
                *before = load;
            }
            load
        });
        (ahead, loads.collect())
    }
}
