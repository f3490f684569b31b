//! `EventService`: every event once, in order, or a plain word that this can't be proved.

use kiosk_domain::Command;
use kiosk_proto::v1::{
    Event, GetSnapshotRequest, Order, Position, Resumed, SubscribeRequest, SubscribeResponse,
    Typing, event::Payload, event_service_client::EventServiceClient,
    order_service_client::OrderServiceClient, subscribe_response::Message,
};
use tokio::task::JoinHandle;
use tonic::{Code, Streaming, transport::Endpoint};
use tonic_types::StatusExt as _;

use crate::cafe::{AMERICANO, Cafe, must, wish};

struct Stream(Streaming<SubscribeResponse>);

impl Stream {
    async fn open(cafe: &Cafe, request: SubscribeRequest) -> Self {
        let mut client = EventServiceClient::new(cafe.channel.clone());
        Self(must("a stream", client.subscribe(request)).await.unwrap().into_inner())
    }

    async fn after(cafe: &Cafe, epoch: &str, seq: u64) -> Self {
        let after = Some(Position { epoch: epoch.into(), seq });
        Self::open(cafe, SubscribeRequest { after, rooms: vec![] }).await
    }

    async fn next(&mut self) -> Message {
        let message = must("a message", self.0.message()).await.unwrap();
        message.unwrap().message.unwrap()
    }

    async fn event(&mut self) -> Event {
        match self.next().await {
            Message::Event(event) => event,
            Message::Resumed(resumed) => panic!("{resumed:?}"),
        }
    }

    async fn resumed(&mut self) -> Resumed {
        match self.next().await {
            Message::Resumed(resumed) => resumed,
            Message::Event(event) => panic!("{event:?}"),
        }
    }
}

fn seq(event: &Event) -> u64 {
    event.position.as_ref().unwrap().seq
}

fn epoch(cafe: &Cafe) -> String {
    cafe.hub.snapshot().position.epoch.to_string()
}

/// Places that many orders while the test goes on.
fn place_meanwhile(cafe: &Cafe, count: usize) -> JoinHandle<()> {
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    tokio::spawn(async move {
        for _ in 0..count {
            must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
        }
    })
}

#[tokio::test]
async fn a_stream_without_a_position_begins_now() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let mut stream = Stream::open(&cafe, SubscribeRequest::default()).await;
    let resumed = stream.resumed().await;
    assert!(resumed.recovered);
    assert_eq!((resumed.missed, resumed.position.unwrap().seq), (0, head));
    place_meanwhile(&cafe, 2).await.unwrap();
    assert_eq!(seq(&stream.event().await), head + 1);
    assert_eq!(seq(&stream.event().await), head + 2);
}

