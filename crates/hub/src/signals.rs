//! Ephemeral events: who is there, who types. Never journalled, no position, dropped under load.

use std::{sync::Arc, time::Instant};

use kiosk_proto::{
    Timestamp,
    v1::{Event, event::Payload},
};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::Published;

/// Signals kept for those who have not heard them yet; who is further behind misses the oldest.
const WAITING_MAX: usize = 256;

#[derive(Debug, Clone)]
pub(crate) struct Signalling(broadcast::Sender<Arc<Published>>);

impl Signalling {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(WAITING_MAX))
    }

    pub(crate) fn send(&self, payload: Payload, time: Timestamp, clock_trusted: bool) {
        let (payload, time) = (Some(payload), Some(time));
        let event = Event { position: None, time, clock_trusted, payload };
        // An error says that nobody listens.
        let _ = self.0.send(Arc::new(Published::new(event, Some(Instant::now()))));
    }

    pub(crate) fn listen(&self) -> Signals {
        Signals(self.0.subscribe())
    }
}

/// Hears ephemeral events from when it was made.
#[derive(Debug)]
pub struct Signals(broadcast::Receiver<Arc<Published>>);

impl Signals {
    /// The next one. Can be dropped at any time without loss.
    pub async fn next(&mut self) -> Arc<Published> {
        loop {
            match self.0.recv().await {
                Ok(signal) => return signal,
                Err(RecvError::Lagged(_)) => {}
                // The hub is gone: its followers say so.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
