//! The calls of `QueueService` that are about tickets, and the ticket that an order comes with.

use kiosk_domain::{
    PlaceOrder, TicketClaim,
    limits::LABEL_CHARS_MAX,
    queue::{Ticket, TicketStatus},
};
use kiosk_hub::{Claim, Committed, Hub, Request, RoomReport};
use kiosk_proto::{
    Timestamp,
    v1::{
        AdmitTicketsRequest, AdmitTicketsResponse, GetTicketRequest, GetTicketResponse,
        LeaveQueueRequest, LeaveQueueResponse, ListTicketsResponse, QueueTicket, TakeTicketRequest,
        TakeTicketResponse, queue_ticket_status::Value as Shown,
    },
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    mutation,
    parse::Violations,
    queue::{count, position},
    status::{internal, room_full, ticket_gone},
};

pub(crate) fn take(hub: &Hub, request: &TakeTicketRequest) -> Result<TakeTicketResponse, Status> {
    let mut violations = Violations::default();
    let client_key = violations.uuid("client_key", &request.client_key);
    let client_key = violations.or(client_key)?;
    let ticket_id = Uuid::new_v4().simple().to_string();
    let ticket = hub.waiting_room().take(client_key, ticket_id).map_err(|_| room_full())?;
    let absence_seconds = absence_seconds(hub);
    Ok(TakeTicketResponse { ticket: Some(shown(&ticket)), absence_seconds })
}

pub(crate) fn get(hub: &Hub, request: &GetTicketRequest) -> Result<GetTicketResponse, Status> {
    let ticket_id = ticket_id(&request.ticket_id)?;
    let ticket = hub.waiting_room().show(&ticket_id).ok_or_else(|| ticket_gone(&ticket_id))?;
    let absence_seconds = absence_seconds(hub);
    Ok(GetTicketResponse { ticket: Some(shown(&ticket)), absence_seconds })
}

pub(crate) fn leave(hub: &Hub, request: &LeaveQueueRequest) -> Result<LeaveQueueResponse, Status> {
    let ticket_id = ticket_id(&request.ticket_id)?;
    let ticket = hub.waiting_room().leave(&ticket_id).ok_or_else(|| ticket_gone(&ticket_id))?;
    Ok(LeaveQueueResponse { ticket: Some(shown(&ticket)) })
}

pub(crate) fn list(hub: &Hub) -> ListTicketsResponse {
    let RoomReport { ordering, waiting, line } = hub.waiting_room().report();
    ListTicketsResponse {
        ordering: ordering.iter().map(shown).collect(),
        waiting: waiting.iter().map(shown).collect(),
        line: Some(line),
    }
}

pub(crate) fn admit(
    hub: &Hub,
    request: &AdmitTicketsRequest,
) -> Result<AdmitTicketsResponse, Status> {
    let mut violations = Violations::default();
    let number = violations.range("through_number", request.through_number, 1, i32::MAX);
    let admitted = hub.waiting_room().admit_through(violations.or(number)?);
    Ok(AdmitTicketsResponse { admitted: count(admitted) })
}

/// Notes in the order what came of its ticket. What is refused goes to the rules as well: an order
/// that was placed before is answered again.
pub(crate) fn claim(
    hub: &Hub,
    wish: &mut PlaceOrder,
    ticket_id: &str,
    request_id: u128,
) -> Option<Claim> {
    if ticket_id.is_empty() {
        return None;
    }
    match hub.waiting_room().claim(ticket_id, request_id) {
        Ok(claim) => {
            wish.ticket = TicketClaim::Admitted;
            Some(claim)
        }
        Err(problem) => {
            wish.ticket = TicketClaim::Refused(problem);
            None
        }
    }
}

/// Commits what was claimed, and settles the claim, also when the caller does not wait for it: an
/// order that is taken uses its ticket up.
pub(crate) async fn submit(
    hub: &Hub,
    request: Request,
    ticket: Claim,
) -> Result<Committed, Status> {
    let hub = hub.clone();
    let placing = tokio::spawn(async move {
        let committed = mutation::submit(&hub, request).await?;
        ticket.placed();
        Ok(committed)
    });
    placing.await.map_err(|error| internal(&error))?
}

fn ticket_id(ticket_id: &str) -> Result<String, Status> {
    let mut violations = Violations::default();
    let ticket_id = violations.filled("ticket_id", ticket_id, LABEL_CHARS_MAX);
    violations.or(ticket_id)
}

fn absence_seconds(hub: &Hub) -> i32 {
    i32::try_from(hub.waiting_room().rules().absence_ms / 1_000).unwrap_or(i32::MAX)
}

fn shown(ticket: &Ticket) -> QueueTicket {
    let time = |ms| Some(Timestamp::from_ms(ms));
    let is_waiting = ticket.status == TicketStatus::Waiting;
    QueueTicket {
        ticket_id: ticket.ticket_id.clone(),
        number: ticket.number,
        status: status(ticket.status).into(),
        position: if is_waiting { position(ticket.ahead) } else { 0 },
        ahead: count(ticket.ahead),
        estimated_wait_seconds: ticket.wait.rounded_seconds(),
        earliest_wait_seconds: ticket.wait.earliest_seconds(),
        latest_wait_seconds: ticket.wait.latest_seconds(),
        taken_at: time(ticket.taken_ms),
        seen_at: time(ticket.seen_ms),
        admitted_at: ticket.admitted_ms.and_then(time),
    }
}

fn status(status: TicketStatus) -> Shown {
    match status {
        TicketStatus::Waiting => Shown::Waiting,
        TicketStatus::Admitted => Shown::Admitted,
        TicketStatus::Used => Shown::Used,
        TicketStatus::Lost => Shown::Lost,
        TicketStatus::Left => Shown::Left,
    }
}
