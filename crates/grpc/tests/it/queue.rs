//! Where an order is in the line, and tickets to order with.

use std::time::Duration;

use kiosk_domain::Command;
use kiosk_proto::v1::{
    AdmitTicketsRequest, BumpLinesRequest, GetQueueRequest, GetQueueStatusRequest,
    GetQueueStatusResponse, GetStatsRequest, GetTicketRequest, LeaveQueueRequest,
    ListTicketsRequest, Order, PlaceOrderRequest, QueueTicket, TakeTicketRequest,
    admin_service_client::AdminServiceClient, order_service_client::OrderServiceClient,
    order_status::Value as OrderStatus, queue_service_client::QueueServiceClient,
    queue_ticket_status::Value as TicketStatus,
};
use tonic::{Code, transport::Channel};

use crate::{
    cafe::{AMERICANO, Cafe, must, uuid, wish},
    rejections::describe,
};

async fn set(cafe: &Cafe, key: &str, value: &str) {
    cafe.submit(Command::SetSetting { key: key.into(), value: value.into() }).await;
}

async fn place(cafe: &Cafe, quantity: i32) -> Order {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let placed = must("an order", orders.place_order(wish(AMERICANO, quantity))).await.unwrap();
    placed.into_inner().order.unwrap()
}

async fn make(cafe: &Cafe, order: &Order) {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let (request_id, order_id) = (uuid(), order.order_id.clone());
    let bump = BumpLinesRequest { request_id, order_id, ..Default::default() };
    must("an answer", orders.bump_lines(bump)).await.unwrap();
}

async fn status(cafe: &Cafe, order: &Order) -> GetQueueStatusResponse {
    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let request = GetQueueStatusRequest { order_id: order.order_id.clone() };
    must("a status", queue.get_status(request)).await.unwrap().into_inner()
}

async fn take(queue: &mut QueueServiceClient<Channel>, client_key: &str) -> QueueTicket {
    let request = TakeTicketRequest { client_key: client_key.into() };
    let answer = must("a ticket", queue.take_ticket(request)).await.unwrap().into_inner();
    assert_eq!(answer.absence_seconds, 60);
    answer.ticket.unwrap()
}

async fn show(queue: &mut QueueServiceClient<Channel>, ticket: &QueueTicket) -> QueueTicket {
    let request = GetTicketRequest { ticket_id: ticket.ticket_id.clone() };
    let answer = must("a ticket", queue.get_ticket(request)).await.unwrap();
    answer.into_inner().ticket.unwrap()
}

#[tokio::test]
async fn an_order_knows_its_place_from_its_first_moment_and_staff_see_how_good_estimates_are() {
    let cafe = Cafe::open().await;
    let first = place(&cafe, 2).await;
    let second = place(&cafe, 1).await;
    let told = status(&cafe, &second).await;
    assert_eq!((told.position, told.ahead, told.status()), (2, 1, OrderStatus::Pending));
    let (estimate, latest) = (told.estimated_wait_seconds, told.latest_wait_seconds);
    assert!(told.earliest_wait_seconds < estimate && estimate < latest, "{told:?}");
    cafe.clock.advance(Duration::from_secs(30));
    make(&cafe, &first).await;
    let over = status(&cafe, &first).await;
    let expected = GetQueueStatusResponse {
        order_id: first.order_id.clone(),
        daily_num: 1,
        status: OrderStatus::Ready.into(),
        ..Default::default()
    };
    assert_eq!(over, expected);
    assert_eq!(status(&cafe, &second).await.position, 1);

    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let line = must("the line", queue.get_queue(GetQueueRequest {})).await.unwrap().into_inner();
    let [entry] = &line.entries[..] else { panic!("{line:?}") };
    assert_eq!((entry.daily_num, entry.position, entry.parts[0].load), (2, 1, 1));
    assert_eq!((line.stations[0].load, line.stations[0].observations), (1, 1));
    let accuracy = line.accuracy.unwrap();
    assert_eq!((accuracy.orders, accuracy.within_range_percent), (1, 0), "30 s is below its range");
    assert!(accuracy.median_error_seconds > 0 && accuracy.bias_seconds < 0, "{accuracy:?}");
    let mut admin = AdminServiceClient::new(cafe.channel.clone());
    let stats = must("statistics", admin.get_stats(GetStatsRequest {})).await.unwrap();
    assert_eq!(stats.into_inner().queue, Some(accuracy));

    let nobody = GetQueueStatusRequest { order_id: "ORD-1-nobody".into() };
    let refused = must("an answer", queue.get_status(nobody)).await.unwrap_err();
    assert_eq!(describe(&refused), "NotFound NOT_FOUND order=ORD-1-nobody");
}

