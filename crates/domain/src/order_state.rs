//! The orders in the working set, and what events make of them.

use std::sync::Arc;

use imbl::ordmap::DiffItem;
use kiosk_proto::v1::{Order, event::Payload, order_status::Value as OrderStatus};

use crate::{BusinessDate, Change, State, order_event};

/// An order's place in history: its business day and its daily number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// The day.
    pub date: BusinessDate,
    /// From 1.
    pub daily_num: i32,
}

impl OrderKey {
    /// The key of an order of the contract.
    pub fn of(order: &Order) -> Self {
        // `decide` writes the date, so it reads back.
        let date = BusinessDate::parse(&order.business_date).unwrap_or_default();
        Self { date, daily_num: order.daily_num }
    }
}

/// Nothing more is made of it, unless it is recalled.
pub(crate) fn is_closed(order: &Order) -> bool {
    matches!(order.status(), OrderStatus::Completed | OrderStatus::Cancelled)
}

impl State {
    /// An order of the working set.
    pub fn order(&self, order_id: &str) -> Option<&Arc<Order>> {
        self.orders.get(self.order_keys.get(order_id)?)
    }

    /// The orders of the working set, by day and number, from a key on.
    pub fn orders_from(&self, from: OrderKey) -> impl Iterator<Item = (&OrderKey, &Arc<Order>)> {
        self.orders.range(from..)
    }

    /// All orders of the working set.
    pub fn orders(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.orders.values()
    }

    /// The orders of the working set that are of this business day or still open: those of an earlier
    /// day that have closed stay in it until the next day's first order.
    pub fn orders_on(&self, today: BusinessDate) -> impl Iterator<Item = &Arc<Order>> {
        let current = self.orders.iter();
        let current = current.filter(move |(key, order)| key.date >= today || !is_closed(order));
        current.map(|(_, order)| order)
    }

    /// The orders that are not as they were in an earlier state, each with whether it was there.
    /// Takes as long as there are changes: states share what did not change.
    pub fn orders_changed_since<'a>(
        &'a self,
        earlier: &'a Self,
    ) -> impl Iterator<Item = (bool, &'a Arc<Order>)> {
        earlier.orders.diff(&self.orders).filter_map(|change| match change {
            DiffItem::Add(_, order) => Some((false, order)),
            DiffItem::Update { new: (_, order), .. } => Some((true, order)),
            DiffItem::Remove(..) => None,
        })
    }

    pub(crate) fn order_created(&mut self, order: &Order) -> Vec<Change> {
        let key = OrderKey::of(order);
        let mut changes = Vec::with_capacity(1);
        if key.date > self.counters.date {
            self.begin_day(key.date, &mut changes);
        }
        self.counters.daily_num = self.counters.daily_num.max(key.daily_num);
        let order = Arc::new(order.clone());
        self.put_order(Arc::clone(&order));
        changes.push(Change::Order(order));
        changes
    }

    fn begin_day(&mut self, date: BusinessDate, changes: &mut Vec<Change>) {
        self.counters.date = date;
        self.counters.daily_num = 0;
        self.external_ids.clear();
        let closed = self.orders.iter().filter(|(_, order)| is_closed(order));
        let retired: Vec<OrderKey> = closed.map(|(key, _)| *key).collect();
        for key in retired {
            if let Some(order) = self.orders.remove(&key) {
                self.order_keys.remove(&order.order_id);
            }
            changes.push(Change::OrderRetired(key));
        }
    }

    pub(crate) fn put_order(&mut self, order: Arc<Order>) {
        let key = OrderKey::of(&order);
        self.order_keys.insert(order.order_id.clone(), key);
        if !order.external_id.is_empty() && key.date == self.counters.date {
            self.external_ids.insert((order.source, order.external_id.clone()), key);
        }
        self.orders.insert(key, order);
    }

    pub(crate) fn change_order(&mut self, event: &Payload) -> Vec<Change> {
        let key = event.text("orderId").and_then(|order_id| self.order_keys.get(order_id));
        let order = key.and_then(|key| self.orders.get_mut(key));
        let Some(order) = order else { return Vec::new() };
        order_event::apply(Arc::make_mut(order), event);
        vec![Change::Order(Arc::clone(order))]
    }
}