#[tokio::test]
async fn ephemeral_events_come_as_they_happen_and_have_no_position() {
    let cafe = Cafe::open().await;
    let mut stream = Stream::open(&cafe, SubscribeRequest::default()).await;
    stream.resumed().await;
    let typing = Typing { room: "kitchen".into(), person: None, is_typing: true };
    cafe.hub.signal(Payload::Typing(typing.clone()));
    let event = stream.event().await;
    assert_eq!((event.position, event.payload), (None, Some(Payload::Typing(typing))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_from_a_position_has_every_event_once_while_orders_are_placed() {
    let cafe = Cafe::open().await;
    let epoch = epoch(&cafe);
    let last = cafe.head() + 400;
    let placing = place_meanwhile(&cafe, 400);
    let mut follower = cafe.hub.follow(&cafe.hub.stats().grpc);
    for _ in 0..20 {
        must("an event", follower.next()).await.unwrap();
        let after = follower.position().seq - 5;
        let mut stream = Stream::after(&cafe, &epoch, after).await;
        let (mut seen, mut resumed) = (after, false);
        while !resumed || seen < last.min(after + 50) {
            match stream.next().await {
                Message::Event(event) => {
                    assert_eq!(seq(&event), seen + 1);
                    seen += 1;
                }
                Message::Resumed(said) => {
                    assert!(said.recovered && !resumed);
                    assert_eq!((said.missed, said.position.unwrap().seq), (seen - after, seen));
                    resumed = true;
                }
            }
        }
        if seen == last {
            break;
        }
    }
    placing.await.unwrap();
}

#[tokio::test]
async fn a_position_that_proves_nothing_is_said_and_the_stream_goes_on_from_now() {
    let cafe = Cafe::open().await;
    let epoch = epoch(&cafe);
    for (epoch, after) in [
        ("0123456789abcdef", 1),
        (&*epoch, cafe.head() + 100),
        (&*epoch, u64::MAX),
        ("no epoch", 3),
        ("", 0),
    ] {
        let head = cafe.head();
        let mut stream = Stream::after(&cafe, epoch, after).await;
        let resumed = stream.resumed().await;
        assert!(!resumed.recovered, "{epoch} {after}");
        assert_eq!((resumed.missed, resumed.position.unwrap().seq), (0, head));
        place_meanwhile(&cafe, 1).await.unwrap();
        assert_eq!(seq(&stream.event().await), head + 1);
    }
}

#[tokio::test]
async fn rooms_narrow_a_stream_and_what_was_missed_of_it() {
    let cafe = Cafe::open().await;
    let after = cafe.head();
    place_meanwhile(&cafe, 1).await.unwrap();
    let sold_out = |is_sold_out| Command::SetSoldOut { menu_id: AMERICANO, is_sold_out };
    cafe.submit(sold_out(true)).await;
    let after = Some(Position { epoch: epoch(&cafe), seq: after });
    let rooms = vec!["menu".into()];
    let mut stream = Stream::open(&cafe, SubscribeRequest { after, rooms }).await;
    assert!(matches!(stream.event().await.payload, Some(Payload::MenuSoldOutChanged(_))));
    // Counts what the position has passed, not what the rooms let through.
    assert_eq!(stream.resumed().await.missed, 2);
    cafe.submit(sold_out(false)).await;
    assert!(matches!(stream.event().await.payload, Some(Payload::MenuSoldOutChanged(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_falls_between_a_snapshot_and_the_stream_from_its_position() {
    const ORDERS: i32 = 200;
    let cafe = Cafe::open().await;
    let last = cafe.head() + ORDERS as u64;
    let placing = place_meanwhile(&cafe, ORDERS as usize);
    let mut client = EventServiceClient::new(cafe.channel.clone());
    let mut follower = cafe.hub.follow(&cafe.hub.stats().grpc);
    let mut screens = Vec::new();
    while screens.len() < 20 && follower.position().seq < last {
        must("an event", follower.next()).await.unwrap();
        let snapshot = client.get_snapshot(GetSnapshotRequest {});
        let snapshot = must("a snapshot", snapshot).await.unwrap().into_inner();
        let position = snapshot.position.unwrap();
        let stream = Stream::after(&cafe, &position.epoch, position.seq).await;
        screens.push((snapshot.orders, stream));
    }
    for (mut orders, mut stream) in screens {
        while orders.len() < ORDERS as usize {
            if let Message::Event(Event { payload: Some(Payload::OrderCreated(order)), .. }) =
                stream.next().await
            {
                orders.push(order);
            }
        }
        let numbers: Vec<i32> = orders.iter().map(|order: &Order| order.daily_num).collect();
        assert_eq!(numbers, Vec::from_iter(1..=ORDERS));
    }
    placing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_is_waited_for_in_the_journal_not_in_memory() {
    let cafe = Cafe::open().await;
    let first = cafe.head() + 1;
    // It lets the box send 64 KiB, and takes none of it.
    let small = Endpoint::from_shared(format!("http://{}", cafe.address)).unwrap();
    let small = small.initial_stream_window_size(64 * 1024);
    let mut client = EventServiceClient::new(must("a connection", small.connect()).await.unwrap());
    let stuck = must("a stream", client.subscribe(SubscribeRequest::default())).await.unwrap();
    let mut stuck = Stream(stuck.into_inner());
    let mut reader = Stream::open(&cafe, SubscribeRequest::default()).await;
    assert!(reader.resumed().await.recovered);

    const ORDERS: u64 = 3_000;
    let placing = place_meanwhile(&cafe, ORDERS as usize);
    for expected in first..first + ORDERS {
        assert_eq!(seq(&reader.event().await), expected);
    }
    placing.await.unwrap();
    // What the box took from the log for it: what HTTP/2's window let it send, and one batch.
    let (_, slowest) = cafe.hub.stats().grpc.followers();
    let taken = slowest.unwrap() - first;
    assert!(taken < ORDERS / 2, "{taken} events were taken for a client that reads none");

    // When it reads at last, it has missed nothing.
    stuck.resumed().await;
    for expected in first..first + ORDERS {
        assert_eq!(seq(&stuck.event().await), expected);
    }
}

#[tokio::test]
async fn a_box_that_stops_sends_all_that_was_committed_then_unavailable() {
    let cafe = Cafe::open().await;
    let first = cafe.head() + 1;
    let mut stream = Stream::open(&cafe, SubscribeRequest::default()).await;
    stream.resumed().await;
    place_meanwhile(&cafe, 50).await.unwrap();
    let closing = cafe.stop().await;
    for expected in first..first + 50 {
        assert_eq!(seq(&stream.event().await), expected);
    }
    let end = must("its end", stream.0.message()).await.unwrap_err();
    assert_eq!(end.code(), Code::Unavailable);
    assert_eq!(end.get_error_details().error_info().unwrap().reason, "STOPPING");
    closing.end().await;
}
