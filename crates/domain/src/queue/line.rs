//! The line of orders that wait to be made.

use std::collections::{BTreeMap, btree_map::Entry as Slot};

use kiosk_proto::v1::{Order, order_status::Value as Status};

use super::{
    accuracy::{Accuracy, Outcomes},
    entry::{Entry, Part, Told, Walk},
    experience::{Experience, Sample},
    moment::{Moment, made_at_ms},
    spread::Wait,
};
use crate::{OrderKey, limits::QUEUE_LINE_MAX};

/// The first orders of the line are watched: their loads are followed, so that others learn from
/// them. Behind them nobody is served for an hour.
const WATCHED_MAX: usize = 500;
/// How closely loads are followed. Who is told of them sees a second at most.
const SETTLE_MS: i64 = 1_000;

/// The orders that wait to be made, as the kitchen works: those with priority first, then by age.
/// With what is known of how long that takes.
#[derive(Debug, Default)]
pub struct Line {
    entries: BTreeMap<Place, Entry>,
    experience: Experience,
    outcomes: Outcomes,
    /// Something moved then, and loads were not computed since.
    moved_at_ms: Option<i64>,
    lacks_orders: bool,
}

/// False comes first: has priority.
type Place = (bool, OrderKey);

/// Where an order is in the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which order.
    pub order_id: String,
    /// What is called out.
    pub daily_num: i32,
    /// PENDING or MAKING.
    pub status: Status,
    /// Made before the others.
    pub is_priority: bool,
    /// In Unix milliseconds.
    pub placed_ms: i64,
    /// Orders before it.
    pub ahead: usize,
    /// Until all of it is made.
    pub wait: Wait,
    /// What is open of it.
    pub parts: Vec<PartStanding>,
}

/// What of an order is open at one station.
#[derive(Debug, Clone, PartialEq)]
pub struct PartStanding {
    /// Which station.
    pub station: String,
    /// To be made there until this part is, its own units included.
    pub load: i64,
    /// Until this part is made.
    pub wait: Wait,
}

/// What waits at a station.
#[derive(Debug, Clone, PartialEq)]
pub struct StationStanding {
    /// Which station.
    pub station: String,
    /// To be made there.
    pub units: i64,
    /// What estimates for it rest on.
    pub samples: usize,
    /// Until one unit more would be made.
    pub wait: Wait,
}

