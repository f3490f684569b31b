//! The calls of `MessageService` that are about the bell.

use kiosk_domain::{
    BellCommand, Command,
    limits::{LABEL_CHARS_MAX, NOTE_CHARS_MAX},
};
use kiosk_hub::Hub;
use kiosk_proto::v1::{
    AnswerBellRequest, AnswerBellResponse, Bell, ListBellsResponse, RingBellRequest,
    RingBellResponse, event::Payload,
};
use tonic::{Request, Status};

use crate::{
    mutation::{Mutation, commit, pick},
    parse::Violations,
};

pub(crate) async fn ring(
    hub: &Hub,
    request: &Request<RingBellRequest>,
) -> Result<RingBellResponse, Status> {
    let committed = commit(hub, request).await?;
    let rung = pick(&committed, |event| match event {
        Payload::BellRung(bell) => Some(bell.clone()),
        _ => None,
    });
    let unchanged = || {
        let request = request.get_ref();
        let snapshot = hub.snapshot();
        snapshot.state.bell_at(&request.order_id, &request.seat_id).map(|bell| Bell::clone(bell))
    };
    let bell = rung.or_else(unchanged);
    Ok(RingBellResponse { position: Some(committed.position.into()), bell })
}

pub(crate) async fn answer(
    hub: &Hub,
    request: &Request<AnswerBellRequest>,
) -> Result<AnswerBellResponse, Status> {
    let committed = commit(hub, request).await?;
    let change = pick(&committed, |event| match event {
        Payload::BellAnswered(change) => Some(change.clone()),
        _ => None,
    });
    Ok(AnswerBellResponse { position: Some(committed.position.into()), change })
}

pub(crate) fn list(hub: &Hub) -> ListBellsResponse {
    let snapshot = hub.snapshot();
    let bells = snapshot.state.bells().map(|bell| Bell::clone(bell)).collect();
    ListBellsResponse { bells, position: Some(snapshot.position.into()) }
}

impl Mutation for RingBellRequest {
    const METHOD: &'static str = "kiosk.v1.MessageService/RingBell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        if self.order_id.is_empty() && self.seat_id.is_empty() {
            violations.add("seat_id", "it must not be empty, unless order_id is given");
        }
        let order_id = violations.text("order_id", &self.order_id, LABEL_CHARS_MAX);
        let seat_id = violations.text("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        let (order_id, seat_id, reason) = (order_id?, seat_id?, reason?);
        Some(Command::Bell(BellCommand::Ring { order_id, seat_id, reason }))
    }
}

impl Mutation for AnswerBellRequest {
    const METHOD: &'static str = "kiosk.v1.MessageService/AnswerBell";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let bell_id = violations.range("bell_id", self.bell_id, 1, i32::MAX);
        let answered_by = violations.text("answered_by", &self.answered_by, LABEL_CHARS_MAX);
        let (bell_id, answered_by) = (bell_id?, answered_by?);
        Some(Command::Bell(BellCommand::Answer { bell_id, answered_by }))
    }
}
