//! Staff messages and the bell.

use std::time::Duration;

use kiosk_domain::limits::BELL_RINGS_MAX;
use kiosk_proto::v1::{
    AnswerBellRequest, GetSnapshotRequest, ListBellsRequest, ListMessagesRequest,
    ListMessagesResponse, MarkReadRequest, PutSeatRequest, RingBellRequest, SendMessageRequest,
    SetTypingRequest, StaffMessage, event::Payload, event_service_client::EventServiceClient,
    message_service_client::MessageServiceClient, role::Value as Role,
    seat_service_client::SeatServiceClient,
};
use tonic::{Code, transport::Channel};

use crate::{
    cafe::{Cafe, must, uuid},
    roles::bearing,
};

fn message(room: &str, text: &str) -> SendMessageRequest {
    let (room, text, sender) = (room.into(), text.into(), "Minji".into());
    SendMessageRequest { request_id: uuid(), room, text, sender }
}

async fn page(
    staff: &mut MessageServiceClient<Channel>,
    room: &str,
    page_token: &str,
) -> ListMessagesResponse {
    let request =
        ListMessagesRequest { room: room.into(), page_size: 100, page_token: page_token.into() };
    must("a page", staff.list_messages(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_message_is_sent_once_and_listed_in_its_room() {
    let cafe = Cafe::open().await;
    let mut staff = MessageServiceClient::new(cafe.channel.clone());
    let wished = message("kitchen", "no soy milk");
    let sent = must("an answer", staff.send_message(wished.clone())).await.unwrap().into_inner();
    let again = must("an answer", staff.send_message(wished)).await.unwrap().into_inner();
    assert_eq!(sent, again);
    let sent = sent.message.unwrap();
    assert_eq!((&*sent.sender.as_ref().unwrap().name, sent.message_num), ("Minji", 1));
    must("an answer", staff.send_message(message("all", "closing"))).await.unwrap();
    assert_eq!(page(&mut staff, "kitchen", "").await.messages, [sent]);
    assert_eq!(page(&mut staff, "counter", "").await.messages, []);
}

#[tokio::test]
async fn older_messages_come_from_history_page_after_page() {
    const COUNT: i32 = 450;
    let cafe = Cafe::open().await;
    let mut staff = MessageServiceClient::new(cafe.channel.clone());
    for number in 1..=COUNT {
        let room = if number % 2 == 0 { "kitchen" } else { "counter" };
        must("an answer", staff.send_message(message(room, "hello"))).await.unwrap();
    }
    let stored = async {
        while cafe.hub.history().unwrap().applied().seq < cafe.head() {
            tokio::task::yield_now().await;
        }
    };
    must("the store", stored).await;
    let (mut listed, mut sizes, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let next = page(&mut staff, "kitchen", &token).await;
        sizes.push(next.messages.len());
        listed.extend(next.messages.iter().map(|message: &StaffMessage| message.message_num));
        token = next.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [100, 100, 25]);
    assert_eq!(listed, Vec::from_iter((1..=COUNT).rev().filter(|number| number % 2 == 0)));
}

#[tokio::test]
async fn who_types_and_who_has_read_is_told_and_never_journalled() {
    let cafe = Cafe::open().await;
    let mut staff = MessageServiceClient::new(cafe.channel.clone());
    must("an answer", staff.send_message(message("all", "one"))).await.unwrap();
    let head = cafe.head();
    let mut signals = cafe.hub.signals();
    let room = || "all".to_owned();
    let typing = SetTypingRequest { room: room(), name: "Jisu".into(), is_typing: true };
    must("an answer", staff.set_typing(typing)).await.unwrap();
    let heard = must("a signal", signals.next()).await;
    assert!(matches!(&heard.event.payload, Some(Payload::Typing(typing))
        if typing.is_typing && typing.person.as_ref().unwrap().name == "Jisu"));

    let mark = |message_num| MarkReadRequest { room: room(), reader: "Jisu".into(), message_num };
    let beyond = must("an answer", staff.mark_read(mark(2))).await.unwrap_err();
    assert_eq!(beyond.code(), Code::InvalidArgument);
    let read = must("an answer", staff.mark_read(mark(1))).await.unwrap().into_inner().mark;
    let heard = must("a signal", signals.next()).await;
    assert_eq!(heard.event.payload.clone(), read.clone().map(Payload::MessageRead));
    // Going back is no news.
    assert_eq!(must("an answer", staff.mark_read(mark(0))).await.unwrap().into_inner().mark, read);
    assert_eq!(page(&mut staff, "all", "").await.read_marks, Vec::from_iter(read));
    assert_eq!(page(&mut staff, "kitchen", "").await.read_marks, []);
    assert_eq!(cafe.head(), head);
}

#[tokio::test]
async fn a_bell_waits_in_the_snapshot_is_raised_again_and_answered_by_whom_and_how_late() {
    let cafe = Cafe::open().await;
    let mut seats = SeatServiceClient::new(cafe.channel.clone());
    let plan = PutSeatRequest {
        request_id: uuid(),
        seat_id: "A1".into(),
        name: "Window".into(),
        width: 1,
        height: 1,
        seats: 2,
        ..Default::default()
    };
    must("a seat", seats.put_seat(plan)).await.unwrap();
    let mut staff = MessageServiceClient::new(cafe.channel.clone());
    let ring = || RingBellRequest {
        request_id: uuid(),
        seat_id: "A1".into(),
        reason: "water".into(),
        ..Default::default()
    };
    must("an answer", staff.ring_bell(ring())).await.unwrap();
    let rung = must("an answer", staff.ring_bell(ring())).await.unwrap().into_inner().bell.unwrap();
    assert_eq!((rung.bell_id, rung.rings, &*rung.seat_name), (1, 2, "Window"));
    let mut events = EventServiceClient::new(cafe.channel.clone());
    let snapshot = events.get_snapshot(GetSnapshotRequest {});
    assert_eq!(must("a snapshot", snapshot).await.unwrap().into_inner().bells, [rung]);
    let both = RingBellRequest { place: "Door".into(), ..ring() };
    let refused = must("an answer", staff.ring_bell(both)).await.unwrap_err();
    assert_eq!(refused.message(), "place: it must be empty with order_id or seat_id");

    let mut follower = cafe.hub.follow(&cafe.hub.stats().grpc);
    cafe.clock.advance(Duration::from_secs(120));
    let raised = must("an event", follower.next()).await.unwrap();
    assert!(matches!(&raised[0].event.payload, Some(Payload::BellEscalated(bell))
        if bell.is_escalated && bell.rings == 2));
    let answer = AnswerBellRequest { request_id: uuid(), bell_id: 1, answered_by: "Jisu".into() };
    let first = must("an answer", staff.answer_bell(answer.clone())).await.unwrap().into_inner();
    let change = first.change.clone().unwrap();
    assert_eq!((change.waited_seconds, &*change.answered_by.unwrap().name), (120, "Jisu"));
    // The same request again; somebody else is too late.
    assert_eq!(must("an answer", staff.answer_bell(answer)).await.unwrap().into_inner(), first);
    let late = AnswerBellRequest { request_id: uuid(), bell_id: 1, answered_by: String::new() };
    let refused = must("an answer", staff.answer_bell(late)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let bells = must("a list", staff.list_bells(ListBellsRequest {})).await.unwrap();
    assert_eq!(bells.into_inner().bells, []);
}

#[tokio::test]
async fn a_kiosk_calls_staff_to_itself() {
    let cafe = Cafe::open_closed().await;
    let (_, token) = cafe.pair(Role::Kiosk).await;
    let mut staff = MessageServiceClient::new(cafe.channel.clone());
    let mut ring = async |place: &str| {
        let wish =
            RingBellRequest { request_id: uuid(), place: place.into(), ..Default::default() };
        let answer = must("an answer", staff.ring_bell(bearing(&token, wish))).await.unwrap();
        answer.into_inner().bell.unwrap()
    };
    let name = cafe.hub.snapshot().state.devices().next().unwrap().device.name.clone();
    let bell = ring("").await;
    assert_eq!((bell.bell_id, bell.rings, &bell.place), (1, 1, &name));
    assert_eq!(ring(&name).await.rings, 2);
    assert_eq!(ring("Door").await.bell_id, 2);
    // As often as it is counted: then the answer is what waits already.
    for _ in 2..BELL_RINGS_MAX {
        ring("").await;
    }
    assert_eq!(ring("").await, ring("").await);
}
