//! What the rules refuse of seats and bells.

use super::{check, place, refused};
use kiosk_proto::v1::{
    AnswerBellRequest, MoveSeatRequest, PlaceOrderRequest, PutSeatRequest, SelectSeatRequest,
    message_service_client::MessageServiceClient, order_service_client::OrderServiceClient,
    seat_service_client::SeatServiceClient,
};

use crate::cafe::{AMERICANO, Cafe, must, uuid, wish};

#[tokio::test]
async fn what_the_rules_refuse_of_seats_and_bells_says_who_is_there() {
    let cafe = Cafe::open().await;
    let mut seats = SeatServiceClient::new(cafe.channel.clone());
    for seat_id in ["A1", "A2", "A3"] {
        must("a seat", seats.put_seat(table(seat_id, seat_id))).await.unwrap();
    }
    let select = |seat_id: &str, holder: &str| SelectSeatRequest {
        request_id: uuid(),
        seat_id: seat_id.into(),
        holder: holder.into(),
        order_id: String::new(),
    };
    must("a hold", seats.select_seat(select("A1", "kiosk-1"))).await.unwrap();
    let sits = PlaceOrderRequest { seat_id: "A2".into(), ..wish(AMERICANO, 1) };
    let order_id = place(&cafe, sits).await.order_id;
    let head = cafe.head();
    let held =
        "AlreadyExists SEAT_HELD expiresAt=2026-11-20T03:02:00.000Z holder=kiosk-1 seatId=A1";
    let leave = |from: &str| MoveSeatRequest {
        request_id: uuid(),
        from_seat_id: from.into(),
        to_seat_id: "A1".into(),
        holder: String::new(),
    };
    let at = |table: &str| PlaceOrderRequest { table: table.into(), ..wish(AMERICANO, 1) };
    let answer = AnswerBellRequest { request_id: uuid(), bell_id: 7, answered_by: String::new() };
    let occupied = format!("FailedPrecondition SEAT_OCCUPIED orderId={order_id} seatId=A2");
    let rows = vec![
        (
            "a held seat",
            refused!(cafe, SeatServiceClient.select_seat(select("A1", ""))),
            held.into(),
        ),
        ("a held table", refused!(cafe, OrderServiceClient.place_order(at("A1"))), held.into()),
        (
            "an occupied one",
            refused!(cafe, SeatServiceClient.select_seat(select("A2", ""))),
            occupied,
        ),
        (
            "no seat",
            refused!(cafe, SeatServiceClient.select_seat(select("Z9", ""))),
            "NotFound NOT_FOUND seat=Z9".into(),
        ),
        (
            "nobody to move",
            refused!(cafe, SeatServiceClient.move_seat(leave("A3"))),
            "FailedPrecondition SEAT_FREE seatId=A3".into(),
        ),
        (
            "a name that stands for another seat",
            refused!(cafe, SeatServiceClient.put_seat(table("A4", "A1"))),
            "InvalidArgument INVALID [seat_id]".into(),
        ),
        (
            "no bell",
            refused!(cafe, MessageServiceClient.answer_bell(answer)),
            "NotFound NOT_FOUND waiting bell=7".into(),
        ),
    ];
    check(&cafe, head, rows);
}

fn table(seat_id: &str, name: &str) -> PutSeatRequest {
    PutSeatRequest {
        request_id: uuid(),
        seat_id: seat_id.into(),
        name: name.into(),
        width: 1,
        height: 1,
        seats: 1,
        ..Default::default()
    }
}
