//! What the people in the café see of it: all that the box has told so far.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kiosk_proto::v1::{Event, GetSnapshotResponse, Position, order_status::Value as Status};
use tokio::{sync::watch, time::timeout};

use super::{
    hall::Hall,
    kitchen::{Job, Kitchen},
};

/// An event that takes longer to arrive is not waited for.
const HEARD_MAX: Duration = Duration::from_secs(60);

/// What all actors see.
pub(super) struct Board {
    kitchen: Mutex<Kitchen>,
    hall: Mutex<Hall>,
    /// How far the log was heard. Who looks for something looks again whenever this is touched.
    heard: watch::Sender<u64>,
}

impl Board {
    /// As it is now.
    pub(super) fn new(now: &GetSnapshotResponse, stations: Vec<String>) -> Self {
        Self {
            kitchen: Mutex::new(Kitchen::new(stations, &now.orders)),
            hall: Mutex::new(Hall::new(&now.seats, &now.bells)),
            heard: watch::Sender::new(now.position.as_ref().map_or(0, |position| position.seq)),
        }
    }

    /// Something has happened.
    pub(super) fn hear(&self, event: &Event) {
        self.kitchen().hear(event);
        self.hall().hear(event);
        self.heard_up_to(event.position.as_ref());
    }

    /// All up to there was heard.
    pub(super) fn heard_up_to(&self, position: Option<&Position>) {
        self.heard.send_modify(|seq| *seq = position.map_or(*seq, |position| position.seq));
    }

    /// Returns when what an answer told of is on the board.
    pub(super) async fn shows(&self, position: Option<&Position>) {
        let Some(position) = position else { return };
        let mut heard = self.heard.subscribe();
        let is_heard = heard.wait_for(|seq| *seq >= position.seq);
        // Never, if the box has lost its history: then the board shows what it can.
        let _ = timeout(HEARD_MAX, is_heard).await;
    }

    /// The next job at these stations, as [`Kitchen::take`] says, once there is one.
    pub(super) async fn next_job(&self, stations: &[String], one_line: bool) -> Job {
        self.until(|board| board.kitchen().take(stations, one_line)).await
    }

    /// Somebody has ended with it.
    pub(super) fn put_down(&self, job: &Job) {
        self.kitchen().put_down(job);
        self.heard_up_to(None);
    }

    /// The next bell to answer, once one rings.
    pub(super) async fn next_bell(&self) -> i32 {
        self.until(|board| board.hall().take_bell()).await
    }

    /// Nobody is on the way to it any more.
    pub(super) fn end_answer(&self, bell_id: i32) {
        self.hall().end_answer(bell_id);
        self.heard_up_to(None);
    }

    /// Returns when somebody has answered the bell.
    pub(super) async fn is_answered(&self, bell_id: i32) {
        self.until(|board| (!board.hall().bell_waits(bell_id)).then_some(())).await;
    }

    /// Returns when the order is READY, handed out or cancelled, and nobody works on it.
    pub(super) async fn is_settled(&self, order_id: &str) -> Status {
        let mut settled = self.kitchen().watch(order_id);
        match settled.wait_for(Option::is_some).await.map(|status| *status) {
            Ok(Some(status)) => status,
            // Forgotten: the sender is there until the customer leaves.
            _ => Status::Unspecified,
        }
    }

    /// The open orders.
    pub(super) fn kitchen(&self) -> MutexGuard<'_, Kitchen> {
        self.kitchen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables and bells.
    pub(super) fn hall(&self) -> MutexGuard<'_, Hall> {
        self.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn until<T>(&self, look: impl Fn(&Self) -> Option<T>) -> T {
        let mut heard = self.heard.subscribe();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            // The sender is this board's own.
            let _ = heard.changed().await;
        }
    }
}
