//! What the journal's files say, by arithmetic that nothing else shares: each command's events are
//! weighed against what was before them.

mod day;
mod hall;
mod orders;
mod points;
mod stock;

use std::{collections::BTreeMap, path::Path};

use kiosk_journal::{Item, Log};
use kiosk_proto::v1::{
    Event, JournalRecord, Order, OrderItem, event::Payload, line_status::Value as Line,
    order_status::Value as Status, pay_type::Value as PayType,
};
use prost::Message as _;

pub(crate) use self::{day::Day, hall::Hall, orders::Orders, points::Points, stock::Stock};

/// All that was committed.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    pub(crate) orders: Orders,
    pub(crate) points: Points,
    pub(crate) stock: Stock,
    pub(crate) hall: Hall,
    pub(crate) day: Day,
    pub(crate) messages: u64,
}

/// Money that orders moved, by how it was paid: how often, and how much.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Sum {
    pub(crate) times: u64,
    pub(crate) amount: i64,
}

/// What the order events of one command come to.
#[derive(Debug, Default)]
struct Outcome {
    /// By menu id: what was taken from the stock, less what went back.
    taken: BTreeMap<i32, i32>,
    /// To be paid with points, less what was given back.
    points_due: i64,
    /// There was an event of an order.
    is_of_order: bool,
}

impl Recount {
    /// From the first event to the last.
    pub(crate) fn of(data_dir: &Path) -> Self {
        let log = Log::snapshot(&data_dir.join("journal")).unwrap().unwrap();
        let mut reader = log.reader(1);
        let mut recount = Self::default();
        while let Some(item) = reader.next().unwrap() {
            let Item::Record(record) = item else { panic!("{item:?}") };
            let record = JournalRecord::decode(&*record.payload).unwrap();
            // The zone of this day is UTC.
            let hour = record.time.unwrap().as_ms() / 3_600_000 % 24;
            recount.weigh(hour, &record.events);
        }
        recount
    }

    /// One command's events.
    fn weigh(&mut self, hour: i64, events: &[Event]) {
        let payloads: Vec<&Payload> = events.iter().map(|e| e.payload.as_ref().unwrap()).collect();
        let outcome = self.orders.weigh(&payloads);
        self.stock.weigh(&payloads, &outcome);
        self.points.weigh(&payloads, &outcome);
        self.hall.weigh(&payloads);
        self.day.weigh(hour, &payloads);
        let is_message = |payload: &&&Payload| matches!(payload, Payload::MessageCreated(_));
        self.messages += payloads.iter().filter(is_message).count() as u64;
    }

    /// What came in and went back for lines, by what `key` makes of an order and its line.
    pub(crate) fn money<K: Ord>(
        &self,
        key: impl Fn(&Order, &OrderItem) -> K,
    ) -> BTreeMap<K, (i64, i64)> {
        let mut sums = BTreeMap::<K, (i64, i64)>::new();
        let lines = self.orders.all.values().flat_map(|o| o.items.iter().map(move |it| (o, it)));
        for (order, item) in lines {
            let (gross, refunds) = sums.entry(key(order, item)).or_default();
            *gross += i64::from(item.total_price);
            if order.status() == Status::Cancelled || item.status() == Line::Cancelled {
                *refunds += i64::from(item.total_price);
            }
        }
        sums
    }

    /// Orders and what is left of them, of those that `which` takes.
    pub(crate) fn sum(&self, which: impl Fn(&Order) -> bool) -> Sum {
        let mut sum = Sum::default();
        for order in self.orders.all.values().filter(|order| which(order)) {
            sum.add(order.total_amount);
        }
        sum
    }
}

impl Sum {
    pub(crate) fn add(&mut self, amount: i32) {
        self.times += 1;
        self.amount += i64::from(amount);
    }
}

/// What there is of that pay type; of none, nothing.
pub(crate) fn of(sums: &BTreeMap<PayType, Sum>, pay_type: PayType) -> Sum {
    sums.get(&pay_type).copied().unwrap_or_default()
}
