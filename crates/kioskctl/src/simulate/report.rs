use std::collections::BTreeMap;

use kiosk_proto::v1::{Order, OrderCancelled, OrderItemsAdded, OrderLinesCancelled};
use serde::Serialize;

use super::load::LoadReport;
use crate::output::{Column, grouped, table};

/// What the actors were told: only what the box has acknowledged counts.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// By pay type, as this and the next three: what orders came to when they were placed.
    placed: BTreeMap<&'static str, Sum>,
    /// What was added to orders.
    added: BTreeMap<&'static str, Sum>,
    /// What was given back for parts of orders.
    cancelled_lines: BTreeMap<&'static str, Sum>,
    /// What was given back for what was left of orders.
    cancelled_orders: BTreeMap<&'static str, Sum>,
    pub(super) cancelled: u64,
    pub(super) completed: u64,
    /// Wanted something changed, and it was ready.
    pub(super) too_late: u64,
    /// Why customers were refused.
    left: BTreeMap<String, u64>,
    /// Why the box refused what somebody wanted of an order.
    denied: BTreeMap<String, u64>,
    pub(super) crew: Crew,
    pub(super) seats: Seats,
    pub(super) bells: Bells,
    pub(super) pins: Pins,
    pub(super) staff: Staff,
    /// How long the day took.
    pub(super) seconds: f64,
    pub(super) load: LoadReport,
}

/// So many orders that come to so much.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Sum {
    orders: u64,
    amount: i64,
}

