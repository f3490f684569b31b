//! Many screens: bounded in number, in memory, and in the time that a slow one may take.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, future::join_all};
use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::{client_async, connect_async, tungstenite::Message};

use crate::cafe::{Cafe, Screen, must};

#[tokio::test]
async fn one_session_over_the_bound_is_told_to_back_off_and_a_place_that_is_left_is_taken() {
    // In all, and then for one client.
    for (sessions_max, per_client_max) in [(3, 10), (10, 3)] {
        assert_bounded_at_3(&Cafe::with_sessions(sessions_max, per_client_max).await).await;
    }
}

async fn assert_bounded_at_3(cafe: &Cafe) {
    let mut screens = Vec::new();
    for _ in 0..3 {
        screens.push(Screen::connect(cafe).await);
    }
    let url = format!("ws://{}/ws", cafe.address);
    let (mut surplus, _) = must("a handshake", connect_async(&url)).await.unwrap();
    match must("a close", surplus.next()).await {
        Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 4029),
        other => panic!("{other:?}"),
    }
    assert_eq!(screens[0].ask("ping", json!({})).await["event"], "reply");
    screens.clear();
    cafe.is_empty().await;
    Screen::connect(cafe).await;
}

#[tokio::test]
async fn a_thousand_that_come_and_go_leave_nothing_behind() {
    let cafe = Cafe::open().await;
    for turn in 0..1_000 {
        let mut screen = Screen::connect(&cafe).await;
        match turn % 3 {
            0 => drop(screen),
            1 => screen.socket.close(None).await.unwrap(),
            _ => screen.send("subscribe", "s", json!({"rooms": ["menu"]})).await,
        }
    }
    cafe.is_empty().await;
    let stats = cafe.hub.stats();
    assert_eq!(stats.connections.total.load(std::sync::atomic::Ordering::SeqCst), 1_000);
    assert_eq!(stats.websocket.followers().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_stops_reading_is_dropped_in_time_and_delays_nobody() {
    const EVENTS: u64 = 4_000;
    let cafe = Cafe::open().await;
    let first = cafe.head() + 1;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(Screen::connect(&cafe).await);
    }
    // A small window, so that the kernel does not read on in its place.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(cafe.address).await.unwrap();
    let url = format!("ws://{}/ws", cafe.address);
    let (stuck, _) = must("a handshake", client_async(url, stream)).await.unwrap();

    let began = Instant::now();
    let reading = others.into_iter().map(|mut screen| {
        tokio::spawn(async move {
            for seq in first..first + EVENTS {
                assert_eq!(screen.next_seq().await, seq);
            }
            screen
        })
    });
    let reading: Vec<_> = reading.collect();
    cafe.put_items_meanwhile(EVENTS as usize).await.unwrap();
    let others: Vec<Screen> = join_all(reading).await.into_iter().map(Result::unwrap).collect();
    let all_had = began.elapsed();

    let dropped = async {
        while cafe.hub.stats().connections.screens().len() > others.len() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    must("its end", dropped).await;
    assert!(began.elapsed() < all_had + Duration::from_secs(7), "{:?}", began.elapsed());
    let too_slow = &cafe.hub.stats().connections.too_slow;
    assert_eq!(too_slow.load(std::sync::atomic::Ordering::SeqCst), 1);

    // What was on its way when it was dropped is all that it costs.
    let mut rest = 0;
    let mut stuck = stuck;
    let until_the_end = async {
        while let Some(Ok(message)) = stuck.next().await {
            rest += message.len();
        }
    };
    must("its end", until_the_end).await;
    assert!(rest < 256 * 1024, "{rest} bytes were held for it");
}

#[tokio::test]
async fn a_box_that_stops_sends_all_that_was_committed_then_says_that_it_goes_away() {
    let cafe = Cafe::open().await;
    let first = cafe.head() + 1;
    let mut screen = Screen::connect(&cafe).await;
    cafe.put_items_meanwhile(50).await.unwrap();
    let mut late =
        Screen::connect_with(&cafe, &format!("?epoch={}&seq={}", cafe.epoch(), first - 1))
            .await
            .unwrap();
    let stopping = tokio::spawn(cafe.stop());
    for seq in first..first + 50 {
        assert_eq!(screen.next_seq().await, seq);
        assert_eq!(late.next_seq().await, seq);
    }
    assert_eq!(screen.close_code().await, 1001);
    assert_eq!(late.close_code().await, 1001);
    stopping.await.unwrap();
}
