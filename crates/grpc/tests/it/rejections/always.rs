//! What any request may be refused for, or is answered again.

use super::{check, describe, item, place, refused};
use kiosk_domain::Command;
use kiosk_proto::v1::{PlaceOrderRequest, order_service_client::OrderServiceClient};

use crate::cafe::{AMERICANO, Cafe, LAST_CAKE, TEA, must, wish};

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_its_id_nothing_else() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let first = wish(AMERICANO, 1);
    let answer = must("an order", orders.place_order(first.clone())).await.unwrap().into_inner();
    let head = cafe.head();
    let again = must("an order", orders.place_order(first.clone())).await.unwrap().into_inner();
    assert_eq!(again, answer);
    let other = PlaceOrderRequest { request_id: first.request_id, ..wish(AMERICANO, 2) };
    let rows = vec![(
        "another order under the same id",
        refused!(cafe, OrderServiceClient.place_order(other)),
        "InvalidArgument REQUEST_ID_REUSED [request_id]".into(),
    )];
    check(&cafe, head, rows);
}

#[tokio::test]
async fn a_full_disk_and_a_box_that_stops_say_when_to_ask_again() {
    let cafe = Cafe::open_with(u64::MAX).await;
    let rows = vec![(
        "an order on a full disk",
        refused!(cafe, OrderServiceClient.place_order(wish(AMERICANO, 1))),
        "ResourceExhausted DISK_FULL (retry after 10s)".into(),
    )];
    check(&cafe, 0, rows);

    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let closing = cafe.stop().await;
    let stopping = must("an answer", orders.place_order(wish(AMERICANO, 1))).await.unwrap_err();
    assert_eq!(describe(&stopping), "Unavailable STOPPING (retry after 200ms)");
    drop(orders);
    closing.end().await;
}

#[tokio::test]
async fn a_queue_that_is_full_answers_at_once_and_recovers() {
    let cafe = Cafe::open().await;
    cafe.clock.stop();
    let mut sold_out = false;
    let mut queue = || {
        sold_out = !sold_out;
        let command = Command::SetSoldOut { menu_id: AMERICANO, is_sold_out: sold_out };
        let request = crate::cafe::request(command);
        futures_util::FutureExt::now_or_never(cafe.hub.submit(request))
    };
    let before = cafe.head();
    // The writer takes the first, and then nothing more.
    assert!(queue().is_none());
    cafe.clock.waited_for().await;
    let queued = 1 + (0_u64..).find(|_| queue().is_some()).unwrap();
    assert_eq!(queued, 1 + 1_024);

    let answered = refused!(cafe, OrderServiceClient.place_order(wish(TEA, 1)));
    assert_eq!(answered, "ResourceExhausted BUSY (retry after 200ms)");
    assert_eq!(cafe.head(), before);

    cafe.clock.start();
    let mut follower = cafe.hub.follow(&cafe.hub.stats().grpc);
    while follower.position().seq < before + queued {
        must("an event", follower.next()).await.unwrap();
    }
    place(&cafe, PlaceOrderRequest { items: vec![item(LAST_CAKE, 1)], ..wish(TEA, 1) }).await;
}
