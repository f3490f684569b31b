//! Requests that no client of ours sends: each is answered or dropped, and the server goes on.

use std::time::Duration;

use kiosk_web::Origin;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::Instant,
};

use crate::{
    cafe::{Cafe, Screen, must},
    http_client::{Answer, send},
    reader::{Kind, Reader},
};

const ORDERS: &str = "POST /api/orders";
const PLACE: &str = "POST /kiosk.v1.OrderService/PlaceOrder";
const JSON: &str = "Content-Type: application/json\r\n";
const HANDSHAKE: &str = "/socket.io/?EIO=4&transport=polling";
const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// Sends that; the status of the answer, if there is one. `is_all`: and says that this was all.
async fn status_of(cafe: &Cafe, request: &[u8], is_all: bool) -> Option<u16> {
    let mut stream = must("a connection", TcpStream::connect(cafe.address)).await.unwrap();
    // It may answer before it has taken all.
    let _ = must("a write", stream.write_all(request)).await;
    if is_all {
        let _ = stream.shutdown().await;
    }
    let mut answer = [0; 12];
    must("an answer", stream.read_exact(&mut answer)).await.ok()?;
    std::str::from_utf8(&answer[9..]).unwrap().parse().ok()
}

/// The head of a request that starts a session to post to.
async fn post_to_a_session(cafe: &Cafe) -> String {
    let Answer { body, .. } = send(cafe.address, "GET", HANDSHAKE, &[], "").await;
    let sid = body.split('"').nth(3).unwrap();
    format!("POST {HANDSHAKE}&sid={sid}")
}

