//! What a client may take of the box, and that it ends there.

use std::{net::SocketAddr, time::Duration};

use kiosk_proto::v1::{
    GetStatsRequest, PlaceOrderRequest, admin_service_client::AdminServiceClient,
    order_service_client::OrderServiceClient,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};
use tonic::Code;

use crate::cafe::{AMERICANO, Cafe, connect, must, wish};

/// As in the server: its test's own connection is one of them.
const CONNECTIONS_MAX: usize = 256;

/// The preface that every HTTP/2 client sends, and its SETTINGS.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test]
async fn a_message_over_256_kib_is_refused_and_changes_nothing() {
    let cafe = Cafe::open().await;
    let head = cafe.head();
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let large = PlaceOrderRequest { note: "x".repeat(256 * 1024), ..wish(AMERICANO, 1) };
    let refused = must("an answer", orders.place_order(large)).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    assert!(refused.message().contains("262144"), "{}", refused.message());
    assert_eq!(cafe.head(), head);

    // One that is just small enough reaches the rules, which say what is wrong with it.
    let fits = PlaceOrderRequest { note: "x".repeat(256 * 1024 - 200), ..wish(AMERICANO, 1) };
    let refused = must("an answer", orders.place_order(fits)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    must("an order", orders.place_order(wish(AMERICANO, 1))).await.unwrap();
}

#[tokio::test]
async fn a_call_that_takes_ten_seconds_is_answered_and_may_be_repeated() {
    let cafe = Cafe::open().await;
    let mut orders = OrderServiceClient::new(cafe.channel.clone());
    let wished = wish(AMERICANO, 1);
    cafe.clock.stop();
    let (mut till, asked) = (orders.clone(), wished.clone());
    let call = tokio::spawn(async move { till.place_order(asked).await });
    cafe.clock.waited_for().await;
    tokio::time::pause();
    let began = Instant::now();
    let late = call.await.unwrap().unwrap_err();
    let took = began.elapsed();
    tokio::time::resume();
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late:?}");
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(11), "{took:?}");

    cafe.clock.start();
    let head = cafe.head();
    let order = must("an order", orders.place_order(wished)).await.unwrap().into_inner();
    assert_eq!(order.order.unwrap().daily_num, 1);
    assert!(cafe.head() <= head + 1, "it was placed twice");
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_after_five_seconds() {
    let cafe = Cafe::open().await;
    for said in [&GREETING[..0], &GREETING[..20], b"GET / HTTP/1.1\r\n"] {
        let mut silent = TcpStream::connect(cafe.address).await.unwrap();
        silent.write_all(said).await.unwrap();
        tokio::time::pause();
        let began = Instant::now();
        let mut rest = Vec::new();
        // What a server sends before it closes is its own affair; a reset is an end too.
        let _ = silent.read_to_end(&mut rest).await;
        let took = began.elapsed();
        tokio::time::resume();
        assert!(took < Duration::from_millis(5_100), "{took:?} after {said:?}");
    }
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn one_connection_over_the_bound_is_closed_and_a_place_that_is_left_is_taken() {
    let cafe = Cafe::open().await;
    let mut others = Vec::new();
    for _ in 1..CONNECTIONS_MAX {
        others.push(greet(cafe.address).await);
    }
    let mut surplus = TcpStream::connect(cafe.address).await.unwrap();
    let _ = surplus.write_all(GREETING).await;
    let mut rest = Vec::new();
    // Closed with bytes unread, it is reset.
    let _ = must("its end", surplus.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
    assert_serves(&cafe).await;

    drop(others);
    // The server sees the ends one by one; until it has seen one, it closes.
    let came = async {
        while connect(cafe.address).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    must("a place", came).await;
}

/// Connects, and returns once the server has greeted too: it then has its place.
async fn greet(address: SocketAddr) -> TcpStream {
    let mut stream = must("a connection", TcpStream::connect(address)).await.unwrap();
    stream.write_all(GREETING).await.unwrap();
    let mut greeted = [0; 9];
    must("a greeting", stream.read_exact(&mut greeted)).await.unwrap();
    stream
}

/// A stream that is begun and reset at once costs the server more than the client
/// (CVE-2023-44487).
#[tokio::test]
async fn a_flood_of_resets_ends_the_connection_and_harms_no_other() {
    let cafe = Cafe::open().await;
    let mut flood = greet(cafe.address).await;
    let mut bytes = Vec::new();
    for stream_id in (1_u32..2_000).step_by(2) {
        // `:method POST`, `:scheme http`, `:path /`, which the HPACK table has.
        frame(&mut bytes, 0x1, 0x4, stream_id, &[0x83, 0x86, 0x84]);
        frame(&mut bytes, 0x3, 0x0, stream_id, &8_u32.to_be_bytes());
    }
    let _ = flood.write_all(&bytes).await;
    let mut answer = Vec::new();
    let _ = must("its end", flood.read_to_end(&mut answer)).await;
    assert_serves(&cafe).await;
}

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream_id: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap();
    bytes.extend(&length.to_be_bytes()[1..]);
    bytes.extend([kind, flags]);
    bytes.extend(stream_id.to_be_bytes());
    bytes.extend(payload);
}

#[tokio::test]
async fn the_client_is_told_how_many_streams_and_headers_it_may_send() {
    let cafe = Cafe::open().await;
    let mut stream = TcpStream::connect(cafe.address).await.unwrap();
    stream.write_all(GREETING).await.unwrap();
    let mut header = [0; 9];
    must("a frame", stream.read_exact(&mut header)).await.unwrap();
    assert_eq!(header[3], 0x4, "its first frame is SETTINGS");
    let mut settings = vec![0; usize::from(header[2])];
    must("a frame", stream.read_exact(&mut settings)).await.unwrap();
    let settings: Vec<(u8, u32)> =
        settings.chunks(6).map(|s| (s[1], u32::from_be_bytes([s[2], s[3], s[4], s[5]]))).collect();
    assert!(settings.contains(&(0x3, 32)), "MAX_CONCURRENT_STREAMS: {settings:?}");
    assert!(settings.contains(&(0x6, 16 * 1024)), "MAX_HEADER_LIST_SIZE: {settings:?}");
}

#[tokio::test]
async fn a_silent_peer_is_asked_after_20_seconds_and_gone_after_30() {
    let cafe = Cafe::open().await;
    let mut peer = greet(cafe.address).await;
    tokio::time::pause();
    let began = Instant::now();
    let (mut bytes, mut asked_at) = (Vec::new(), None);
    while peer.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        // The first frame after the greeting that is a PING.
        if asked_at.is_none() && bytes.windows(5).any(|w| w == [0, 0, 8, 0x6, 0]) {
            asked_at = Some(began.elapsed().as_secs());
        }
    }
    assert_eq!((asked_at, began.elapsed().as_secs()), (Some(20), 30));
}

async fn assert_serves(cafe: &Cafe) {
    let mut admin = AdminServiceClient::new(cafe.channel.clone());
    must("an answer", admin.get_stats(GetStatsRequest {})).await.unwrap();
}
