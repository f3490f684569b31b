//! An order's way through the kitchen as a row of moments: after each one some of its lines are
//! open, and others not.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_proto::v1::{
    Order, OrderItem, line_status::Value as LineStatus, order_status::Value as Status,
};

/// When something of an order changed.
#[derive(Debug)]
pub(super) struct Moment<'a> {
    pub(super) order: &'a Order,
    pub(super) at_ms: i64,
    /// True: the order is like this now. False: that is what its lines' times say of then.
    is_last: bool,
}

impl<'a> Moment<'a> {
    /// What has become of an order. One that was seen before is only seen as it is; one that was
    /// not, such as all orders after a restart, has a past.
    pub(super) fn of_change(is_known: bool, order: &'a Order) -> impl Iterator<Item = Self> {
        let mut past: BTreeSet<i64> = BTreeSet::new();
        if !is_known {
            past.extend(order.items.iter().map(|item| from_ms(order, item)));
            past.extend(order.items.iter().filter_map(until_ms));
        }
        let newest_ms = past.last().copied().unwrap_or(i64::MIN);
        let last_ms = ms(order.updated_at).or(ms(order.created_at)).unwrap_or(0).max(newest_ms);
        let past = past.into_iter().map(move |at_ms| Self { order, at_ms, is_last: false });
        past.chain([Self { order, at_ms: last_ms, is_last: true }])
    }

    /// What has to be made after this moment, by station.
    pub(super) fn open_units(&self) -> BTreeMap<&'a str, i64> {
        let mut units = BTreeMap::new();
        for item in self.order.items.iter().filter(|item| self.is_open(item)) {
            *units.entry(&*item.station).or_default() += i64::from(item.quantity.max(1));
        }
        units
    }

    fn is_open(&self, item: &OrderItem) -> bool {
        if !self.is_last {
            let has_come = from_ms(self.order, item) <= self.at_ms;
            return has_come && until_ms(item).is_none_or(|until_ms| until_ms > self.at_ms);
        }
        let is_made = matches!(self.order.status(), Status::Pending | Status::Making);
        // Lines from before they had a status are as far as their order.
        is_made && matches!(item.status(), LineStatus::Waiting | LineStatus::Unspecified)
    }
}

/// When a station had made the last of what it had to make for the order, if it has made any.
pub(super) fn made_at_ms(order: &Order, station: &str) -> Option<i64> {
    let here = order.items.iter().filter(|item| item.station == station);
    here.filter(|item| item.status() == LineStatus::Done).filter_map(|item| ms(item.done_at)).max()
}

/// When an order was placed.
pub(super) fn placed_ms(order: &Order) -> i64 {
    ms(order.created_at).unwrap_or(0)
}

/// When a line began to wait: with the order, or later.
fn from_ms(order: &Order, item: &OrderItem) -> i64 {
    ms(item.remade_at).or(ms(item.added_at)).unwrap_or_else(|| placed_ms(order))
}

fn until_ms(item: &OrderItem) -> Option<i64> {
    ms(item.done_at).or(ms(item.cancelled_at))
}

fn ms(time: Option<kiosk_proto::Timestamp>) -> Option<i64> {
    time.map(|time| time.as_ms())
}
