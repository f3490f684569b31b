//! The orders as the crew and the waiting customers see them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kiosk_proto::v1::{Order, order_status::Value as Status};
use tokio::sync::{Notify, watch};

/// What to make next, and what has become of what was ordered.
pub(super) struct Board {
    orders: Mutex<Orders>,
    /// Somebody may have something to make.
    to_make: Notify,
}

#[derive(Default)]
struct Orders {
    /// Nobody has begun these, by their place in history.
    waiting: BTreeMap<Place, Job>,
    /// Until the customer has left, who may ask after the crew is done.
    known: HashMap<String, Known>,
}

/// Business day and daily number.
type Place = (String, i32);

struct Known {
    status: watch::Sender<Status>,
    /// While it waits to be begun.
    waits_at: Option<Place>,
}

impl Default for Known {
    fn default() -> Self {
        Self { status: watch::Sender::new(Status::Pending), waits_at: None }
    }
}

/// An order to make.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub(super) order_id: String,
    /// How long it takes one person.
    pub(super) takes: Duration,
}

impl Board {
    /// With the orders that are there already.
    pub(super) fn new(orders: &[Order]) -> Self {
        let board = Self { orders: Mutex::default(), to_make: Notify::new() };
        for order in orders {
            board.created(order);
        }
        board
    }

    /// An order has been placed.
    pub(super) fn created(&self, order: &Order) {
        let job = Job { order_id: order.order_id.clone(), takes: takes(order) };
        let place = (order.business_date.clone(), order.daily_num);
        let mut orders = self.lock();
        let known = orders.known.entry(order.order_id.clone()).or_default();
        known.status.send_replace(order.status());
        if order.status() == Status::Pending {
            known.waits_at = Some(place.clone());
            orders.waiting.insert(place, job);
            self.to_make.notify_one();
        }
    }

    /// An order is at another step.
    pub(super) fn moved(&self, order_id: &str, status: Status) {
        let mut orders = self.lock();
        let Orders { waiting, known } = &mut *orders;
        let Some(known) = known.get_mut(order_id) else { return };
        if let Some(place) = known.waits_at.take() {
            waiting.remove(&place);
        }
        known.status.send_replace(status);
    }

    /// The longest waiting order; nobody else gets it.
    pub(super) async fn next(&self) -> Job {
        loop {
            let (job, more) = {
                let mut orders = self.lock();
                let job = orders.waiting.pop_first();
                (job, !orders.waiting.is_empty())
            };
            // One notice stands for any number of orders.
            if more {
                self.to_make.notify_one();
            }
            match job {
                Some((_, job)) => return job,
                None => self.to_make.notified().await,
            }
        }
    }

    /// Returns when the order is ready, or was cancelled.
    pub(super) async fn is_done(&self, order_id: &str) {
        let mut status =
            self.lock().known.entry(order_id.to_owned()).or_default().status.subscribe();
        let done = |status: &Status| !matches!(status, Status::Pending | Status::Making);
        // The sender is there until the customer leaves.
        let _ = status.wait_for(done).await;
    }

    /// The customer has left.
    pub(super) fn left(&self, order_id: &str) {
        self.lock().known.remove(order_id);
    }

    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Half a minute, and half a minute for each thing.
fn takes(order: &Order) -> Duration {
    let things: i32 = order.items.iter().map(|item| item.quantity).sum();
    Duration::from_secs(30 + 30 * u64::from(things.clamp(0, 20).unsigned_abs()))
}
