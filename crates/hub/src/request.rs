use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use kiosk_domain::{Actor, Command, DeviceCommand, Rejection};

use crate::{Position, Published};

/// A command on its way to the writer.
#[derive(Debug)]
pub struct Request {
    /// The client's UUID. The same id again returns the first answer, for at least a day.
    pub request_id: u128,
    /// Of the request's content: the same id with another content is refused.
    pub fingerprint: u64,
    /// What to do.
    pub command: Command,
    /// Who asks.
    pub actor: Actor,
}

impl Request {
    /// What must not wait until a full disk has room again.
    pub(crate) fn takes_rights_away(&self) -> bool {
        matches!(self.command, Command::Device(DeviceCommand::Revoke { .. }))
    }
}

/// A command whose events are durable.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Of the command's last event; the head of the log when it changed nothing.
    pub position: Position,
    /// Empty when everything already was as the command wants it.
    pub events: Vec<Arc<Published>>,
}

/// Why a command was not committed. Unless it says otherwise, nothing has changed and nothing will.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The rules say no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The client used the id of an earlier request for something else.
    #[error("this request_id was used for another request")]
    RequestIdReused,
    /// More requests are waiting than the queue holds.
    #[error("the box is busy")]
    Overloaded,
    /// The disk has no room for another order. Reading goes on; it recovers by itself.
    #[error("the disk is full")]
    DiskFull,
    /// The store failed and is being opened again, by itself.
    #[error("the store is being opened again")]
    StoreClosed,
    /// The box is stopping or its disk failed. Whether the command was committed is not known:
    /// repeat it with the same request id.
    #[error("the box is stopping")]
    Stopping,
}

/// For what the box asks by itself. Keyed by the system's randomness, anew each time: like a client's
/// UUID, it never repeats.
pub(crate) fn random_id() -> u128 {
    let random = RandomState::new();
    u128::from(random.hash_one(0_u8)) << 64 | u128::from(random.hash_one(1_u8))
}
