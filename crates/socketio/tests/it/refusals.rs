use kiosk_socketio::{Closed, Config, Violation};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::{connect_async, tungstenite};

use crate::support::{Http, SHORT, Server, patient};

#[tokio::test]
async fn every_refusal_has_its_number() {
    let mut server = Server::start(patient());
    let (client, _socket) = server.polling().await;
    let (upgraded, websocket) = server.websocket().await;
    let sid = &client.sid;
    let other = websocket.id();
    let mut http = Http::connect(server.address).await;
    for (method, query, code, message) in [
        ("GET", "", 0, "Transport unknown"),
        ("GET", "EIO=4", 0, "Transport unknown"),
        ("GET", "EIO=4&transport=pigeon", 0, "Transport unknown"),
        ("GET", "EIO=4&transport=polling&sid=nobody", 1, "Session ID unknown"),
        ("POST", "EIO=4&transport=polling&sid=nobody", 1, "Session ID unknown"),
        ("GET", "EIO=4&transport=websocket&sid=nobody", 1, "Session ID unknown"),
        ("GET", "EIO=4&transport=polling&sid=", 1, "Session ID unknown"),
        ("POST", "EIO=4&transport=polling", 2, "Bad handshake method"),
        ("PUT", "EIO=4&transport=polling", 2, "Bad handshake method"),
        ("PUT", &format!("EIO=4&transport=polling&sid={sid}"), 3, "Bad request"),
        ("GET", "EIO=4&transport=websocket", 3, "Bad request"),
        ("GET", &format!("EIO=4&transport=websocket&sid={sid}"), 3, "Bad request"),
        ("GET", &format!("EIO=4&transport=polling&sid={other}"), 3, "Bad request"),
        ("POST", &format!("EIO=4&transport=polling&sid={other}"), 3, "Bad request"),
        ("GET", "transport=polling", 5, "Unsupported protocol version"),
        ("GET", "EIO=3&transport=polling", 5, "Unsupported protocol version"),
        ("GET", "EIO=abc&transport=websocket", 5, "Unsupported protocol version"),
    ] {
        let response = http.request(method, query, b"").await;
        let body: serde_json::Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(body, json!({"code": code, "message": message}), "{method} {query}");
        assert_eq!(response.status, 400, "{method} {query}");
        assert!(response.head.contains("\r\ncontent-type: application/json\r\n"));
    }
    // None of it has ended a session.
    assert_eq!(server.engine.sessions(), 2);
    drop(upgraded);
}

#[tokio::test]
async fn a_websocket_that_asks_wrongly_is_not_opened() {
    let server = Server::start(patient());
    for query in ["EIO=3&transport=websocket", "EIO=4", "EIO=4&transport=websocket&sid=nobody"] {
        let error = connect_async(format!("ws://{}/socket.io/?{query}", server.address)).await;
        match error.unwrap_err() {
            tungstenite::Error::Http(response) => assert_eq!(response.status(), 400, "{query}"),
            error => panic!("{query}: {error}"),
        }
    }
    assert_eq!(server.engine.sessions(), 0);
}

#[tokio::test]
async fn two_polls_at_once_end_the_session() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_poll().await;
    client.posts.send("GET", &client.query, b"").await;
    assert_eq!(socket.next().await, Err(Violation::SecondPoll.into()));
    socket.close().await;
    let one = client.receive_poll().await;
    let other = client.receive_post().await;
    let mut both = [(one.status, one.body), (other.status, other.body)];
    both.sort();
    assert_eq!(both[0], (200, "1".to_owned()));
    assert_eq!(both[1].0, 400);
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn two_posts_at_once_end_the_session() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    // The first one is never finished.
    let head = format!("POST /?{} HTTP/1.1\r\nContent-Length: 9\r\n\r\n4", client.query);
    client.posts.stream.write_all(head.as_bytes()).await.unwrap();
    let closed = tokio::spawn(async move { socket.next().await });
    // It may not have begun yet: then this one is the first.
    loop {
        client.polls.send("POST", &client.query, b"6").await;
        if client.receive_poll().await.status == 400 {
            break;
        }
    }
    assert_eq!(closed.await.unwrap(), Err(Violation::SecondPost.into()));
}

