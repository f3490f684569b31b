//! What every call that changes something has in common.

use kiosk_domain::Command;
use kiosk_hub::{Committed, Hub, Request};
use kiosk_proto::v1::event::Payload;
use prost::Message;
use tonic::Status;

use crate::{caller, parse::Violations, status::status_of};

/// A call that changes something: it has the client's id, and becomes a command.
pub(crate) trait Mutation: Message {
    /// The full name of the method: part of what a repeated id is compared by.
    const METHOD: &'static str;

    /// The client's UUID.
    fn request_id(&self) -> &str;

    /// The typed command; notes every field that is not as it must be.
    fn command(&self, violations: &mut Violations) -> Option<Command>;
}

/// Parses, commits, and returns the events' place in the log and the events.
pub(crate) async fn commit<M: Mutation>(hub: &Hub, message: &M) -> Result<Committed, Status> {
    let mut violations = Violations::default();
    let request_id = violations.uuid("request_id", message.request_id());
    let command = message.command(&mut violations);
    let (request_id, command) = violations.or_both(request_id, command)?;
    let request =
        Request { request_id, fingerprint: fingerprint(message), command, actor: caller::actor() };
    hub.submit(request).await.map_err(|refusal| status_of(&refusal))
}

/// The first event that `pick` takes. None when the command changed nothing.
pub(crate) fn pick<T>(committed: &Committed, pick: impl Fn(&Payload) -> Option<T>) -> Option<T> {
    committed.events.iter().filter_map(|e| e.event.payload.as_ref()).find_map(pick)
}

/// Everything that `pick` takes of the events.
pub(crate) fn pick_all<T>(committed: &Committed, pick: impl Fn(&Payload) -> Option<T>) -> Vec<T> {
    committed.events.iter().filter_map(|e| e.event.payload.as_ref()).filter_map(pick).collect()
}

/// Stable over restarts and versions: the encoding of a message's fields does not change.
fn fingerprint<M: Mutation>(message: &M) -> u64 {
    let method = crc32c::crc32c(M::METHOD.as_bytes());
    let content = crc32c::crc32c(&message.encode_to_vec());
    u64::from(method) << 32 | u64::from(content)
}
