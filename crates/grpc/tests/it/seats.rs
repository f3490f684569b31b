//! Tables and seats, as kiosks meet them.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kiosk_proto::v1::{
    DeleteSeatRequest, Event, GetOrderRequest, GetSnapshotRequest, ListSeatsRequest,
    MoveSeatRequest, PlaceOrderRequest, PutSeatRequest, ReleaseSeatRequest, SelectSeatRequest,
    SelectSeatResponse, SubscribeRequest, SubscribeResponse, event::Payload,
    event_service_client::EventServiceClient, order_service_client::OrderServiceClient,
    seat_release_reason::Value as Reason, seat_service_client::SeatServiceClient,
    seat_status::Value as SeatStatus, subscribe_response::Message,
};
use tokio::{sync::Barrier, task::JoinSet};
use tonic::{Code, Status, Streaming, transport::Channel};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, Cafe, connect, must, uuid, wish};

fn plan(seat_id: &str) -> PutSeatRequest {
    PutSeatRequest {
        request_id: uuid(),
        seat_id: seat_id.into(),
        name: format!("Table {seat_id}"),
        zone: "hall".into(),
        x: 10,
        y: 20,
        width: 80,
        height: 60,
        seats: 4,
    }
}

fn hold(seat_id: &str, holder: &str) -> SelectSeatRequest {
    let (seat_id, holder, order_id) = (seat_id.into(), holder.into(), String::new());
    SelectSeatRequest { request_id: uuid(), seat_id, holder, order_id }
}

async fn cafe_with(seats: &[&str]) -> (Cafe, SeatServiceClient<Channel>) {
    let cafe = Cafe::open().await;
    let mut client = SeatServiceClient::new(cafe.channel.clone());
    for seat_id in seats {
        must("a seat", client.put_seat(plan(seat_id))).await.unwrap();
    }
    (cafe, client)
}

/// A screen that follows the seats.
struct Screen(Streaming<SubscribeResponse>);

impl Screen {
    async fn open(cafe: &Cafe) -> Self {
        let channel = connect(cafe.address).await.unwrap();
        let request = SubscribeRequest { after: None, rooms: vec!["seats".into()] };
        let stream = EventServiceClient::new(channel).subscribe(request).await;
        let mut screen = Self(stream.unwrap().into_inner());
        assert!(matches!(screen.next().await, Message::Resumed(_)));
        screen
    }

    async fn next(&mut self) -> Message {
        let message = must("a message", self.0.message()).await.unwrap();
        message.unwrap().message.unwrap()
    }

    async fn event(&mut self) -> Payload {
        match self.next().await {
            Message::Event(Event { payload: Some(payload), .. }) => payload,
            other => panic!("{other:?}"),
        }
    }
}