#[tokio::test]
async fn a_poll_that_its_client_gave_up_may_be_repeated() {
    let mut server = Server::start(patient());
    let (mut client, mut socket) = server.polling().await;
    client.send_poll().await;
    client.post_while(&mut socket, "4the poll is there").await;
    client.polls = Http::connect(server.address).await;
    // The server has seen that the first connection is gone when this is through.
    tokio::time::sleep(SHORT).await;
    client.send_poll().await;
    client.post_while(&mut socket, "4the next poll is there").await;
    crate::support::send(&mut socket, "x").await;
    let serving = tokio::spawn(async move { socket.next().await });
    assert_eq!(client.receive_poll().await.body, "4x");
    serving.abort();
}

#[tokio::test]
async fn a_body_beyond_the_announced_size_ends_the_session() {
    let mut server = Server::start(Config { payload_bytes_max: 100, ..patient() });
    let (mut client, mut socket) = server.polling().await;
    let just_right = format!("4{}", "x".repeat(99));
    client.send_post(&just_right).await;
    assert_eq!(socket.next().await, Ok(just_right[1..].into()));
    assert_eq!(client.receive_post().await.status, 200);
    client.send_post(&format!("{just_right}x")).await;
    assert_eq!(socket.next().await, Err(Closed::TooBig));
    assert_eq!(client.receive_post().await.status, 413);
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_body_that_does_not_arrive_ends_the_session() {
    let mut server = Server::start(Config { body_timeout: SHORT, ..patient() });
    let (mut client, mut socket) = server.polling().await;
    let head = format!("POST /?{} HTTP/1.1\r\nContent-Length: 9\r\n\r\n4", client.query);
    client.posts.stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(socket.next().await, Err(Closed::SlowBody));
    assert_eq!(client.receive_post().await.status, 408);
    assert_eq!(client.status().await, 400);
}

#[tokio::test]
async fn a_post_that_is_not_the_protocol_ends_the_session() {
    let mut server = Server::start(patient());
    for (body, violation) in [
        (&b""[..], Violation::EmptyPacket),
        (b"4a\x1e", Violation::EmptyPacket),
        (b"abc", Violation::UnknownType),
        (b"7", Violation::UnknownType),
        (b"0{}", Violation::WrongDirection),
        (b"2", Violation::WrongDirection),
        (b"bAQ=", Violation::BadBase64),
        (b"b!", Violation::BadBase64),
        (b"4\xff", Violation::NotUtf8),
    ] {
        let (mut client, mut socket) = server.polling().await;
        client.posts.send("POST", &client.query, body).await;
        let closed = loop {
            if let Err(closed) = socket.next().await {
                break closed;
            }
        };
        assert_eq!(closed, violation.into(), "{body:?}");
        assert_eq!(client.receive_post().await.status, 400);
        assert_eq!(client.status().await, 400);
    }
}

#[tokio::test]
async fn a_frame_that_is_not_the_protocol_closes_with_a_code() {
    let mut server = Server::start(Config { payload_bytes_max: 1_000, ..patient() });
    let big = "4".repeat(1_001);
    for (text, closed, code) in [
        ("", Violation::EmptyPacket.into(), 1002),
        ("abc", Violation::UnknownType.into(), 1002),
        ("2", Violation::WrongDirection.into(), 1002),
        (&*big, Closed::TooBig, 1009),
    ] {
        let (mut client, mut socket) = server.websocket().await;
        client.send(text).await;
        assert_eq!(socket.next().await, Err(closed));
        let closing = tokio::spawn(socket.close());
        assert_eq!(u16::from(client.closed().await.unwrap().code), code, "{text}");
        closing.await.unwrap();
    }
}