#[tokio::test]
async fn bodies_that_are_too_big_broken_or_lied_about_are_refused() {
    let cafe = Cafe::open().await;
    let socket_io = "socket.io";
    let big = vec![b'x'; 300 * 1024];
    for (path, length, body, statuses) in [
        (socket_io, big.len(), &big[..], &[Some(413)][..]),
        (ORDERS, big.len(), &big, &[Some(413)]),
        (PLACE, big.len(), &big, &[Some(413)]),
        (socket_io, 4, b"4\xff\xfe\x80", &[Some(400)]),
        (ORDERS, 4, b"{\"\xff\"", &[Some(400)]),
        (PLACE, 4, b"{\"\xff\"", &[Some(400)]),
        (socket_io, 9, b"9\x1e\x1e\x1eb====", &[Some(400)]),
        // Less than was said: the rest never comes.
        (socket_io, 100, b"40", &[Some(400), None]),
        (ORDERS, 100, b"{}", &[Some(400), None]),
        // More than was said: it is no request.
        (socket_io, 2, b"40{\"x\":1}", &[Some(200)]),
        (ORDERS, 2, b"{}GET / HTTP/9\r\n\r\n", &[Some(400)]),
    ] {
        let path = if path == socket_io { post_to_a_session(&cafe).await } else { path.into() };
        let head =
            format!("{path} HTTP/1.1\r\nHost: box\r\n{JSON}Content-Length: {length}\r\n\r\n");
        let status = status_of(&cafe, &[head.as_bytes(), body].concat(), body.len() < length).await;
        assert!(statuses.contains(&status), "{status:?}: {length} bytes to {path}");
    }
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn heads_that_are_no_heads_are_refused() {
    let cafe = Cafe::open().await;
    let long = "x".repeat(20 * 1024);
    let many = "x: y\r\n".repeat(200);
    for (request, statuses) in [
        (format!("{ORDERS} HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), &[400][..]),
        (
            format!("{ORDERS} HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
            &[400],
        ),
        (format!("{ORDERS} HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"), &[400]),
        (format!("{ORDERS} HTTP/1.1\r\n{JSON}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), &[400]),
        (
            format!("GET /socket.io/?EIO=4&transport=polling&sid={long} HTTP/1.1\r\n\r\n"),
            &[414, 431],
        ),
        (format!("GET /ws HTTP/1.1\r\nx: {long}\r\n\r\n"), &[431]),
        (format!("GET /ws HTTP/1.1\r\n{many}\r\n"), &[431]),
        ("GET /api/orders/%ff%fe HTTP/1.1\r\n\r\n".into(), &[400]),
        ("GET /api/orders?x=%zz&%&&== HTTP/1.1\r\n\r\n".into(), &[400]),
        ("GET /ws?epoch=%00&seq=99999999999999999999 HTTP/1.1\r\n\r\n".into(), &[400]),
        ("\0\0\0\0\r\n\r\n".into(), &[400]),
    ] {
        let status = status_of(&cafe, request.as_bytes(), false).await;
        let said: String = request.chars().take(100).collect();
        assert!(status.is_some_and(|status| statuses.contains(&status)), "{status:?}: {said}");
    }
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn a_body_that_dribbles_in_is_waited_for_no_longer_than_five_seconds() {
    let cafe = Cafe::open().await;
    for path in [ORDERS, PLACE, "socket.io"] {
        let path =
            if path == "socket.io" { post_to_a_session(&cafe).await } else { path.to_owned() };
        let mut slow = TcpStream::connect(cafe.address).await.unwrap();
        let request =
            format!("{path} HTTP/1.1\r\nHost: box\r\n{JSON}Content-Length: 100\r\n\r\n{{");
        slow.write_all(request.as_bytes()).await.unwrap();
        tokio::time::pause();
        let began = Instant::now();
        let mut answer = [0; 12];
        must("an answer", slow.read_exact(&mut answer)).await.unwrap();
        let took = began.elapsed();
        tokio::time::resume();
        assert_eq!(&answer, b"HTTP/1.1 408", "{path}");
        assert!(took.as_millis() < 5_100, "{took:?} for {path}");
    }
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_session_unless_it_is_allowed() {
    let allowed = Origin::try_from("https://pos.example".to_owned()).unwrap();
    let cafe = Cafe::with_origins(vec![allowed]).await;
    let websocket = "/socket.io/?EIO=4&transport=websocket";
    for path in ["/ws", websocket, HANDSHAKE] {
        for (origin, is_let_in) in [
            (None, true),
            (Some("http://box"), true),
            (Some("https://pos.example"), true),
            (Some("https://evil.example"), false),
            (Some("http://pos.example"), false),
            (Some("null"), false),
        ] {
            let is_polling = path == HANDSHAKE;
            let header = origin.map(|origin| format!("Origin: {origin}"));
            let upgrade = if is_polling { &[][..] } else { &UPGRADE };
            let headers: Vec<&str> = upgrade.iter().copied().chain(header.as_deref()).collect();
            let answer = head_of(&cafe, path, &headers).await;
            let welcome = if is_polling { 200 } else { 101 };
            assert_eq!(answer.status, if is_let_in { welcome } else { 403 }, "{origin:?} {path}");
            if !path.starts_with("/ws") {
                let own = origin.filter(|origin| *origin == "https://pos.example");
                assert_eq!(answer.header("access-control-allow-origin"), own, "{path}");
                let credentials = answer.header("access-control-allow-credentials");
                assert_eq!(credentials, own.map(|_| "true"), "{path}");
            }
        }
    }
    // Nobody who was refused is here: what the others opened goes.
    assert_serves(&cafe).await;
}

/// Of an answer that may make a WebSocket of the connection.
async fn head_of(cafe: &Cafe, path: &str, headers: &[&str]) -> Answer {
    let mut stream = must("a connection", TcpStream::connect(cafe.address)).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: box\r\n{}\r\n\r\n", headers.join("\r\n"));
    let head = head.replace("\r\n\r\n\r\n", "\r\n\r\n");
    must("a write", stream.write_all(head.as_bytes())).await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(must("an answer", stream.read_u8()).await.unwrap());
    }
    let head = String::from_utf8(read).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: String::new() }
}

pub(crate) async fn assert_serves(cafe: &Cafe) {
    let mut readers = Vec::new();
    for kind in Kind::ALL {
        readers.push(Reader::connect(cafe, kind).await);
    }
    let seq = cafe.put_item("Tea").await;
    for mut reader in readers {
        reader.read_up_to(seq).await;
    }
    Screen::connect(cafe).await;
}

/// hyper waits for ever for a client to read: the kernel does not.
#[tokio::test]
async fn a_client_that_reads_no_answer_is_dropped() {
    let cafe = Cafe::open().await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(cafe.address).await.unwrap();
    let asking = async {
        while stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {}
    };
    // Far longer than the bound: the kernel looks ever more rarely.
    tokio::time::timeout(Duration::from_secs(90), asking).await.expect("it is still held");
}
