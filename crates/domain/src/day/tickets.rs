//! Which daily numbers there were, and which are missing.

use std::collections::BTreeMap;

use kiosk_proto::v1::{DayTickets, Order, TicketRange};

use crate::{
    BusinessDate, OrderKey,
    limits::{REPORT_DAYS_MAX, REPORT_GAPS_MAX, TALLY_DAYS_MAX},
};

/// The numbers of orders, by business day.
#[derive(Debug, Clone)]
pub(crate) struct Tickets {
    /// The newest order of all.
    newest: OrderKey,
    days: BTreeMap<BusinessDate, DayTickets>,
    /// Days that there was no room for.
    dropped: usize,
}

impl Tickets {
    /// Those after an order.
    pub(crate) fn after(newest: OrderKey) -> Self {
        Self { newest, days: BTreeMap::new(), dropped: 0 }
    }

    /// Numbers rise by one with each order of a day, from 1: what is passed over is missing.
    pub(crate) fn count(&mut self, order: &Order) {
        let key = OrderKey::of(order);
        let before = if key.date == self.newest.date { self.newest.daily_num } else { 0 };
        self.newest = self.newest.max(key);
        let day = self.days.entry(key.date).or_insert_with(|| DayTickets {
            business_date: order.business_date.clone(),
            first: key.daily_num,
            last: key.daily_num,
            ..DayTickets::default()
        });
        day.first = day.first.min(key.daily_num);
        day.last = day.last.max(key.daily_num);
        day.count = day.count.saturating_add(1);
        let (first, last) = (before.saturating_add(1), key.daily_num.saturating_sub(1));
        if first <= last {
            let count = last.saturating_sub(first).saturating_add(1);
            day.missing_count = day.missing_count.saturating_add(count);
            if day.missing.len() < REPORT_GAPS_MAX {
                day.missing.push(TicketRange { first, last });
            }
        }
        if self.days.len() > TALLY_DAYS_MAX {
            self.days.pop_first();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The newest days, oldest first, and how many older ones there are.
    pub(crate) fn newest_days(&self) -> (Vec<DayTickets>, i32) {
        let more = self.days.len().saturating_sub(REPORT_DAYS_MAX);
        let days = self.days.values().skip(more).cloned().collect();
        (days, i32::try_from(more.saturating_add(self.dropped)).unwrap_or(i32::MAX))
    }
}