impl Line {
    /// What has become of orders, each with whether it was seen before, in any order.
    pub fn update<'a>(&mut self, changed: impl IntoIterator<Item = (bool, &'a Order)>) {
        let moments = changed.into_iter();
        let mut moments: Vec<Moment<'_>> =
            moments.flat_map(|(is_known, order)| Moment::of_change(is_known, order)).collect();
        // Stable: an order's own moments stay in their order.
        moments.sort_by_key(|moment| moment.at_ms);
        for moment in moments {
            if self.moved_at_ms.is_some_and(|at_ms| moment.at_ms >= at_ms.saturating_add(SETTLE_MS))
            {
                self.settle();
            }
            self.pass(&moment);
        }
        self.settle();
    }

    /// All that wait, next one first.
    pub fn standings(&self, now_ms: i64) -> impl Iterator<Item = Standing> {
        let mut walk = Walk::default();
        self.entries.values().map(move |entry| {
            let (ahead, loads) = walk.pass(entry, now_ms);
            self.standing_of(entry, ahead, &loads, now_ms)
        })
    }

    /// One that waits.
    pub fn standing(&self, order: &Order, now_ms: i64) -> Option<Standing> {
        let place = self.place_of(OrderKey::of(order))?;
        let mut walk = Walk::default();
        for entry in self.entries.range(..place).map(|(_, entry)| entry) {
            walk.pass(entry, now_ms);
        }
        let entry = self.entries.get(&place)?;
        let (ahead, loads) = walk.pass(entry, now_ms);
        Some(self.standing_of(entry, ahead, &loads, now_ms))
    }

    /// What waits at each station where something does or did.
    pub fn stations(&self, now_ms: i64) -> Vec<StationStanding> {
        let mut walk = Walk::default();
        for entry in self.entries.values() {
            walk.pass(entry, now_ms);
        }
        for station in self.experience.stations() {
            walk.loads.entry(station.into()).or_default();
        }
        let standing = |(station, units): (String, i64)| StationStanding {
            samples: self.experience.count(&station, now_ms),
            wait: self.experience.expect(&station, units.saturating_add(1), 0, now_ms),
            station,
            units,
        };
        walk.loads.into_iter().map(standing).collect()
    }

    /// How well waits were estimated lately.
    pub fn accuracy(&self) -> Accuracy {
        self.outcomes.accuracy()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether that order waits here.
    pub fn has(&self, order: &Order) -> bool {
        self.place_of(OrderKey::of(order)).is_some()
    }

    /// Whether there was no room for some.
    pub fn lacks_orders(&self) -> bool {
        self.lacks_orders
    }

    /// There was no room for some, and now there is: they are to be given again, as not seen.
    pub fn has_room_again(&mut self) -> bool {
        let has_room = self.lacks_orders && self.entries.len() < QUEUE_LINE_MAX / 2;
        self.lacks_orders &= !has_room;
        has_room
    }

    fn place_of(&self, key: OrderKey) -> Option<Place> {
        [(false, key), (true, key)].into_iter().find(|place| self.entries.contains_key(place))
    }

    fn pass(&mut self, moment: &Moment<'_>) {
        let (order, at_ms) = (moment.order, moment.at_ms);
        let key = OrderKey::of(order);
        let open = moment.open_units();
        let known = self.place_of(key).and_then(|place| self.entries.remove(&place));
        if known.is_none() && open.is_empty() {
            return;
        }
        self.moved_at_ms.get_or_insert(at_ms);
        let mut entry = known.unwrap_or_else(|| Entry::new(order, at_ms));
        entry.take_over(order);
        let gone = entry.put_units(&open, at_ms);
        for part in gone {
            self.learn(order, &part);
        }
        if !open.is_empty() {
            self.insert((!order.is_priority, key), entry);
        } else if order.status() != Status::Cancelled {
            self.close(order, &entry);
        }
    }

    fn insert(&mut self, place: Place, entry: Entry) {
        let is_full = self.entries.len() >= QUEUE_LINE_MAX;
        match self.entries.entry(place) {
            Slot::Vacant(_) if is_full => self.lacks_orders = true,
            Slot::Vacant(slot) => drop(slot.insert(entry)),
            Slot::Occupied(mut slot) => drop(slot.insert(entry)),
        }
    }

    /// What was made says how long it takes; what was cancelled does not.
    fn learn(&mut self, order: &Order, part: &Part) {
        let Some(made_at_ms) = made_at_ms(order, &part.station) else { return };
        for mark in &part.marks {
            let took_ms = made_at_ms.saturating_sub(mark.at_ms);
            self.experience.learn(&part.station, Sample { load: mark.load, took_ms, made_at_ms });
        }
    }

    fn close(&mut self, order: &Order, entry: &Entry) {
        let stations = order.items.iter().map(|item| &*item.station);
        let ready_ms = stations.filter_map(|station| made_at_ms(order, station)).max();
        if let (Told::At(told), Some(ready_ms)) = (&entry.told, ready_ms) {
            self.outcomes.add(*told, ready_ms.saturating_sub(entry.placed_ms));
        }
    }

    /// Follows the loads of those that are watched.
    fn settle(&mut self) {
        let Some(at_ms) = self.moved_at_ms.take() else { return };
        let mut walk = Walk::default();
        for entry in self.entries.values_mut().take(WATCHED_MAX) {
            let (_, loads) = walk.pass(entry, at_ms);
            for (part, load) in entry.parts.iter_mut().zip(loads) {
                part.put_load(load, at_ms);
            }
            if matches!(entry.told, Told::NotYet) {
                let expect = |part: &Part| {
                    self.experience.expect(&part.station, part.load, 0, part.since_ms)
                };
                let wait = entry.parts.iter().map(expect).reduce(Wait::and);
                entry.told = wait.map_or(Told::Void, Told::At);
            }
        }
    }

    fn standing_of(&self, entry: &Entry, ahead: usize, loads: &[i64], now_ms: i64) -> Standing {
        let standing = |(part, load): (&Part, &i64)| {
            let waited_ms =
                if part.load == *load { now_ms.saturating_sub(part.since_ms) } else { 0 };
            let wait = self.experience.expect(&part.station, *load, waited_ms, now_ms);
            PartStanding { station: part.station.clone(), load: *load, wait }
        };
        let parts: Vec<_> = entry.parts.iter().zip(loads).map(standing).collect();
        Standing {
            order_id: entry.order_id.clone(),
            daily_num: entry.daily_num,
            status: entry.status,
            is_priority: entry.is_priority,
            placed_ms: entry.placed_ms,
            ahead,
            wait: parts.iter().map(|part| part.wait).reduce(Wait::and).unwrap_or_default(),
            parts,
        }
    }
}
