//! The disk is full, and then it has room again.
#![allow(clippy::unwrap_used, reason = "test code ends by panicking")]

use std::{collections::BTreeSet, fs, time::Duration};

use kiosk_proto::v1::{
    GetOrderRequest, GetSnapshotRequest, PlaceOrderRequest, SubscribeRequest, SubscribeResponse,
    event::Payload, event_service_client::EventServiceClient, subscribe_response::Message,
};
use kiosk_tests::{Book, Disk, Kioskd, Load, MosquittoSub, Screen, Start, Till, get, must};
use serde_json::Value;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

const DISK_MB: u32 = 24;

/// How often a refused order is tried again: sooner than the box asks for, to keep the test short.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// The box stops taking orders while there is still room for everything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_orders_and_nothing_else_until_there_is_room() {
    full_and_room_again(4, 0).await;
}

/// Somebody else's file takes the last byte: the journal and the store themselves find no room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_filled_to_the_last_byte_stops_orders_and_nothing_else_until_there_is_room() {
    full_and_room_again(0, 0).await;
}

/// The box itself takes the last byte: whichever needs a block first finds none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_filled_by_the_box_itself_stops_orders_and_nothing_else_until_there_is_room() {
    full_and_room_again(0, 256 * 1024).await;
}

#[tokio::test]
async fn a_box_that_starts_on_a_full_disk_shows_what_it_has_and_takes_orders_once_there_is_room() {
    let Some(disk) = Disk::in_memory(DISK_MB) else { return };
    let mut book = Book::default();
    let kioskd = start_on(&disk).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    for _ in 0..20 {
        book.place(&mut till, Till::wish("")).await;
    }
    kioskd.kill();
    let ballast = disk.fill(0);

    let kioskd = start_on(&disk).spawn();
    let mut till = Till::connect(kioskd.grpc).await;
    read(&mut till, &book).await;
    book.check(&kioskd).await;
    assert_eq!(get(kioskd.web, "/readyz").await.0, 503);
    assert_refused(&till.orders.place_order(Till::wish("")).await.unwrap_err());

    fs::remove_file(ballast).unwrap();
    let wish = Till::wish("");
    let order_id = place_once_there_is_room(&mut till, &wish).await;
    book.acknowledged.insert(wish.request_id, order_id);
    book.check(&kioskd).await;
    assert!(kioskd.terminate().await.success());
}

async fn full_and_room_again(free_mb_min: u32, left_bytes: u64) {
    let Some(disk) = Disk::in_memory(DISK_MB) else { return };
    let start = start_on(&disk).with("KIOSK__DISK__FREE_MB_MIN", free_mb_min);
    let kioskd = start.spawn();
    let mut book = Book::default();
    let mut till = Till::connect(kioskd.grpc).await;
    let mut watchers = Watchers::start(&kioskd).await;

    let load = Load::start(&kioskd);
    let ballast = disk.fill(left_bytes);
    let refused = load.end(&mut book).await;

    for (_, why) in &refused {
        assert_refused(why);
    }

    let (status, why) = get(kioskd.web, "/readyz").await;
    // What the box has filled by itself it may also free by itself, when the store is opened again.
    if left_bytes == 0 {
        assert_eq!(status, 503);
        assert!(why.contains("disk"), "{why}");
    }
    assert_eq!(get(kioskd.web, "/healthz").await.0, 200);
    read(&mut till, &book).await;
    watchers.see(&book).await;
    Watchers::start(&kioskd).await;
    book.check(&kioskd).await;

    fs::remove_file(ballast).unwrap();
    for (wish, _) in refused {
        let order_id = place_once_there_is_room(&mut till, &wish).await;
        book.acknowledged.insert(wish.request_id, order_id);
    }
    assert_eq!(get(kioskd.web, "/readyz").await.0, 200);
    watchers.see(&book).await;
    book.check(&kioskd).await;

    assert!(kioskd.terminate().await.success());
    let kioskd = start.spawn();
    book.check(&kioskd).await;
    assert!(kioskd.terminate().await.success());
}

fn start_on(disk: &Disk) -> Start {
    Start::demo(&disk.path().join("data"))
}

fn assert_refused(why: &Status) {
    assert_eq!(why.code(), Code::ResourceExhausted, "{why}");
    assert!(why.message().contains("disk is full"), "{why}");
    let retry = why.get_details_retry_info().and_then(|info| info.retry_delay);
    assert!(retry.is_some_and(|delay| delay >= Duration::from_secs(1)), "{retry:?}");
    assert_eq!(why.get_details_error_info().unwrap().reason, "DISK_FULL");
}

/// What needs no room goes on.
async fn read(till: &mut Till, book: &Book) {
    for order_id in book.acknowledged.values() {
        let request = GetOrderRequest { order_id: order_id.clone() };
        till.orders.get_order(request).await.unwrap();
    }
    let mut client = EventServiceClient::new(till.channel.clone());
    let snapshot = client.get_snapshot(GetSnapshotRequest {}).await.unwrap().into_inner();
    let ids: BTreeSet<_> = snapshot.orders.iter().map(|order| &order.order_id).collect();
    assert!(book.acknowledged.values().all(|id| ids.contains(id)));
}

async fn place_once_there_is_room(till: &mut Till, wish: &PlaceOrderRequest) -> String {
    must("an order that is taken", async {
        loop {
            match till.orders.place_order(wish.clone()).await {
                Ok(answer) => return answer.into_inner().order.unwrap().order_id,
                Err(why) => assert_refused(&why),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    })
    .await
}

/// Followers on all three wires, connected from before the disk is full until after it was.
struct Watchers {
    screen: Screen,
    stream: Streaming<SubscribeResponse>,
    sign: MosquittoSub,
    seen: [BTreeSet<String>; 3],
}

impl Watchers {
    async fn start(kioskd: &Kioskd) -> Self {
        let mut client = EventServiceClient::new(Till::connect(kioskd.grpc).await.channel);
        let mut stream = client.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
        let first = must("resumed", stream.message()).await.unwrap().unwrap();
        assert!(matches!(first.message, Some(Message::Resumed(_))));
        Self {
            screen: Screen::connect(kioskd.web).await,
            stream,
            sign: MosquittoSub::start(kioskd.mqtt, "kiosk/cafe/event/order/created").await,
            seen: Default::default(),
        }
    }

    /// Waits until each has seen every order; none sees one twice.
    async fn see(&mut self, book: &Book) {
        let orders: BTreeSet<_> = book.acknowledged.values().cloned().collect();
        let [on_screen, in_stream, on_sign] = &mut self.seen;
        while !on_screen.is_superset(&orders) {
            let frame = self.screen.next().await;
            if frame["event"] == "order:created" {
                assert!(on_screen.insert(order_id(&frame)), "{frame}");
            }
        }
        while !in_stream.is_superset(&orders) {
            let message = must("an event", self.stream.message()).await.unwrap().unwrap().message;
            let Some(Message::Event(event)) = message else { panic!("{message:?}") };
            if let Some(Payload::OrderCreated(order)) = event.payload {
                assert!(in_stream.insert(order.order_id));
            }
        }
        while !on_sign.is_superset(&orders) {
            let (_, payload) = self.sign.next().await;
            // QoS 1: at least once.
            on_sign.insert(order_id(&serde_json::from_str(&payload).unwrap()));
        }
    }
}

fn order_id(envelope: &Value) -> String {
    envelope["data"]["orderId"].as_str().unwrap().into()
}
