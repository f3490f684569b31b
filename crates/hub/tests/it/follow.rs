use std::{sync::Arc, time::Duration};

use kiosk_hub::{FollowError, Follower, Form, Position, Published};
use kiosk_proto::v1::{Typing, event::Payload};
use tokio::time::timeout;

use crate::shop::{Shop, TEA};

/// Reads on until that event.
async fn read_to(follower: &mut Follower, last: u64) -> Vec<Arc<Published>> {
    let mut events = Vec::new();
    while follower.position().seq < last {
        let batch = timeout(Duration::from_secs(30), follower.next()).await.unwrap().unwrap();
        events.extend(batch);
    }
    events
}

fn assert_numbered(events: &[Arc<Published>], first: u64, last: u64) {
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (first..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_follower_sees_every_event_once_and_in_order_however_far_it_is_behind() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Arc::new(Shop::new(dir.path()).await);
    let wire = &shop.hub.stats().grpc;
    let begin = shop.hub.snapshot().position;
    let mut early = shop.hub.follow(wire);
    // More than the fan-out keeps at hand.
    let placing = {
        let shop = Arc::clone(&shop);
        tokio::spawn(async move {
            for start in (0..3_000).step_by(60) {
                let orders = (start..start + 60).map(|id| shop.place(id, TEA));
                for placed in futures_util::future::join_all(orders).await {
                    placed.unwrap();
                }
            }
        })
    };
    let live = read_to(&mut early, begin.seq + 3_000).await;
    placing.await.unwrap();
    assert_numbered(&live, begin.seq + 1, begin.seq + 3_000);

    let mut late = shop.hub.resume(wire, Some(begin));
    assert!(late.recovered);
    assert_eq!(late.missed, 3_000);
    let read_back = read_to(&mut late.follower, begin.seq + 3_000).await;
    assert_numbered(&read_back, begin.seq + 1, begin.seq + 3_000);
    for (live, read_back) in live.iter().zip(&read_back) {
        assert_eq!(live.json(), read_back.json());
    }
}

#[tokio::test]
async fn followers_share_one_encoding() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let wire = &shop.hub.stats().websocket;
    let (mut one, mut other) = (shop.hub.follow(wire), shop.hub.follow(wire));
    shop.place(1, TEA).await.unwrap();
    let (one, other) = (one.next().await.unwrap(), other.next().await.unwrap());
    assert_eq!(one[0].json().as_ptr(), other[0].json().as_ptr());
    // In each form, once; the forms are apart.
    for (form, text) in [(Form::Message, "message"), (Form::SocketIo, "socket.io")] {
        assert_eq!(one[0].encoded(form, |_| text.into()), text);
        assert_eq!(other[0].encoded(form, |_| unreachable!("it is encoded already")), text);
    }
}

#[tokio::test]
async fn signals_reach_who_listens_and_who_is_late_misses_the_oldest() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let typing = |number: usize| {
        let room = number.to_string();
        Payload::Typing(Typing { room, person: None, is_typing: true })
    };
    shop.hub.signal(typing(0));
    let mut signals = shop.hub.signals();
    for number in 1..=300 {
        shop.hub.signal(typing(number));
    }
    for number in 300 - 255..=300 {
        let signal = signals.next().await;
        assert_eq!((signal.seq, &signal.event.position), (0, &None));
        assert_eq!(signal.event.payload, Some(typing(number)));
    }
}

#[tokio::test]
async fn a_position_that_proves_nothing_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let wire = &shop.hub.stats().websocket;
    let head = shop.hub.snapshot().position;
    let other_epoch = Position { epoch: "0123456789abcdef".parse().unwrap(), seq: 1 };
    let not_yet = Position { seq: head.seq + 1, ..head };
    for position in [None, Some(other_epoch), Some(not_yet)] {
        let resumed = shop.hub.resume(wire, position);
        assert!(!resumed.recovered, "{position:?}");
        assert_eq!(resumed.follower.position(), head);
    }
    let at_head = shop.hub.resume(wire, Some(head));
    assert!(at_head.recovered);
    assert_eq!(at_head.missed, 0);
}

#[tokio::test]
async fn followers_end_after_everything_that_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let mut follower = shop.hub.follow(&shop.hub.stats().grpc);
    let first = follower.position().seq + 1;
    for id in 1..=20 {
        shop.place(id, TEA).await.unwrap();
    }
    shop.drain().await;
    let events = read_to(&mut follower, first + 19).await;
    assert_numbered(&events, first, first + 19);
    assert!(matches!(follower.next().await, Err(FollowError::Stopping)));
}

#[tokio::test]
async fn a_durable_follower_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let wire = &shop.hub.stats().mqtt;
    let (follower, mut cursor) = shop.hub.follow_durably(wire, "sign").unwrap();
    assert_eq!(follower.position().seq, 0);
    cursor.advance(2).unwrap();
    drop((follower, cursor));
    shop.drain().await;

    let shop = Shop::open(dir.path());
    let (follower, cursor) = shop.hub.follow_durably(&shop.hub.stats().mqtt, "sign").unwrap();
    assert_eq!((follower.position().seq, cursor.seq()), (2, 2));
}