/// What was done to make orders.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Crew {
    /// Orders that were taken to MAKING by hand.
    pub(super) begun: u64,
    pub(super) bumps: u64,
    pub(super) bumped_lines: u64,
    pub(super) recalled_lines: u64,
    pub(super) recalled_orders: u64,
    pub(super) remakes: u64,
    /// Orders that were put before the others, and back among them.
    priority_set: u64,
    priority_undone: u64,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seats {
    /// By an order.
    taken: u64,
    /// Somebody else had it.
    refused: BTreeMap<String, u64>,
    /// Guests that found no table.
    pub(super) none_left: u64,
    /// Guests that had one and did not order.
    pub(super) given_up: u64,
    /// By staff.
    pub(super) freed: u64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Bells {
    pub(super) rung: u64,
    pub(super) answered: u64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Pins {
    pub(super) accepted: u64,
    pub(super) wrong: u64,
}

/// What the staff does beside.
#[derive(Debug, Default, Serialize)]
pub(super) struct Staff {
    /// Onto cells.
    pub(super) charged: i64,
    /// From cell to cell.
    pub(super) transfers: u64,
    pub(super) transferred: i64,
    pub(super) messages: u64,
    /// Why the box did not do it.
    pub(super) refused: BTreeMap<String, u64>,
}

impl Report {
    pub(super) fn placed(&mut self, order: &Order, with_seat: bool) {
        add(&mut self.placed, order.pay_type().as_str_name(), order.total_amount);
        self.seats.taken += u64::from(with_seat);
    }

    pub(super) fn added(&mut self, change: &OrderItemsAdded) {
        add(&mut self.added, change.pay_type().as_str_name(), change.added_amount);
    }

    pub(super) fn lines_cancelled(&mut self, change: &OrderLinesCancelled) {
        add(&mut self.cancelled_lines, change.pay_type().as_str_name(), change.refund_amount);
    }

    pub(super) fn order_cancelled(&mut self, change: &OrderCancelled) {
        self.cancelled += 1;
        add(&mut self.cancelled_orders, change.pay_type().as_str_name(), change.refund_amount);
    }

    pub(super) fn left(&mut self, reason: String) {
        *self.left.entry(reason).or_default() += 1;
    }

    pub(super) fn denied(&mut self, reason: String) {
        *self.denied.entry(reason).or_default() += 1;
    }

    /// How many orders were placed.
    pub(super) fn orders(&self) -> u64 {
        self.placed.values().map(|sum| sum.orders).sum()
    }

    pub(super) fn table(&self) -> String {
        let columns = [
            Column::Left("PAID BY"),
            Column::Right("ORDERS"),
            Column::Right("AMOUNT"),
            Column::Right("ADDED"),
            Column::Right("CANCELLED"),
            Column::Right("IN PART"),
            Column::Right("GIVEN BACK"),
        ];
        let rows = self.placed.iter().map(|(pay_type, placed)| {
            let of = |sums: &BTreeMap<&str, Sum>| sums.get(pay_type).copied().unwrap_or_default();
            let (cancelled, parts) = (of(&self.cancelled_orders), of(&self.cancelled_lines));
            [
                (*pay_type).to_owned(),
                placed.orders.to_string(),
                grouped(placed.amount),
                grouped(of(&self.added).amount),
                cancelled.orders.to_string(),
                parts.orders.to_string(),
                grouped(cancelled.amount + parts.amount),
            ]
        });
        let lines = [self.orders_line(), self.crew.line(), self.hall_line(), self.staff.line()];
        format!(
            "{}\n\n{}\n\n{:.1} s, {}",
            table(columns, rows),
            lines.join("\n"),
            self.seconds,
            self.load.table()
        )
    }

    fn orders_line(&self) -> String {
        format!(
            "orders: {} completed, {} cancelled, {} too late to change, {} customers refused{}, \
             {} changes denied{}",
            self.completed,
            self.cancelled,
            self.too_late,
            self.left.values().sum::<u64>(),
            reasons(&self.left),
            self.denied.values().sum::<u64>(),
            reasons(&self.denied),
        )
    }

    fn hall_line(&self) -> String {
        let Self { seats, bells, pins, .. } = self;
        format!(
            "guests: {} tables taken, {} taps refused{}, {} found none, {} gave one up, {} freed; \
             bells: {} rung, {} answered; PINs: {} accepted, {} wrong",
            seats.taken,
            seats.refused.values().sum::<u64>(),
            reasons(&seats.refused),
            seats.none_left,
            seats.given_up,
            seats.freed,
            bells.rung,
            bells.answered,
            pins.accepted,
            pins.wrong
        )
    }
}

impl Crew {
    pub(super) fn priority(&mut self, is_priority: bool, count: u64) {
        *if is_priority { &mut self.priority_set } else { &mut self.priority_undone } += count;
    }

    fn line(&self) -> String {
        format!(
            "crew: {} bumps of {} lines, {} orders begun by hand, {} lines and {} orders recalled, \
             {} remakes, priority {} times set and {} undone",
            self.bumps,
            self.bumped_lines,
            self.begun,
            self.recalled_lines,
            self.recalled_orders,
            self.remakes,
            self.priority_set,
            self.priority_undone
        )
    }
}

impl Seats {
    pub(super) fn refused(&mut self, reason: String) {
        *self.refused.entry(reason).or_default() += 1;
    }
}

impl Staff {
    fn line(&self) -> String {
        format!(
            "staff: {} charged, {} in {} transfers, {} messages, {} errands refused{}",
            grouped(self.charged),
            grouped(self.transferred),
            self.transfers,
            self.messages,
            self.refused.values().sum::<u64>(),
            reasons(&self.refused)
        )
    }
}

fn add(sums: &mut BTreeMap<&'static str, Sum>, pay_type: &'static str, amount: i32) {
    let sum = sums.entry(pay_type).or_default();
    sum.orders += 1;
    sum.amount += i64::from(amount);
}

/// ` (12 SOLD_OUT, 3 OUT_OF_STOCK)`; of none, nothing.
fn reasons(counts: &BTreeMap<String, u64>) -> String {
    let texts: Vec<_> = counts.iter().map(|(why, count)| format!("{count} {why}")).collect();
    if texts.is_empty() { String::new() } else { format!(" ({})", texts.join(", ")) }
}
