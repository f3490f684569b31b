use kiosk_domain::{
    Command, SeatCommand,
    limits::{LABEL_CHARS_MAX, PLAN_UNITS_MAX, SEAT_PEOPLE_MAX},
};
use kiosk_hub::{Committed, Hub};
use kiosk_proto::v1::{
    DeleteSeatRequest, DeleteSeatResponse, ListSeatsRequest, ListSeatsResponse, MoveSeatRequest,
    MoveSeatResponse, PutSeatRequest, PutSeatResponse, ReleaseSeatRequest, ReleaseSeatResponse,
    Seat, SeatReleased, SeatSelected, SelectSeatRequest, SelectSeatResponse, event::Payload,
    seat_service_server::SeatService,
};
use tonic::{Request, Response, Status};

use crate::{
    mutation::{Mutation, commit, pick, pick_all},
    parse::Violations,
};

pub(crate) struct Seats(pub(crate) Hub);

#[tonic::async_trait]
impl SeatService for Seats {
    async fn list_seats(
        &self,
        _: Request<ListSeatsRequest>,
    ) -> Result<Response<ListSeatsResponse>, Status> {
        let snapshot = self.0.snapshot();
        let seats = snapshot.state.seats().map(|seat| Seat::clone(seat)).collect();
        Ok(Response::new(ListSeatsResponse { seats, position: Some(snapshot.position.into()) }))
    }

    async fn put_seat(
        &self,
        request: Request<PutSeatRequest>,
    ) -> Result<Response<PutSeatResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let changed = pick(&committed, |event| match event {
            Payload::SeatChanged(seat) => Some(seat.clone()),
            _ => None,
        });
        let seat = changed.or_else(|| self.now(&request.get_ref().seat_id));
        Ok(Response::new(PutSeatResponse { position: Some(committed.position.into()), seat }))
    }

    async fn delete_seat(
        &self,
        request: Request<DeleteSeatRequest>,
    ) -> Result<Response<DeleteSeatResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        Ok(Response::new(DeleteSeatResponse { position: Some(committed.position.into()) }))
    }

    async fn select_seat(
        &self,
        request: Request<SelectSeatRequest>,
    ) -> Result<Response<SelectSeatResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let unchanged = || self.now(&request.get_ref().seat_id).map(as_selected);
        let change = selected(&committed).or_else(unchanged);
        Ok(Response::new(SelectSeatResponse { position: Some(committed.position.into()), change }))
    }

    async fn release_seat(
        &self,
        request: Request<ReleaseSeatRequest>,
    ) -> Result<Response<ReleaseSeatResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let change = released(&committed);
        Ok(Response::new(ReleaseSeatResponse { position: Some(committed.position.into()), change }))
    }

    async fn move_seat(
        &self,
        request: Request<MoveSeatRequest>,
    ) -> Result<Response<MoveSeatResponse>, Status> {
        let committed = commit(&self.0, &request).await?;
        let unchanged = || self.now(&request.get_ref().to_seat_id).map(as_selected);
        Ok(Response::new(MoveSeatResponse {
            position: Some(committed.position.into()),
            released: released(&committed),
            selected: selected(&committed).or_else(unchanged),
            orders: pick_all(&committed, |event| match event {
                Payload::OrderTableChanged(change) => Some(change.clone()),
                _ => None,
            }),
        }))
    }
}

impl Seats {
    fn now(&self, seat_id: &str) -> Option<Seat> {
        self.0.snapshot().state.seat(seat_id).map(|seat| Seat::clone(seat))
    }
}

fn selected(committed: &Committed) -> Option<SeatSelected> {
    pick(committed, |event| match event {
        Payload::SeatSelected(change) => Some(change.clone()),
        _ => None,
    })
}

fn released(committed: &Committed) -> Option<SeatReleased> {
    pick(committed, |event| match event {
        Payload::SeatReleased(change) => Some(change.clone()),
        _ => None,
    })
}

/// What was told when the seat was taken as it is.
fn as_selected(seat: Seat) -> SeatSelected {
    let Seat { seat_id, order_id, holder, expires_at, since, .. } = seat;
    SeatSelected { seat_id, order_id, holder, expires_at, timestamp: since }
}

impl Mutation for PutSeatRequest {
    const METHOD: &'static str = "kiosk.v1.SeatService/PutSeat";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let seat_id = violations.filled("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let name = violations.filled("name", &self.name, LABEL_CHARS_MAX);
        let zone = violations.text("zone", &self.zone, LABEL_CHARS_MAX);
        let x = violations.range("x", self.x, 0, PLAN_UNITS_MAX);
        let y = violations.range("y", self.y, 0, PLAN_UNITS_MAX);
        let width = violations.range("width", self.width, 1, PLAN_UNITS_MAX);
        let height = violations.range("height", self.height, 1, PLAN_UNITS_MAX);
        let seats = violations.range("seats", self.seats, 1, SEAT_PEOPLE_MAX);
        Some(Command::Seat(SeatCommand::Put(Seat {
            seat_id: seat_id?,
            name: name?,
            zone: zone?,
            x: x?,
            y: y?,
            width: width?,
            height: height?,
            seats: seats?,
            ..Seat::default()
        })))
    }
}

impl Mutation for DeleteSeatRequest {
    const METHOD: &'static str = "kiosk.v1.SeatService/DeleteSeat";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let seat_id = violations.filled("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        Some(Command::Seat(SeatCommand::Delete { seat_id: seat_id? }))
    }
}

impl Mutation for SelectSeatRequest {
    const METHOD: &'static str = "kiosk.v1.SeatService/SelectSeat";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let seat_id = violations.filled("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let holder = violations.text("holder", &self.holder, LABEL_CHARS_MAX);
        let order_id = violations.text("order_id", &self.order_id, LABEL_CHARS_MAX);
        Some(Command::Seat(SeatCommand::Select {
            seat_id: seat_id?,
            holder: holder?,
            order_id: order_id?,
        }))
    }
}

impl Mutation for ReleaseSeatRequest {
    const METHOD: &'static str = "kiosk.v1.SeatService/ReleaseSeat";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let seat_id = violations.filled("seat_id", &self.seat_id, LABEL_CHARS_MAX);
        let holder = violations.text("holder", &self.holder, LABEL_CHARS_MAX);
        Some(Command::Seat(SeatCommand::Release { seat_id: seat_id?, holder: holder? }))
    }
}

impl Mutation for MoveSeatRequest {
    const METHOD: &'static str = "kiosk.v1.SeatService/MoveSeat";

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn command(&self, violations: &mut Violations) -> Option<Command> {
        let from = violations.filled("from_seat_id", &self.from_seat_id, LABEL_CHARS_MAX);
        let to = violations.filled("to_seat_id", &self.to_seat_id, LABEL_CHARS_MAX);
        let holder = violations.text("holder", &self.holder, LABEL_CHARS_MAX);
        Some(Command::Seat(SeatCommand::Move { from: from?, to: to?, holder: holder? }))
    }
}
