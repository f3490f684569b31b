use kiosk_domain::{
    limits::LABEL_CHARS_MAX,
    queue::{Accuracy, Standing, StationStanding},
};
use kiosk_hub::{Hub, Whereabouts};
use kiosk_proto::{
    Timestamp,
    v1::{
        AdmitTicketsRequest, AdmitTicketsResponse, GetQueueRequest, GetQueueResponse,
        GetQueueStatusRequest, GetQueueStatusResponse, GetTicketRequest, GetTicketResponse,
        LeaveQueueRequest, LeaveQueueResponse, ListTicketsRequest, ListTicketsResponse, Order,
        QueueAccuracy, QueueEntry, QueuePart, QueueStation, TakeTicketRequest, TakeTicketResponse,
        queue_service_server::QueueService,
    },
};
use tonic::{Request, Response, Status};

use crate::{order, parse::Violations, queue_ticket};

pub(crate) struct Queue(pub(crate) Hub);

#[tonic::async_trait]
impl QueueService for Queue {
    async fn get_status(
        &self,
        request: Request<GetQueueStatusRequest>,
    ) -> Result<Response<GetQueueStatusResponse>, Status> {
        let mut violations = Violations::default();
        let order_id = violations.filled("order_id", &request.get_ref().order_id, LABEL_CHARS_MAX);
        let order = order::find(&self.0, &violations.or(order_id)?)?;
        let whereabouts = self.0.queue_line().whereabouts(&order);
        Ok(Response::new(queue_status(&order, whereabouts)))
    }

    async fn get_queue(
        &self,
        _: Request<GetQueueRequest>,
    ) -> Result<Response<GetQueueResponse>, Status> {
        let report = self.0.queue_line().report();
        Ok(Response::new(GetQueueResponse {
            entries: report.standings.iter().map(entry).collect(),
            stations: report.stations.into_iter().map(station).collect(),
            accuracy: Some(accuracy(&report.accuracy)),
        }))
    }

    async fn take_ticket(
        &self,
        request: Request<TakeTicketRequest>,
    ) -> Result<Response<TakeTicketResponse>, Status> {
        queue_ticket::take(&self.0, request.get_ref()).map(Response::new)
    }

    async fn get_ticket(
        &self,
        request: Request<GetTicketRequest>,
    ) -> Result<Response<GetTicketResponse>, Status> {
        queue_ticket::get(&self.0, request.get_ref()).map(Response::new)
    }

    async fn leave_queue(
        &self,
        request: Request<LeaveQueueRequest>,
    ) -> Result<Response<LeaveQueueResponse>, Status> {
        queue_ticket::leave(&self.0, request.get_ref()).map(Response::new)
    }

    async fn list_tickets(
        &self,
        _: Request<ListTicketsRequest>,
    ) -> Result<Response<ListTicketsResponse>, Status> {
        Ok(Response::new(queue_ticket::list(&self.0)))
    }

    async fn admit_tickets(
        &self,
        request: Request<AdmitTicketsRequest>,
    ) -> Result<Response<AdmitTicketsResponse>, Status> {
        queue_ticket::admit(&self.0, request.get_ref()).map(Response::new)
    }
}

/// For `GetQueue` and `GetStats`.
pub(crate) fn accuracy(accuracy: &Accuracy) -> QueueAccuracy {
    QueueAccuracy {
        orders: count(accuracy.orders),
        median_error_seconds: seconds(accuracy.median_error_ms),
        within_range_percent: count(
            (accuracy.within_range * 100).checked_div(accuracy.orders).unwrap_or(0),
        ),
        bias_seconds: seconds(accuracy.bias_ms),
    }
}

fn queue_status(order: &Order, whereabouts: Whereabouts) -> GetQueueStatusResponse {
    let status = GetQueueStatusResponse {
        order_id: order.order_id.clone(),
        daily_num: order.daily_num,
        status: order.status,
        ..Default::default()
    };
    match whereabouts {
        Whereabouts::IsOver => status,
        Whereabouts::Beyond { ahead } => {
            // Nobody knows more than that it takes long.
            GetQueueStatusResponse { position: position(ahead), ahead: count(ahead), ..status }
        }
        Whereabouts::Waits(Standing { ahead, wait, .. }) => GetQueueStatusResponse {
            position: position(ahead),
            ahead: count(ahead),
            estimated_wait_seconds: wait.rounded_seconds(),
            earliest_wait_seconds: wait.earliest_seconds(),
            latest_wait_seconds: wait.latest_seconds(),
            ..status
        },
    }
}

fn entry(standing: &Standing) -> QueueEntry {
    let parts = standing.parts.iter().map(|part| QueuePart {
        station: part.station.clone(),
        load: units(part.load),
        estimated_wait_seconds: part.wait.rounded_seconds(),
    });
    QueueEntry {
        order_id: standing.order_id.clone(),
        daily_num: standing.daily_num,
        status: standing.status.into(),
        is_priority: standing.is_priority,
        placed_at: Some(Timestamp::from_ms(standing.placed_ms)),
        position: position(standing.ahead),
        ahead: count(standing.ahead),
        estimated_wait_seconds: standing.wait.rounded_seconds(),
        earliest_wait_seconds: standing.wait.earliest_seconds(),
        latest_wait_seconds: standing.wait.latest_seconds(),
        parts: parts.collect(),
    }
}

fn station(standing: StationStanding) -> QueueStation {
    QueueStation {
        load: units(standing.units),
        observations: count(standing.samples),
        estimated_wait_seconds: standing.wait.rounded_seconds(),
        station: standing.station,
    }
}

pub(crate) fn position(ahead: usize) -> i32 {
    count(ahead).saturating_add(1)
}

pub(crate) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn units(units: i64) -> i32 {
    i32::try_from(units).unwrap_or(i32::MAX)
}

fn seconds(ms: i64) -> i32 {
    i32::try_from(ms / 1_000).unwrap_or(i32::MAX)
}
