//! The open orders as a screen of the kitchen shows them, and which lines somebody has in hand.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use kiosk_proto::v1::{
    Event, LineState, Order, OrderItem, event::Payload, line_status::Value as Line,
    order_status::Value as Status,
};
use tokio::sync::watch;

/// What waits at the stations, and what has become of what was ordered.
pub(super) struct Kitchen {
    stations: Vec<String>,
    /// Until the customer has left, who may ask after the crew is done.
    known: HashMap<String, Known>,
    /// Lines that nobody has begun, by station: what is next comes first.
    waiting: BTreeMap<String, BTreeSet<Turn>>,
}

#[derive(Default)]
struct Known {
    order: Order,
    /// Lines that somebody works on.
    in_hand: BTreeSet<i32>,
    /// The order's status once nobody works on it: READY, COMPLETED or CANCELLED.
    settled: watch::Sender<Option<Status>>,
}

/// When a line has its turn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    has_no_priority: bool,
    business_date: String,
    daily_num: i32,
    line_id: i32,
    order_id: String,
}

/// Lines of an order that one person makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub(super) order_id: String,
    /// Of the lines, as the order has it.
    pub(super) station: String,
    pub(super) line_ids: Vec<i32>,
    /// They are all that this station has left to do for the order.
    pub(super) is_all: bool,
    /// Nobody has begun the order.
    pub(super) is_first: bool,
    /// How long it takes one person.
    pub(super) takes: Duration,
}

impl Kitchen {
    /// With the orders that are there already.
    pub(super) fn new(stations: Vec<String>, orders: &[Order]) -> Self {
        let mut kitchen = Self { stations, known: HashMap::new(), waiting: BTreeMap::new() };
        for order in orders {
            kitchen.change(&order.order_id, |known| known.order = filled_in(order));
        }
        kitchen
    }

    /// Takes up what has happened.
    pub(super) fn hear(&mut self, event: &Event) {
        use Payload as P;
        match &event.payload {
            Some(P::OrderCreated(order)) => {
                self.change(&order.order_id, |known| known.order = filled_in(order));
            }
            Some(P::OrderStatusChanged(e)) => self.moved(&e.order_id, e.status(), &e.lines),
            Some(P::OrderRecalled(e)) => self.moved(&e.order_id, e.status(), &e.lines),
            Some(P::OrderCancelled(e)) => self.moved(&e.order_id, Status::Cancelled, &[]),
            Some(P::OrderLinesChanged(e)) => {
                self.change_known(&e.order_id, |order| put_states(order, &e.lines));
            }
            Some(P::OrderPriorityChanged(e)) => {
                self.change_known(&e.order_id, |order| order.is_priority = e.is_priority);
            }
            Some(P::OrderItemsAdded(e)) => {
                self.change_known(&e.order_id, |order| put_items(order, &e.items));
            }
            Some(P::OrderLinesCancelled(e)) => {
                self.change_known(&e.order_id, |order| put_items(order, &e.items));
            }
            Some(P::OrderLinesRemade(e)) => {
                self.change_known(&e.order_id, |order| put_items(order, &e.items));
            }
            _ => {}
        }
    }

    fn moved(&mut self, order_id: &str, status: Status, lines: &[LineState]) {
        self.change_known(order_id, |order| {
            put_states(order, lines);
            order.set_status(status);
        });
    }

    /// The next job at these stations: one line, or all that its station has to do for that order.
    /// Nobody else gets it until it is put down.
    pub(super) fn take(&mut self, stations: &[String], one_line: bool) -> Option<Job> {
        let first = |station| self.waiting.get(station).and_then(|turns| turns.first());
        let (turn, station) =
            stations.iter().filter_map(|station| Some((first(station)?, station))).min()?;
        let (turn, station) = (turn.clone(), station.clone());
        let order = &self.known.get(&turn.order_id)?.order;
        let of_order = self.waiting.get(&station)?.iter().filter(|t| t.order_id == turn.order_id);
        let mut line_ids: Vec<i32> = of_order.map(|turn| turn.line_id).collect();
        let named = |id: &i32| order.items.iter().find(|item| item.line_id == *id);
        let as_named = named(&turn.line_id)?.station.clone();
        line_ids.retain(|id| named(id).is_some_and(|item| item.station == as_named));
        let all = line_ids.len();
        if one_line {
            line_ids = vec![turn.line_id];
        }
        let things: i32 = line_ids.iter().filter_map(named).map(|item| item.quantity).sum();
        let job = Job {
            order_id: turn.order_id,
            station: as_named,
            is_all: line_ids.len() == all,
            is_first: order.status() == Status::Pending,
            takes: Duration::from_secs(20 + 30 * u64::from(things.clamp(0, 20).unsigned_abs())),
            line_ids,
        };
        self.change(&job.order_id, |known| known.in_hand.extend(&job.line_ids));
        Some(job)
    }

