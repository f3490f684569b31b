//! What every call that changes something has in common.

use kiosk_domain::{Actor, Command};
use kiosk_hub::{Committed, Hub, Request};
use kiosk_proto::{Secrets, v1::event::Payload};
use prost::Message;
use tonic::Status;

use crate::{caller, parse::Violations, status::status_of};

/// A call that changes something: it has the client's id, and becomes a command.
pub(crate) trait Mutation: Message + Clone + Secrets {
    /// The full name of the method: part of what a repeated id is compared by.
    const METHOD: &'static str;

    /// The client's UUID.
    fn request_id(&self) -> &str;

    /// The typed command; notes every field that is not as it must be.
    fn command(&self, violations: &mut Violations) -> Option<Command>;
}

/// Parses, commits, and returns the events' place in the log and the events.
pub(crate) async fn commit<M: Mutation>(
    hub: &Hub,
    request: &tonic::Request<M>,
) -> Result<Committed, Status> {
    submit(hub, parse(request)?).await
}

/// The typed request, or all that is wrong with it.
pub(crate) fn parse<M: Mutation>(request: &tonic::Request<M>) -> Result<Request, Status> {
    let message = request.get_ref();
    let mut violations = Violations::default();
    let request_id = violations.uuid("request_id", message.request_id());
    let command = message.command(&mut violations);
    let (request_id, command) = violations.or_both(request_id, command)?;
    let fingerprint = fingerprint(M::METHOD, &shown(message));
    Ok(Request { request_id, fingerprint, command, actor: caller::of(request).actor().clone() })
}

/// Commits what came in several messages: its content is what is said here to be.
pub(crate) async fn commit_parts(
    hub: &Hub,
    request_id: u128,
    method: &str,
    content: &[u8],
    command: Command,
    actor: Actor,
) -> Result<Committed, Status> {
    let fingerprint = fingerprint(method, content);
    submit(hub, Request { request_id, fingerprint, command, actor }).await
}

/// Commits what was parsed.
pub(crate) async fn submit(hub: &Hub, request: Request) -> Result<Committed, Status> {
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

/// What a repeated request is compared by. Secrets are left out: the fingerprint is stored, and
/// whoever has it could try all PINs against it.
fn shown<M: Mutation>(message: &M) -> Vec<u8> {
    if !M::HAS_SECRETS {
        return message.encode_to_vec();
    }
    let mut shown = message.clone();
    shown.clear_secrets();
    shown.encode_to_vec()
}

/// Stable over restarts and versions: the encoding of a message's fields does not change.
fn fingerprint(method: &str, content: &[u8]) -> u64 {
    let method = crc32c::crc32c(method.as_bytes());
    let content = crc32c::crc32c(content);
    u64::from(method) << 32 | u64::from(content)
}
