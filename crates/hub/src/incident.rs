//! What went wrong with the box's own storage and was mended, as events for everyone to see.

use std::sync::{Mutex, PoisonError};

use kiosk_proto::{
    Timestamp,
    v1::{Event, IncidentStarted, JournalRecord, event::Payload},
};
use tracing::warn;

/// Reasons that wait for the writer; one more is only logged.
const WAITING_MAX: usize = 16;

/// From the store's thread to the writer, who journals them with its next group.
#[derive(Debug, Default)]
pub(crate) struct Incidents(Mutex<Vec<String>>);

impl Incidents {
    pub(crate) fn report(&self, reason: String) {
        warn!(reason, "an incident");
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_MAX {
            waiting.push(reason);
        }
    }

    /// Oldest first. They wait until they are [`done`](Self::done).
    pub(crate) fn waiting(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The oldest are journalled.
    pub(crate) fn done(&self, count: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..count);
    }
}

/// One event, with no request behind it.
pub(crate) fn record(
    reason: String,
    time: Timestamp,
    clock_trusted: bool,
    seq: u64,
) -> JournalRecord {
    let payload = Payload::IncidentStarted(IncidentStarted {
        incident_id: format!("INC-{}-{seq}", time.as_ms()),
        endpoint_id: "box".into(),
        endpoint_name: "Storage".into(),
        started_at: Some(time),
        failure_count: 1,
        reason,
    });
    JournalRecord {
        time: Some(time),
        clock_trusted,
        events: vec![Event { payload: Some(payload), ..Event::default() }],
        ..JournalRecord::default()
    }
}