#[tokio::test]
async fn a_ticket_is_used_up_by_its_order_which_is_answered_again() {
    let cafe = Cafe::open().await;
    set(&cafe, "is_queue_active", "true").await;
    set(&cafe, "queue_threshold", "1").await;
    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let key = uuid();
    let first = take(&mut queue, &key).await;
    assert_eq!(first.status(), TicketStatus::Admitted);
    assert_eq!(take(&mut queue, &key).await.ticket_id, first.ticket_id);
    let second = take(&mut queue, &uuid()).await;
    assert_eq!((second.status(), second.position, second.number), (TicketStatus::Waiting, 1, 2));
    assert!(second.estimated_wait_seconds > 0, "{second:?}");

    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let with =
        |ticket: &str| PlaceOrderRequest { queue_ticket: ticket.into(), ..wish(AMERICANO, 1) };
    // What is refused for another reason leaves the ticket as it is.
    let sold = PlaceOrderRequest { expected_total: Some(1), ..with(&first.ticket_id) };
    must("an answer", orders.place_order(sold)).await.unwrap_err();
    let wished = with(&first.ticket_id);
    let placed = must("an order", orders.place_order(wished.clone())).await.unwrap().into_inner();
    let again = must("an answer", orders.place_order(wished)).await.unwrap().into_inner();
    assert_eq!(placed, again);
    assert_eq!(show(&mut queue, &first).await.status(), TicketStatus::Used);
    for ticket in [&*first.ticket_id, "unknown"] {
        let refused = must("an answer", orders.place_order(with(ticket))).await.unwrap_err();
        assert_eq!(describe(&refused), "FailedPrecondition TICKET_REFUSED", "{ticket}");
    }
    // Its place is free at once: showing the ticket is a look, too.
    assert_eq!(show(&mut queue, &second).await.status(), TicketStatus::Admitted);
    // And who has none orders as ever.
    must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
}

#[tokio::test]
async fn two_orders_at_once_on_one_ticket_are_one() {
    let cafe = Cafe::open().await;
    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let ticket = take(&mut queue, &uuid()).await;
    let place = |_| {
        let mut orders = OrderServiceClient::new(cafe.channel.clone());
        let queue_ticket = ticket.ticket_id.clone();
        let wished = PlaceOrderRequest { queue_ticket, ..wish(AMERICANO, 1) };
        async move { must("an answer", orders.place_order(wished)).await.is_ok() }
    };
    let placed = futures_util::future::join_all((0..8).map(place)).await;
    assert_eq!(placed.iter().filter(|placed| **placed).count(), 1, "{placed:?}");
}

/// Each goes away a little later than the one before: some before the order is taken, some after
/// that and before the answer.
#[tokio::test]
async fn a_customer_who_does_not_wait_for_the_answer_has_used_the_ticket_if_the_order_was_taken() {
    let cafe = Cafe::open().await;
    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let mut tickets = Vec::new();
    for attempt in 0..60 {
        let ticket = take(&mut queue, &uuid()).await;
        let (queue_ticket, external_id) = (ticket.ticket_id.clone(), ticket.ticket_id.clone());
        let wished = PlaceOrderRequest { queue_ticket, external_id, ..wish(AMERICANO, 1) };
        let mut orders = OrderServiceClient::new(cafe.channel.clone());
        let patience = Duration::from_micros(50 * attempt);
        let _ = tokio::time::timeout(patience, orders.place_order(wished)).await;
        tickets.push(ticket);
    }
    // What was sent before it has been taken.
    place(&cafe, 1).await;
    for ticket in tickets {
        let is_settled = async {
            loop {
                let snapshot = cafe.hub.snapshot();
                let taken = snapshot.state.orders().any(|o| o.external_id == ticket.ticket_id);
                let expected = if taken { TicketStatus::Used } else { TicketStatus::Admitted };
                if show(&mut queue, &ticket).await.status() == expected {
                    break;
                }
            }
        };
        must("a settled ticket", is_settled).await;
    }
}

#[tokio::test]
async fn staff_see_who_waits_and_let_people_in_and_who_leaves_is_gone() {
    let cafe = Cafe::open().await;
    set(&cafe, "is_queue_active", "true").await;
    set(&cafe, "queue_mode", "always").await;
    let mut queue = QueueServiceClient::new(cafe.channel.clone());
    let mut tickets = Vec::new();
    for _ in 0..3 {
        tickets.push(take(&mut queue, &uuid()).await);
    }
    let leave = LeaveQueueRequest { ticket_id: tickets[0].ticket_id.clone() };
    let left = must("an answer", queue.leave_queue(leave.clone())).await.unwrap().into_inner();
    let again = must("an answer", queue.leave_queue(leave)).await.unwrap().into_inner();
    assert_eq!(left, again);
    assert_eq!(left.ticket.unwrap().status(), TicketStatus::Left);
    let admit = AdmitTicketsRequest { through_number: 2 };
    for admitted in [1, 0] {
        let answer = must("an answer", queue.admit_tickets(admit)).await.unwrap().into_inner();
        assert_eq!(answer.admitted, admitted);
    }
    let room = must("the room", queue.list_tickets(ListTicketsRequest {})).await.unwrap();
    let room = room.into_inner();
    let numbers = |tickets: &[QueueTicket]| tickets.iter().map(|t| t.number).collect::<Vec<_>>();
    assert_eq!((numbers(&room.ordering), numbers(&room.waiting)), (vec![2], vec![3]));
    let line = room.line.unwrap();
    assert_eq!((line.ordering, line.waiting, line.is_by_staff), (1, 1, true));

    let forgotten = GetTicketRequest { ticket_id: "of-another-start".into() };
    let refused = must("an answer", queue.get_ticket(forgotten)).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.message().ends_with("take another"), "{}", refused.message());
    let wrong = TakeTicketRequest { client_key: "me".into() };
    let refused = must("an answer", queue.take_ticket(wrong)).await.unwrap_err();
    assert_eq!(describe(&refused), "InvalidArgument INVALID [client_key]");
}
