//! What the orders of a range of business days came to, as they stand now.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};
use kiosk_proto::v1::{
    DateTotal, Order, OrderItem, SalesReport, WeekdayTotal, order_status::Value as Status,
};

use super::{
    books::{Books, Money, Side, local_hour},
    times::Times,
};
use crate::{BusinessDate, OrderKey, State, lines};

/// A fold over orders. Each order counts by its business day, with what became of it since.
#[derive(Debug, Clone)]
pub struct Sales {
    zone_name: String,
    zone: TimeZone,
    books: Books,
    by_day: BTreeMap<BusinessDate, Money>,
    cancelled_orders: i64,
    times: Times,
}

impl Sales {
    /// Nothing yet. The hours are those of the time zone that is set now.
    pub fn new(state: &State) -> Self {
        let zone_name: String = state.settings.time_zone().into();
        Self {
            zone: TimeZone::get(&zone_name).unwrap_or(TimeZone::UTC),
            zone_name,
            books: Books::default(),
            by_day: BTreeMap::new(),
            cancelled_orders: 0,
            times: Times::default(),
        }
    }

    /// Each order once.
    pub fn count(&mut self, order: Order) {
        let mut order = order;
        lines::fill_in(&mut order);
        let is_cancelled = order.status() == Status::Cancelled;
        self.cancelled_orders += i64::from(is_cancelled);
        let ordered_at = order.created_at;
        let hour = local_hour(ordered_at.unwrap_or_default(), &self.zone);
        self.books.count_order(order.pay_type, hour);
        let mut money = Money { orders: 1, ..Money::default() };
        for item in &order.items {
            let hour = item.added_at.map_or(hour, |added_at| local_hour(added_at, &self.zone));
            let mut enter = |side, item: &OrderItem| {
                self.books.enter_line(side, order.pay_type, hour, item);
                money.enter(side, item.total_price.into());
            };
            enter(Side::In, item);
            if is_cancelled || lines::is_cancelled(item) {
                enter(Side::Back, item);
            }
            if item.remakes > 0 {
                self.books.count_remade(item);
            }
            self.times.count(item, ordered_at);
        }
        let day = self.by_day.entry(OrderKey::of(&order).date).or_default();
        day.orders += money.orders;
        day.gross += money.gross;
        day.refunds += money.refunds;
    }

    /// The report of the days from the first to the last, with so many items.
    pub fn report(&self, from: BusinessDate, to: BusinessDate, items_max: usize) -> SalesReport {
        let money = self.books.total;
        SalesReport {
            from_date: from.to_string(),
            to_date: to.to_string(),
            time_zone: self.zone_name.clone(),
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
            average: money.average(),
            cancelled_orders: self.cancelled_orders,
            by_day: self.by_day(),
            by_weekday: self.by_weekday(),
            by_hour: self.books.by_hour(),
            by_pay_type: self.books.by_pay_type(),
            by_category: self.books.by_category(),
            by_item: self.books.by_item(items_max, usize::MAX),
            preparation: self.times.totals(),
        }
    }

    fn by_day(&self) -> Vec<DateTotal> {
        let total = |(date, money): (&BusinessDate, &Money)| DateTotal {
            business_date: date.to_string(),
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
        };
        self.by_day.iter().map(total).collect()
    }

    fn by_weekday(&self) -> Vec<WeekdayTotal> {
        let mut days = [Money::default(); 7];
        for (date, money) in &self.by_day {
            let weekday = date.civil().map_or(0, weekday);
            if let Some(day) = days.get_mut(weekday) {
                day.orders += money.orders;
                day.gross += money.gross;
                day.refunds += money.refunds;
            }
        }
        let total = |(weekday, money): (i32, &Money)| WeekdayTotal {
            weekday,
            orders: money.orders,
            gross: money.gross,
            refunds: money.refunds,
            net: money.net(),
        };
        (1..).zip(&days).map(total).collect()
    }
}

/// From Monday, 0.
fn weekday(date: Date) -> usize {
    usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())
}
