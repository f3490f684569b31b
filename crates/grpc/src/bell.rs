//! The calls of `MessageService` that are about the bell.

use std::sync::Arc;

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
    caller,
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
        let RingBellRequest { order_id, seat_id, place, .. } = request.get_ref();
        let caller = caller::of(request);
        let place = if place.is_empty() { &caller.actor().name } else { place };
        let bell = hub.snapshot().state.bell_at(order_id, seat_id, place).map(Arc::clone);
        bell.map(|bell| Bell::clone(&bell))
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
        let names_table = !self.order_id.is_empty() || !self.seat_id.is_empty();
        if names_table && !self.place.is_empty() {
            violations.add("place", "it must be empty with order_id or seat_id");
        }
        let order_id = violations.text("order_id", &self.order_id, LABEL_CHARS_MAX);
        let seat_id = violations.text("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let reason = violations.text("reason", &self.reason, NOTE_CHARS_MAX);
        let place = violations.text("place", &self.place, LABEL_CHARS_MAX);
        let (order_id, seat_id, reason, place) = (order_id?, seat_id?, reason?, place?);
        Some(Command::Bell(BellCommand::Ring { order_id, seat_id, place, reason }))
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
