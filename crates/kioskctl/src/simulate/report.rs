use std::collections::BTreeMap;

use kiosk_proto::v1::Order;
use serde::Serialize;

use crate::output::{Column, grouped, table};

/// What the actors were told: only what the box has acknowledged counts.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// By pay type.
    placed: BTreeMap<&'static str, Sum>,
    /// By pay type: the part of it that was cancelled.
    cancelled_orders: BTreeMap<&'static str, Sum>,
    pub(super) cancelled: u64,
    pub(super) completed: u64,
    /// Wanted to cancel, and could not any more.
    pub(super) too_late: u64,
    /// Why customers were refused.
    left: BTreeMap<String, u64>,
    /// Onto cells.
    pub(super) charged: i64,
    /// How long the day took.
    pub(super) seconds: f64,
}

/// So many orders that come to so much.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Sum {
    orders: u64,
    amount: i64,
}

impl Report {
    pub(super) fn placed(&mut self, order: &Order) {
        self.placed.entry(order.pay_type().as_str_name()).or_default().add(Sum::of(order));
    }

    pub(super) fn cancelled(&mut self, order: &Order) {
        self.cancelled += 1;
        let pay_type = order.pay_type().as_str_name();
        self.cancelled_orders.entry(pay_type).or_default().add(Sum::of(order));
    }

    pub(super) fn left(&mut self, reason: String) {
        *self.left.entry(reason).or_default() += 1;
    }

    /// Both together.
    pub(super) fn add(&mut self, part: &Self) {
        for (pay_type, sum) in &part.placed {
            self.placed.entry(pay_type).or_default().add(*sum);
        }
        for (pay_type, sum) in &part.cancelled_orders {
            self.cancelled_orders.entry(pay_type).or_default().add(*sum);
        }
        for (reason, count) in &part.left {
            *self.left.entry(reason.clone()).or_default() += count;
        }
        self.cancelled += part.cancelled;
        self.completed += part.completed;
        self.too_late += part.too_late;
        self.charged += part.charged;
    }

    pub(super) fn table(&self) -> String {
        let columns = [
            Column::Left("PAID BY"),
            Column::Right("ORDERS"),
            Column::Right("AMOUNT"),
            Column::Right("CANCELLED"),
            Column::Right("GIVEN BACK"),
        ];
        let rows = self.placed.iter().map(|(pay_type, placed)| {
            let cancelled = self.cancelled_orders.get(pay_type).copied().unwrap_or_default();
            [
                (*pay_type).to_owned(),
                placed.orders.to_string(),
                grouped(placed.amount),
                cancelled.orders.to_string(),
                grouped(cancelled.amount),
            ]
        });
        let mut text = table(columns, rows);
        let left: Vec<_> = self.left.iter().map(|(why, count)| format!("{count} {why}")).collect();
        text += &format!(
            "\n\ncompleted {}, too late to cancel {}, charged {}, refused: {}\n{:.1} s",
            self.completed,
            self.too_late,
            grouped(self.charged),
            if left.is_empty() { "none".to_owned() } else { left.join(", ") },
            self.seconds,
        );
        text
    }
}

impl Sum {
    fn of(order: &Order) -> Self {
        Self { orders: 1, amount: order.total_amount.into() }
    }

    fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.amount += other.amount;
    }
}
