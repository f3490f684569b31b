//! What the clock ends, the box ends by itself.

use std::{sync::atomic::Ordering::SeqCst, time::Duration};

use kiosk_domain::{Actor, BellCommand, Command, SeatCommand};
use kiosk_hub::{Follower, Hub, Request};
use kiosk_proto::v1::{
    Seat, event::Payload, role::Value as Role, seat_release_reason::Value as Reason,
    seat_status::Value as SeatStatus,
};

use crate::hands::{hands, open};

/// How long a test waits for what must come: far longer than it takes on a loaded machine.
const WAIT_MAX: Duration = Duration::from_secs(30);

const HOUR_MS: i64 = 3_600_000;

async fn submit(hub: &Hub, request_id: u128, command: Command) {
    let actor = Actor { role: Role::Admin, id: 0, name: "test".into() };
    hub.submit(Request { request_id, fingerprint: 0, command, actor }).await.unwrap();
}

/// A seat that is held, and a bell that rings there.
async fn furnish(hub: &Hub) {
    let (seat_id, name) = ("a".to_owned(), "Window".to_owned());
    let plan =
        Seat { seat_id: seat_id.clone(), name, width: 1, height: 1, seats: 2, ..Seat::default() };
    submit(hub, 1, Command::Seat(SeatCommand::Put(plan))).await;
    hold(hub, 2).await;
    let (order_id, reason) = (String::new(), String::new());
    let place = String::new();
    submit(hub, 3, Command::Bell(BellCommand::Ring { order_id, seat_id, place, reason })).await;
}

async fn hold(hub: &Hub, request_id: u128) {
    let (holder, order_id) = ("k1".into(), String::new());
    let hold = SeatCommand::Select { seat_id: "a".into(), holder, order_id };
    submit(hub, request_id, Command::Seat(hold)).await;
}

/// The next events, as many as that.
async fn next(follower: &mut Follower, count: usize) -> Vec<Payload> {
    let mut events = Vec::new();
    while events.len() < count {
        let batch = tokio::time::timeout(WAIT_MAX, follower.next()).await;
        let batch = batch.expect("an event must come").unwrap();
        events.extend(batch.iter().filter_map(|event| event.event.payload.clone()));
    }
    assert_eq!(events.len(), count, "{events:?}");
    events
}

fn is_expired(event: &Payload) -> bool {
    matches!(event, Payload::SeatReleased(e) if e.holder == "k1" && e.reason() == Reason::Expired)
}

#[tokio::test]
async fn a_hold_and_a_bell_time_out_also_after_a_restart_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, running) = open(dir.path(), &clock);
    furnish(&hub).await;
    running.drain().await.unwrap();
    drop(hub);

    clock.0.fetch_add(HOUR_MS, SeqCst);
    let (hub, running) = open(dir.path(), &clock);
    let mut follower = hub.follow(&hub.stats().grpc);
    follower.seek(3);
    let events = next(&mut follower, 2).await;
    assert!(is_expired(&events[0]), "{events:?}");
    assert!(matches!(&events[1], Payload::BellEscalated(bell) if bell.bell_id == 1));
    let snapshot = hub.snapshot();
    assert_eq!(snapshot.state.seat("a").unwrap().status(), SeatStatus::Free);
    assert!(!snapshot.state.waits_for_time(), "nothing is left to look at the clock for");
    running.drain().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_set_back_ends_a_hold_too() {
    let dir = tempfile::tempdir().unwrap();
    let clock = hands();
    let (hub, running) = open(dir.path(), &clock);
    furnish(&hub).await;
    let mut follower = hub.follow(&hub.stats().grpc);
    clock.0.fetch_sub(24 * HOUR_MS, SeqCst);
    let events = next(&mut follower, 2).await;
    assert!(is_expired(&events[0]), "{events:?}");
    // And from there it goes on as ever.
    hold(&hub, 4).await;
    assert!(matches!(&next(&mut follower, 1).await[0], Payload::SeatSelected(_)));
    clock.0.fetch_add(120_000, SeqCst);
    assert!(is_expired(&next(&mut follower, 1).await[0]));
    running.drain().await.unwrap();
}
