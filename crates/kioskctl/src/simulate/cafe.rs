//! What all actors share: the way to the box, the time of day, what they see, what they were told.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{board::Board, clock::Clock, load::Load, purse::Purse, report::Report};
use crate::{
    client::{Client, Connection},
    failure::Failure,
};

/// A box that is away for longer ends the day.
const AWAY_MAX: Duration = Duration::from_secs(60);
/// Between two tries to reach the box again.
pub(super) const RETRY_DELAY: Duration = Duration::from_millis(200);

pub(super) struct Cafe {
    /// At least one; calls take turns.
    pub(super) clients: Vec<Client>,
    pub(super) next_client: AtomicUsize,
    pub(super) clock: Clock,
    pub(super) board: Board,
    pub(super) purse: Purse,
    pub(super) report: Mutex<Report>,
    pub(super) load: Mutex<Load>,
}

impl Cafe {
    /// A connection for a stream.
    pub(super) fn channel(&self) -> Connection {
        self.client().channel()
    }

    /// Tells the box to do something, until it says yes or no: it may be restarted in the middle of
    /// the day. `named` makes the request with its id, and is `what`'s name in the report.
    pub(super) async fn ask<T, R, F>(
        &self,
        what: &'static str,
        named: impl FnOnce(String) -> T,
        rpc: impl Fn(Connection, Request<T>) -> F,
    ) -> Result<R, Failure>
    where
        T: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let request_id = Uuid::new_v4().to_string();
        let message = named(request_id.clone());
        let client = self.client();
        let began = Instant::now();
        let answer = loop {
            match client.mutate(&request_id, message.clone(), &rpc).await {
                Err(failure) if failure.reason().is_none() && began.elapsed() < AWAY_MAX => {
                    sleep(RETRY_DELAY).await;
                }
                answer => break answer,
            }
        };
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        load.answered(what, began.elapsed());
        answer
    }

    /// Adds to the report.
    pub(super) fn note(&self, note: impl FnOnce(&mut Report)) {
        note(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn client(&self) -> &Client {
        let turn = self.next_client.fetch_add(1, Ordering::Relaxed);
        &self.clients[turn % self.clients.len()]
    }
}

/// Why the box refused; a failure when it did not answer.
pub(super) fn reason(failure: Failure) -> Result<String, Failure> {
    failure.reason().ok_or(failure)
}