fn facts(refused: &Status) -> (Code, String, String, String) {
    let info = refused.get_error_details().error_info().unwrap().clone();
    let fact = |name: &str| info.metadata.get(name).cloned().unwrap_or_default();
    (refused.code(), info.reason.clone(), fact("holder"), fact("expiresAt"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_32_kiosks_that_tap_one_seat_at_once_one_gets_it_and_31_are_told_who() {
    const KIOSKS: usize = 32;
    let (cafe, mut seats) = cafe_with(&["A1", "A2"]).await;
    for round in 0..5 {
        let mut screens = [Screen::open(&cafe).await, Screen::open(&cafe).await];
        let ready = Arc::new(Barrier::new(KIOSKS));
        let mut kiosks = JoinSet::new();
        for kiosk in 0..KIOSKS {
            let (ready, channel) = (Arc::clone(&ready), connect(cafe.address).await.unwrap());
            kiosks.spawn(async move {
                let mut seats = SeatServiceClient::new(channel);
                // The connection is warm before the finger comes down.
                must("a list", seats.list_seats(ListSeatsRequest {})).await.unwrap();
                ready.wait().await;
                must("an answer", seats.select_seat(hold("A1", &format!("kiosk-{kiosk}")))).await
            });
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            kiosks.join_all().await.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, KIOSKS - 1), "round {round}");
        let SelectSeatResponse { change, .. } =
            won.into_iter().next().unwrap().unwrap().into_inner();
        let change = change.unwrap();
        let until = change.expires_at.unwrap().to_string();
        let told = (Code::AlreadyExists, "SEAT_HELD".into(), change.holder.clone(), until);
        for refused in lost {
            assert_eq!(facts(&refused.unwrap_err()), told);
        }
        let listed = must("a list", seats.list_seats(ListSeatsRequest {})).await.unwrap();
        assert_eq!(listed.into_inner().seats[0].holder, change.holder);

        // The screens saw one take it, and next what happens elsewhere.
        must("a hold", seats.select_seat(hold("A2", "last"))).await.unwrap();
        for screen in &mut screens {
            assert_eq!(screen.event().await, Payload::SeatSelected(change.clone()));
            assert!(matches!(screen.event().await, Payload::SeatSelected(e) if e.seat_id == "A2"));
        }
        for seat_id in ["A1", "A2"] {
            let (request_id, seat_id, holder) = (uuid(), seat_id.into(), String::new());
            let release = ReleaseSeatRequest { request_id, seat_id, holder };
            must("a release", seats.release_seat(release)).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_orders_that_want_one_seat_at_once_one_is_placed() {
    let (cafe, mut seats) = cafe_with(&["A1"]).await;
    let mut tills = JoinSet::new();
    for _ in 0..16 {
        let channel = connect(cafe.address).await.unwrap();
        tills.spawn(async move {
            let order = PlaceOrderRequest { seat_id: "A1".into(), ..wish(AMERICANO, 1) };
            must("an answer", OrderServiceClient::new(channel).place_order(order)).await
        });
    }
    let (placed, refused): (Vec<_>, Vec<_>) =
        tills.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((placed.len(), refused.len()), (1, 15));
    let order = placed.into_iter().next().unwrap().unwrap().into_inner().order.unwrap();
    assert_eq!(order.table, "Table A1");
    for refused in refused {
        let info = refused.unwrap_err().get_error_details().error_info().unwrap().clone();
        assert_eq!(info.reason, "SEAT_OCCUPIED");
        assert_eq!(info.metadata["orderId"], order.order_id);
    }
    assert_eq!(cafe.hub.snapshot().state.orders().count(), 1);
    let listed = must("a list", seats.list_seats(ListSeatsRequest {})).await.unwrap().into_inner();
    let seat = &listed.seats[0];
    assert_eq!((seat.status(), &seat.order_id), (SeatStatus::Occupied, &order.order_id));
}

#[tokio::test]
async fn screens_see_a_hold_end_when_its_time_is_over() {
    let (cafe, mut seats) = cafe_with(&["A1"]).await;
    must("a hold", seats.select_seat(hold("A1", "kiosk-1"))).await.unwrap();
    let mut screen = Screen::open(&cafe).await;
    cafe.clock.advance(Duration::from_secs(120));
    let Payload::SeatReleased(released) = screen.event().await else { panic!("not released") };
    assert_eq!((&*released.holder, released.reason()), ("kiosk-1", Reason::Expired));
}

#[tokio::test]
async fn guests_who_move_get_their_order_where_they_sit_now() {
    let (cafe, mut seats) = cafe_with(&["A1", "A2"]).await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let wish = PlaceOrderRequest { seat_id: "A1".into(), ..wish(AMERICANO, 1) };
    let placed = must("an order", orders.place_order(wish)).await.unwrap().into_inner();
    let (from_seat_id, to_seat_id) = ("A1".into(), "A2".into());
    let moved =
        MoveSeatRequest { request_id: uuid(), from_seat_id, to_seat_id, holder: String::new() };
    let answer = must("a move", seats.move_seat(moved)).await.unwrap().into_inner();
    let [change] = &*answer.orders else { panic!("{answer:?}") };
    assert_eq!((&*change.previous_table, &*change.table), ("Table A1", "Table A2"));
    let order_id = placed.order.unwrap().order_id;
    let order = must("the order", orders.get_order(GetOrderRequest { order_id })).await.unwrap();
    assert_eq!(order.into_inner().order.unwrap().table, "Table A2");
}

#[tokio::test]
async fn a_repeated_request_has_the_same_answer_and_a_plan_is_in_the_snapshot() {
    let (cafe, mut seats) = cafe_with(&["A1", "A2"]).await;
    let held = hold("A1", "kiosk-1");
    let first = must("a hold", seats.select_seat(held.clone())).await.unwrap().into_inner();
    let moved = MoveSeatRequest {
        request_id: uuid(),
        from_seat_id: "A1".into(),
        to_seat_id: "A2".into(),
        holder: "kiosk-1".into(),
    };
    let answer = must("a move", seats.move_seat(moved.clone())).await.unwrap().into_inner();
    let (left, taken) = (answer.released.clone().unwrap(), answer.selected.clone().unwrap());
    assert_eq!((&*left.seat_id, left.reason(), &*taken.seat_id), ("A1", Reason::Moved, "A2"));
    assert_eq!(taken.expires_at, first.change.as_ref().unwrap().expires_at);
    let release =
        ReleaseSeatRequest { request_id: uuid(), seat_id: "A2".into(), holder: "kiosk-1".into() };
    let freed = must("a release", seats.release_seat(release.clone())).await.unwrap().into_inner();
    let again = must("an answer", seats.select_seat(held)).await.unwrap().into_inner();
    assert_eq!(again, first);
    assert_eq!(must("an answer", seats.move_seat(moved)).await.unwrap().into_inner(), answer);
    let again = must("an answer", seats.release_seat(release)).await.unwrap().into_inner();
    assert_eq!(again, freed);

    let mut same = plan("A1");
    let head = cafe.head();
    let unchanged = must("an answer", seats.put_seat(same.clone())).await.unwrap().into_inner();
    assert_eq!((unchanged.seat.unwrap().x, cafe.head()), (10, head));
    (same.request_id, same.x) = (uuid(), 500);
    must("an answer", seats.put_seat(same)).await.unwrap();
    let gone = DeleteSeatRequest { request_id: uuid(), seat_id: "A2".into() };
    must("an answer", seats.delete_seat(gone)).await.unwrap();
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let snapshot = events.get_snapshot(GetSnapshotRequest {});
    let snapshot = must("a snapshot", snapshot).await.unwrap().into_inner();
    let known: HashSet<_> = snapshot.seats.iter().map(|seat| (&*seat.seat_id, seat.x)).collect();
    assert_eq!(known, HashSet::from([("A1", 500)]));
}