    /// The job's lines that still wait to be made: a customer may have changed their mind.
    pub(super) fn still_wait(&self, job: &Job) -> Vec<i32> {
        let order = self.known.get(&job.order_id).map(|known| &known.order);
        let is_open = |id: &&i32| {
            let line = order.and_then(|order| order.items.iter().find(|it| it.line_id == **id));
            line.is_some_and(|line| line.status() == Line::Waiting)
        };
        job.line_ids.iter().filter(is_open).copied().collect()
    }

    /// Nobody works on it any more; what of it still waits has its turn again.
    pub(super) fn put_down(&mut self, job: &Job) {
        if self.known.contains_key(&job.order_id) {
            self.change(&job.order_id, |known| {
                known.in_hand.retain(|line| !job.line_ids.contains(line));
            });
        }
    }

    /// Says when the order is ready, handed out or cancelled, and nobody works on it.
    pub(super) fn watch(&mut self, order_id: &str) -> watch::Receiver<Option<Status>> {
        self.known.entry(order_id.to_owned()).or_default().settled.subscribe()
    }

    /// A line that was made.
    pub(super) fn made_line(&self, order_id: &str) -> Option<i32> {
        let order = &self.known.get(order_id)?.order;
        let made = order.items.iter().find(|item| item.status() == Line::Done);
        made.map(|item| item.line_id)
    }

    /// The customer has left.
    pub(super) fn left(&mut self, order_id: &str) {
        self.change(order_id, |known| known.order.items.clear());
        self.known.remove(order_id);
    }

    /// What happens to an order that this screen does not show is not its business.
    fn change_known(&mut self, order_id: &str, change: impl FnOnce(&mut Order)) {
        if self.known.contains_key(order_id) {
            self.change(order_id, |known| change(&mut known.order));
        }
    }

    fn change(&mut self, order_id: &str, change: impl FnOnce(&mut Known)) {
        let Self { stations, known, waiting } = self;
        let known = known.entry(order_id.to_owned()).or_default();
        for (station, turn) in known.turns(stations) {
            waiting.get_mut(&station).map(|turns| turns.remove(&turn));
        }
        change(known);
        for (station, turn) in known.turns(stations) {
            waiting.entry(station).or_default().insert(turn);
        }
        known.settled.send_replace(known.settled_status());
    }
}

impl Known {
    /// The lines that nobody has begun, each with where it is made: at the first station, if there
    /// is none as the order says.
    fn turns(&self, stations: &[String]) -> Vec<(String, Turn)> {
        let order = &self.order;
        if !matches!(order.status(), Status::Pending | Status::Making) {
            return Vec::new();
        }
        let turn = |item: &OrderItem| {
            let station = stations.iter().find(|station| **station == item.station);
            let turn = Turn {
                has_no_priority: !order.is_priority,
                business_date: order.business_date.clone(),
                daily_num: order.daily_num,
                line_id: item.line_id,
                order_id: order.order_id.clone(),
            };
            (station.or(stations.first()).cloned().unwrap_or_default(), turn)
        };
        let waits = |item: &&OrderItem| {
            item.status() == Line::Waiting && !self.in_hand.contains(&item.line_id)
        };
        order.items.iter().filter(waits).map(turn).collect()
    }

    fn settled_status(&self) -> Option<Status> {
        let status = self.order.status();
        let is_settled = matches!(status, Status::Ready | Status::Completed | Status::Cancelled);
        (is_settled && self.in_hand.is_empty()).then_some(status)
    }
}

/// Lines from before they had numbers and states have their place, and are as far as their order.
fn filled_in(order: &Order) -> Order {
    let mut order = order.clone();
    let is_open = matches!(order.status(), Status::Pending | Status::Making);
    for (item, place) in order.items.iter_mut().zip(1..) {
        if item.line_id == 0 {
            item.line_id = place;
        }
        if item.status() == Line::Unspecified {
            item.set_status(if is_open { Line::Waiting } else { Line::Done });
        }
    }
    order
}

fn put_states(order: &mut Order, states: &[LineState]) {
    for state in states {
        for item in order.items.iter_mut().filter(|item| item.line_id == state.line_id) {
            item.status = state.status;
        }
    }
}

fn put_items(order: &mut Order, items: &[OrderItem]) {
    for item in items {
        match order.items.iter_mut().find(|known| known.line_id == item.line_id) {
            Some(known) => known.clone_from(item),
            None => order.items.push(item.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
