use kiosk_socketio::{Closed, Config};
use serde_json::json;

use crate::support::{Http, Polling, SHORT, Server, WebSocket, patient};

#[tokio::test]
async fn polling_announces_what_the_server_promises() {
    let config = Config { payload_bytes_max: 1_234, ..Config::default() };
    let mut server = Server::start(config);
    let (client, socket) = server.polling().await;
    let expected = json!({
        "sid": socket.id(), "upgrades": ["websocket"],
        "pingInterval": 25_000, "pingTimeout": 20_000, "maxPayload": 1_234,
    });
    assert_eq!(client.handshake, expected);
    assert!(socket.is_polling());
}

#[tokio::test]
async fn a_websocket_announces_the_same_but_no_upgrade() {
    let mut server = Server::start(Config::default());
    let mut client = WebSocket::connect(server.address, "").await;
    let (mut socket, _) = server.opened().await;
    socket.flush().await.unwrap();
    let first = client.text().await;
    let handshake: serde_json::Value =
        serde_json::from_str(first.strip_prefix('0').unwrap()).unwrap();
    let expected = json!({
        "sid": socket.id(), "upgrades": [],
        "pingInterval": 25_000, "pingTimeout": 20_000, "maxPayload": 65_536,
    });
    assert_eq!(handshake, expected);
    assert!(!socket.is_polling());
}

#[tokio::test]
async fn ids_are_twenty_characters_that_fit_a_url_and_never_the_same() {
    let mut server = Server::start(patient());
    let mut ids = std::collections::BTreeSet::new();
    let mut sockets = Vec::new();
    for _ in 0..100 {
        let (client, socket) = server.polling().await;
        assert_eq!(client.sid.len(), 20);
        assert!(client.sid.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        assert!(ids.insert(client.sid));
        sockets.push(socket);
    }
}

#[tokio::test]
async fn the_caller_gets_the_request_that_began_a_session() {
    let mut server = Server::start(patient());
    let query = "EIO=4&transport=polling&token=abc";
    let mut http = Http::connect(server.address).await;
    http.request("GET", query, b"").await;
    let (_, handshake) = server.opened().await;
    assert_eq!(handshake.uri.query(), Some(query));
    assert_eq!(handshake.headers["host"], "x");
}

#[tokio::test]
async fn a_handshake_that_nothing_follows_ends() {
    let mut server = Server::start(Config { handshake_timeout: SHORT, ..patient() });
    let (mut client, mut socket) = server.polling().await;
    assert_eq!(socket.next().await, Err(Closed::NoFollowUp));
    assert_eq!(socket.next().await, Err(Closed::NoFollowUp), "it stays ended");
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_client_that_polls_has_followed_up() {
    let short = SHORT;
    let config = Config { handshake_timeout: short, ping_interval: short * 4, ..patient() };
    let mut server = Server::start(config);
    let (mut client, mut socket) = server.polling().await;
    let serving = tokio::spawn(async move { socket.next().await });
    // The ping comes long after the handshake's time.
    assert_eq!(client.poll().await, "2");
    serving.abort();
}

#[tokio::test]
async fn one_session_too_many_is_refused_until_another_ends() {
    let mut server = Server::start(Config { sessions_max: 2, ..patient() });
    let (_first, socket) = server.polling().await;
    let (_second, _other) = server.websocket().await;
    assert_eq!(server.engine.sessions(), 2);
    let mut http = Http::connect(server.address).await;
    let response = http.request("GET", "EIO=4&transport=polling", b"").await;
    assert_eq!(response.status, 503);
    drop(socket);
    let third = Polling::open(server.address).await;
    assert_eq!(third.sid, server.opened().await.0.id());
}

#[tokio::test]
async fn answers_are_plain_text_that_nobody_caches() {
    let server = Server::start(patient());
    let mut http = Http::connect(server.address).await;
    let response = http.request("GET", "EIO=4&transport=polling", b"").await;
    assert!(response.head.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"));
    assert!(response.head.contains("\r\ncache-control: no-store\r\n"));
}
