//! How a message is made.

use bytes::Bytes;
use serde::Serialize;

use crate::Publication;

/// Kept by the broker for those who subscribe later; an empty payload clears it.
pub(super) fn retained(topic: String, payload: Bytes) -> Publication {
    Publication { topic, payload, retain: true }
}

/// Said once.
pub(super) fn passing(topic: String, payload: Bytes) -> Publication {
    Publication { topic, payload, retain: false }
}

pub(super) fn json(payload: &impl Serialize) -> Bytes {
    // Only structs with named fields of text and numbers are passed: they always are JSON.
    serde_json::to_vec(payload).expect("a payload is always JSON").into()
}
