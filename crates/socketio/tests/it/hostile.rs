use std::time::Duration;

use kiosk_socketio::{Closed, Config};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{RngSeed, TestRunner},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Http, Polling, Server, WebSocket, echo, patient, send};

const ROUNDS: usize = 300;
const SEED: u64 = 7;

/// Bytes that repeat with the seed: now and then such as are nearly right.
fn bytes() -> impl FnMut() -> Vec<u8> {
    let config = ProptestConfig { rng_seed: RngSeed::Fixed(SEED), ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let any = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "([0-9b\x1e]|.){0,100}".prop_map(String::into_bytes),
        r#"(4?[0-6]([0-9]-)?\[[",{}a-z0-9]{0,20}\x1e?){1,5}"#.prop_map(String::into_bytes),
    ];
    move || any.new_tree(&mut runner).unwrap().current()
}

async fn expect_still_serving(server: &mut Server) {
    let (mut client, mut socket) = server.websocket().await;
    send(&mut socket, "x").await;
    assert_eq!(client.text().await, "4x");
}

/// Until every session but those that the test holds has ended.
async fn expect_no_session_left(server: &Server) {
    while server.engine.sessions() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn random_posts_are_taken_or_refused() {
    let mut server = Server::start(patient());
    let mut bytes = bytes();
    for _ in 0..ROUNDS {
        let (mut client, socket) = server.polling().await;
        let serving = tokio::spawn(echo(socket));
        client.posts.send("POST", &client.query, &bytes()).await;
        let response = client.receive_post().await;
        assert!(matches!(response.status, 200 | 400), "{response:?}");
        if response.status == 200 {
            // It may have left already.
            client.posts.send("POST", &client.query, b"1").await;
            client.receive_post().await;
        }
        serving.await.unwrap();
    }
    expect_no_session_left(&server).await;
    expect_still_serving(&mut server).await;
}

#[tokio::test]
async fn random_frames_are_taken_or_close_the_websocket() {
    let mut server = Server::start(patient());
    let mut bytes = bytes();
    for round in 0..ROUNDS {
        let (mut client, socket) = server.websocket().await;
        let serving = tokio::spawn(echo(socket));
        match String::from_utf8(bytes()) {
            Ok(text) if round % 2 == 0 => client.send(&text).await,
            Ok(text) => client.send_bytes(text.as_bytes()).await,
            Err(error) => client.send_bytes(&error.into_bytes()).await,
        }
        drop(client);
        serving.await.unwrap();
    }
    expect_no_session_left(&server).await;
    expect_still_serving(&mut server).await;
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_the_session() {
    let mut server = Server::start(Config { close_timeout: Duration::ZERO, ..patient() });
    let mut bytes = bytes();
    for _ in 0..ROUNDS {
        let (mut client, socket) = server.websocket().await;
        let serving = tokio::spawn(echo(socket));
        let stream = client.stream.get_mut();
        stream.write_all(&bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        serving.await.unwrap();
    }
    expect_no_session_left(&server).await;
    expect_still_serving(&mut server).await;
}

#[tokio::test]
async fn random_requests_are_answered_or_end() {
    let mut server = Server::start(patient());
    let mut bytes = bytes();
    for _ in 0..ROUNDS {
        let mut http = Http::connect(server.address).await;
        let head = b"GET /socket.io/?EIO=4&transport=".as_slice();
        http.stream.write_all(&[head, &bytes()].concat()).await.unwrap();
        http.stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // Reset or closed: both are an end.
        let _ = http.stream.read_to_end(&mut answer).await;
    }
    assert_eq!(server.engine.sessions(), 0);
    expect_still_serving(&mut server).await;
}

/// The head of a text frame of five bytes, masked with zeros.
const HEAD: [u8; 6] = [0x81, 0x85, 0, 0, 0, 0];

#[tokio::test]
async fn half_a_frame_is_a_client_that_left() {
    for length in 1..HEAD.len() + 5 {
        let mut server = Server::start(patient());
        let (mut client, mut socket) = server.websocket().await;
        let frame = [&HEAD[..], b"4half"].concat();
        client.stream.get_mut().write_all(&frame[..length]).await.unwrap();
        drop(client);
        assert_eq!(socket.next().await, Err(Closed::Left), "after {length} bytes");
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_closes_with_1007() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.websocket().await;
    let frame = [&HEAD[..], b"4\xff\xff\xff\xff"].concat();
    client.stream.get_mut().write_all(&frame).await.unwrap();
    assert_eq!(socket.next().await, Err(kiosk_socketio::Violation::NotUtf8.into()));
    let closing = tokio::spawn(socket.close());
    assert_eq!(u16::from(client.closed().await.unwrap().code), 1007);
    closing.await.unwrap();
}

#[tokio::test]
async fn a_frame_larger_than_allowed_is_refused_by_its_head() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.websocket().await;
    // Says that 2^62 bytes follow.
    let head = [0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    client.stream.get_mut().write_all(&head).await.unwrap();
    assert_eq!(socket.next().await, Err(Closed::TooBig));
}

#[tokio::test]
async fn ten_thousand_connects_and_disconnects_leave_no_session_behind() {
    const POLLING: usize = 9_000;
    const WEBSOCKETS: usize = 1_000;
    let mut server = Server::start(patient());
    let address = server.address;
    let polling = tokio::spawn(async move {
        let mut http = Http::connect(address).await;
        for round in 0..POLLING {
            let query = "EIO=4&transport=polling";
            let handshake = http.request("GET", query, b"").await;
            let sid = handshake.body.split('"').nth(3).unwrap().to_owned();
            let query = format!("{query}&sid={sid}");
            // Every other one breaks the protocol instead of leaving politely.
            let goodbye: &[u8] = if round % 2 == 0 { b"1" } else { b"!" };
            http.request("POST", &query, goodbye).await;
        }
    });
    let websockets = tokio::spawn(async move {
        for _ in 0..WEBSOCKETS {
            drop(WebSocket::connect(address, "").await);
        }
    });
    for _ in 0..POLLING + WEBSOCKETS {
        let (mut socket, _) = server.opened().await;
        tokio::spawn(async move { while socket.next().await.is_ok() {} });
    }
    polling.await.unwrap();
    websockets.await.unwrap();
    expect_no_session_left(&server).await;
    let late = Polling::open(address).await;
    assert_eq!(server.opened().await.0.id(), late.sid);
}
