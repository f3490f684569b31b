//! One reader that stalls among 200: it is dropped, nothing is lost to it, and nobody else notices.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kiosk_hub::stats::Screen;

use crate::{
    cafe::{Cafe, must},
    reader::{Kind, Reader},
};

const OTHERS: usize = 200;
/// Of 4 KiB each, so that the kernel and the session's bound hold less.
const EVENTS: usize = 100;
const HELD_BYTES_MAX: u64 = 256 * 1024;
/// A crowd that waits for the one takes seconds longer; a busy machine, some times as long.
const SLOWER_MAX: u32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_of_json_is_dropped_resumes_and_nobody_notices() {
    assert_dropped_alone(Cafe::open().await, Kind::Json).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_of_messages_is_dropped_resumes_and_nobody_notices() {
    assert_dropped_alone(Cafe::open().await, Kind::Message).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_of_protobuf_is_dropped_resumes_and_nobody_notices() {
    assert_dropped_alone(Cafe::open().await, Kind::Proto).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_socket_io_client_is_dropped_recovers_and_nobody_notices() {
    assert_dropped_alone(Cafe::open().await, Kind::SocketIo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_io_client_that_polls_no_more_is_dropped_recovers_and_nobody_notices() {
    assert_dropped_alone(Cafe::open().await, Kind::Polling).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_over_tls_is_dropped_as_soon_resumes_and_nobody_notices() {
    assert_dropped_alone(Cafe::open_behind_tls().await, Kind::Json).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_socket_io_client_over_tls_is_dropped_recovers_and_nobody_notices() {
    assert_dropped_alone(Cafe::open_behind_tls().await, Kind::SocketIo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_over_tls_that_polls_no_more_is_dropped_recovers_and_nobody_notices() {
    assert_dropped_alone(Cafe::open_behind_tls().await, Kind::Polling).await;
}

async fn assert_dropped_alone(cafe: Cafe, kind: Kind) {
    let others = join_all((0..OTHERS).map(|turn| {
        let kind = Kind::ALL[turn % Kind::ALL.len()];
        Reader::connect(&cafe, kind)
    }));
    let others = others.await;
    let (others, without) = deliver(&cafe, others).await;

    // It has one event, and so a place to go on from.
    let mut stalled = Reader::connect_narrow(&cafe, kind).await;
    let first = cafe.put_item("Tea").await;
    stalled.read_up_to(first).await;
    let screen = screen(&cafe, &stalled.session_id);
    let (mut others, with) = deliver(&cafe, others).await;
    assert!(with < without * SLOWER_MAX, "{with:?} with a stalled reader, {without:?} without");

    is_dropped(&screen).await;
    let sent = screen.sent.load(SeqCst);
    drop(screen);
    let connections = &cafe.hub.stats().connections;
    assert_eq!(connections.too_slow.load(SeqCst), 1);
    assert_eq!(connections.screens().len(), OTHERS);
    let last = cafe.head();
    assert!(sent < last, "it was sent everything");
    // What it was sent and did not read, and the one that was too much.
    let unread = sent + 1 - stalled.seq;
    others[0].read_up_to(last).await;
    let event_bytes = others[0].event_bytes_max as u64;
    let held = unread * event_bytes;
    assert!(held < HELD_BYTES_MAX, "{unread} events of {event_bytes} bytes were held for it");

    stalled.read_to_the_end().await;
    let mut again = stalled.resume(&cafe).await;
    again.read_up_to(last).await;
    let live = cafe.put_item("Coffee").await;
    for reader in others.iter_mut().chain([&mut again]) {
        reader.read_up_to(live).await;
    }
    assert_eq!(connections.screens().len(), OTHERS + 1);
    assert_eq!(connections.too_slow.load(SeqCst), 1);
}

/// Makes events, and waits until all of these have read them; how long that took.
async fn deliver(cafe: &Cafe, readers: Vec<Reader>) -> (Vec<Reader>, Duration) {
    let began = Instant::now();
    let last = cafe.head() + EVENTS as u64;
    let reading: Vec<_> = readers
        .into_iter()
        .map(|mut reader| {
            tokio::spawn(async move {
                reader.read_up_to(last).await;
                reader
            })
        })
        .collect();
    cafe.put_large_items(EVENTS).await;
    let readers = join_all(reading).await.into_iter().map(Result::unwrap).collect();
    (readers, began.elapsed())
}

fn screen(cafe: &Cafe, session_id: &str) -> Arc<Screen> {
    let screens = cafe.hub.stats().connections.screens();
    screens.into_iter().find(|screen| screen.session_id == session_id).unwrap()
}

/// Until nobody but the test knows the session.
async fn is_dropped(screen: &Arc<Screen>) {
    let dropped = async {
        while Arc::strong_count(screen) > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    must("the end of its session", dropped).await;
}
