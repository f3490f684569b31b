//! What is asked of the box about tables and bells.

use kiosk_proto::v1::{
    AnswerBellRequest, AnswerBellResponse, ReleaseSeatRequest, ReleaseSeatResponse,
    RingBellRequest, RingBellResponse, SelectSeatRequest, SelectSeatResponse,
    message_service_client::MessageServiceClient as Messages,
    seat_service_client::SeatServiceClient as Seats,
};

use super::cafe::Cafe;
use crate::failure::Failure;

impl Cafe {
    pub(super) async fn hold_seat(
        &self,
        seat_id: &str,
        holder: &str,
    ) -> Result<SelectSeatResponse, Failure> {
        let named = |request_id| SelectSeatRequest {
            request_id,
            seat_id: seat_id.to_owned(),
            holder: holder.to_owned(),
            order_id: String::new(),
        };
        let call = async |channel, ask| Seats::new(channel).select_seat(ask).await;
        self.ask("SelectSeat", named, call).await
    }

    /// Ends that holder's hold; for nobody, staff free the seat.
    pub(super) async fn release_seat(
        &self,
        seat_id: &str,
        holder: &str,
    ) -> Result<ReleaseSeatResponse, Failure> {
        let (seat_id, holder) = (seat_id.to_owned(), holder.to_owned());
        let named = |request_id| ReleaseSeatRequest { request_id, seat_id, holder };
        let call = async |channel, ask| Seats::new(channel).release_seat(ask).await;
        self.ask("ReleaseSeat", named, call).await
    }

    pub(super) async fn ring(
        &self,
        order_id: &str,
        seat_id: &str,
        reason: &str,
    ) -> Result<RingBellResponse, Failure> {
        let named = |request_id| RingBellRequest {
            request_id,
            order_id: order_id.to_owned(),
            seat_id: seat_id.to_owned(),
            reason: reason.to_owned(),
            place: String::new(),
        };
        let call = async |channel, ask| Messages::new(channel).ring_bell(ask).await;
        self.ask("RingBell", named, call).await
    }

    pub(super) async fn answer_bell(
        &self,
        bell_id: i32,
        who: &str,
    ) -> Result<AnswerBellResponse, Failure> {
        let answered_by = who.to_owned();
        let named = |request_id| AnswerBellRequest { request_id, bell_id, answered_by };
        let call = async |channel, ask| Messages::new(channel).answer_bell(ask).await;
        self.ask("AnswerBell", named, call).await
    }
}
