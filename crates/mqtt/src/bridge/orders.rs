//! The open orders: what the broker retains about them.

use std::collections::BTreeMap;

use bytes::Bytes;
use kiosk_hub::Snapshot;
use kiosk_proto::v1::event::Payload;
use kiosk_proto::v1::order_status::Value as Status;
use serde::Serialize;

use super::message::{json, retained};
use crate::Publication;
use crate::topics::Topics;

/// Open orders that are shown. With more (orders that nobody ever closed), the oldest are left
/// out: a broker bounds what it retains, and the embedded one refuses what is beyond.
pub(super) const OPEN_ORDERS_MAX: usize = 500;

/// What one event says about one order.
#[derive(Clone, Copy)]
pub(super) struct OrderChange<'a> {
    pub(super) order_id: &'a str,
    pub(super) daily_num: i32,
    pub(super) status: Status,
    pub(super) previous: Option<Status>,
    /// Empty: none.
    pub(super) buzzer_id: &'a str,
}

impl<'a> OrderChange<'a> {
    /// None if the event is not about an order's life.
    pub(super) fn of(payload: &'a Payload) -> Option<Self> {
        let (order_id, daily_num, status, previous, buzzer_id) = match payload {
            Payload::OrderCreated(e) => (&e.order_id, e.daily_num, e.status(), None, &e.buzzer_id),
            Payload::OrderStatusChanged(e) => {
                (&e.order_id, e.daily_num, e.status(), Some(e.previous_status()), &e.buzzer_id)
            }
            Payload::OrderRecalled(e) => {
                (&e.order_id, e.daily_num, e.status(), Some(e.previous_status()), &e.buzzer_id)
            }
            Payload::OrderCancelled(e) => {
                let previous = Some(e.previous_status());
                (&e.order_id, e.daily_num, Status::Cancelled, previous, &e.buzzer_id)
            }
            _ => return None,
        };
        Some(OrderChange { order_id, daily_num, status, previous, buzzer_id })
    }
}

/// The newest open orders, as they are at one position of the log.
pub(super) struct OpenOrders {
    seq: u64,
    /// By id, which begins with the time the order was placed.
    orders: BTreeMap<String, OpenOrder>,
}

struct OpenOrder {
    daily_num: i32,
    status: Status,
}

/// `…/order/<orderId>/state`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderState {
    daily_num: i32,
    status: &'static str,
    seq: u64,
}

/// `…/board`, without the position that it is true at. The numbers rise.
#[derive(PartialEq, Eq, Serialize)]
pub(super) struct Board {
    preparing: Vec<i32>,
    ready: Vec<i32>,
}

#[derive(Serialize)]
struct BoardAt<'a> {
    #[serde(flatten)]
    board: &'a Board,
    seq: u64,
}

impl OpenOrders {
    /// As they are in the snapshot.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut open = OpenOrders { seq: snapshot.position.seq, orders: BTreeMap::new() };
        for order in snapshot.state.orders() {
            open.put(&order.order_id, order.daily_num, order.status());
        }
        open
    }

    /// The position of the newest event they contain.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    pub(super) fn contain(&self, order_id: &str) -> bool {
        self.orders.contains_key(order_id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.orders.keys().map(String::as_str)
    }

    /// Takes in the next event. Returns the order that is no longer shown because there are too
    /// many.
    pub(super) fn apply(&mut self, seq: u64, change: Option<OrderChange<'_>>) -> Option<String> {
        self.seq = seq;
        let OrderChange { order_id, daily_num, status, .. } = change?;
        self.put(order_id, daily_num, status)
    }

    /// What the broker should retain about the order: its state, or nothing once it is closed.
    pub(super) fn state_of(&self, order_id: &str, topics: &Topics) -> Publication {
        let payload = match self.orders.get(order_id) {
            Some(OpenOrder { daily_num, status }) => json(&OrderState {
                daily_num: *daily_num,
                status: status.as_str_name(),
                seq: self.seq,
            }),
            None => Bytes::new(),
        };
        retained(topics.order_state(order_id), payload)
    }

    pub(super) fn board(&self) -> Board {
        let numbers = |shown: fn(Status) -> bool| {
            let orders = self.orders.values().filter(|order| shown(order.status));
            let mut numbers: Vec<i32> = orders.map(|order| order.daily_num).collect();
            numbers.sort_unstable();
            numbers
        };
        Board {
            preparing: numbers(|status| status != Status::Ready),
            ready: numbers(|status| status == Status::Ready),
        }
    }

    /// The board's message, from [`OpenOrders::board`].
    pub(super) fn board_message(&self, board: &Board, topics: &Topics) -> Publication {
        retained(topics.topic("board"), json(&BoardAt { board, seq: self.seq }))
    }

    fn put(&mut self, order_id: &str, daily_num: i32, status: Status) -> Option<String> {
        if !matches!(status, Status::Pending | Status::Making | Status::Ready) {
            self.orders.remove(order_id);
            return None;
        }
        self.orders.insert(order_id.to_owned(), OpenOrder { daily_num, status });
        let surplus = self.orders.len() > OPEN_ORDERS_MAX;
        surplus.then(|| self.orders.pop_first()).flatten().map(|(order_id, _)| order_id)
    }
}
