//! The same screens over TLS; what those are told who speak none; and how a device learns to trust.

use kiosk_proto::v1::role::Value as Role;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    cafe::{Cafe, Screen, must},
    hostile_http::assert_serves,
    http_client::{Answer, parse, send},
    reader::{Kind, Reader},
    tunnel::{connect, connector},
};

/// Asks at the TLS port itself.
async fn ask(cafe: &Cafe, method: &str, path: &str) -> Answer {
    let stream = TcpStream::connect(cafe.tls_address.unwrap()).await.unwrap();
    let mut stream = connect(&connector(cafe.tls.as_ref().unwrap()), stream).await;
    let head = format!("{method} {path} HTTP/1.1\r\nHost: box:3443\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut text = String::new();
    // Its end is said, as TLS wants it: else this fails.
    must("an answer", stream.read_to_string(&mut text)).await.unwrap();
    parse(&text)
}

#[tokio::test]
async fn screens_of_each_dialect_and_transport_are_shown_events_over_tls_and_can_resume() {
    let cafe = Cafe::open_behind_tls().await;
    assert_serves(&cafe).await;
    for kind in Kind::ALL {
        let mut reader = Reader::connect(&cafe, kind).await;
        let seq = cafe.put_item("Tea").await;
        reader.read_up_to(seq).await;
        let missed = cafe.put_item("Coffee").await;
        reader.resume(&cafe).await.read_up_to(missed).await;
    }
    let mut screen = Screen::connect(&cafe).await;
    cafe.stop().await;
    // The reason comes through to the end.
    assert_eq!(screen.close_code().await, 1001);
}

#[tokio::test]
async fn a_cookie_that_was_set_over_tls_is_not_shown_without() {
    let cafe = Cafe::open_behind_tls().await;
    let bearer = format!("Authorization: Bearer {}", cafe.pair(Role::Board).await.1);
    let answer = send(cafe.address, "POST", "/session", &[&bearer], "").await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("; secure"), "{cookie}");
}

#[tokio::test]
async fn both_ports_answer_the_same() {
    let cafe = Cafe::open_behind_tls().await;
    for path in ["/healthz", "/readyz", "/api/menus", "/nothing", "/setup"] {
        let plain = send(cafe.plain_address, "GET", path, &[], "").await;
        let tls = ask(&cafe, "GET", path).await;
        assert_eq!((tls.status, tls.body), (plain.status, plain.body), "{path}");
    }
}

#[tokio::test]
async fn who_speaks_plain_http_to_the_port_with_tls_is_told_so() {
    let cafe = Cafe::open_behind_tls().await;
    let address = cafe.tls_address.unwrap();
    let answer = send(address, "GET", "/healthz?x=y", &[], "").await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), Some("https://box/healthz?x=y"));
    let answer = send(address, "POST", "/api/orders", &[], "{}").await;
    assert_eq!((answer.status, &*answer.body), (400, "this port speaks https only\n"));
    // But for what makes a device trust the box: with TLS it would see warnings instead.
    let answer = send(address, "GET", "/ca.pem", &[], "").await;
    assert_eq!((answer.status, &*answer.body), (200, cafe.tls.as_ref().unwrap().ca_pem()));
    assert_eq!(send(address, "GET", "/setup", &[], "").await.status, 200);
    assert_eq!(send(address, "POST", "/setup", &[], "").await.status, 400);
}

#[tokio::test]
async fn two_hundred_unfinished_handshakes_keep_no_screen_waiting() {
    let cafe = Cafe::open_behind_tls().await;
    let mut silent = Vec::new();
    for turn in 0..200 {
        let mut stream = TcpStream::connect(cafe.tls_address.unwrap()).await.unwrap();
        if turn % 2 == 0 {
            stream.write_all(&[0x16, 3, 1]).await.unwrap();
        }
        silent.push(stream);
    }
    let mut screen = Screen::connect(&cafe).await;
    cafe.put_item("Tea").await;
    screen.next_seq().await;
    for stream in &silent {
        let nothing = stream.try_read(&mut [0; 8]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock, "it was given up meanwhile");
    }
}

#[tokio::test]
async fn a_device_gets_the_ca_and_a_page_that_says_what_to_compare() {
    let cafe = Cafe::open_behind_tls().await;
    let tls = cafe.tls.as_ref().unwrap();
    let pem = ask(&cafe, "GET", "/ca.pem").await;
    assert_eq!(pem.body, tls.ca_pem());
    assert_eq!(pem.header("content-type"), Some("application/x-pem-file"));
    let der = ask(&cafe, "HEAD", "/ca.crt").await;
    assert_eq!(der.header("content-type"), Some("application/x-x509-ca-cert"));
    assert_eq!(der.header("content-length"), Some(&*tls.ca_der().len().to_string()));

    let page = ask(&cafe, "GET", "/setup").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for line in page.body.split("<pre>").filter_map(|part| part.split_once("</pre>")) {
        assert!(!line.0.contains('{'), "{}", line.0);
    }
    let shown = page.body.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    assert_eq!(shown.lines().count(), 4);
    assert_eq!(shown.replace('\n', ":"), tls.ca_fingerprint());
    let port = cafe.tls_address.unwrap().port();
    assert_eq!(page.body.matches(&format!("<b>:{port}</b>")).count(), 2);
    assert!(!page.body.contains("<script"));
}

#[tokio::test]
async fn a_browser_may_load_nothing_for_that_page_but_its_own_style() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use sha2::{Digest as _, Sha256};

    let cafe = Cafe::open_behind_tls().await;
    let mut stream = TcpStream::connect(cafe.plain_address).await.unwrap();
    let request = b"GET /setup HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut text = String::new();
    must("an answer", stream.read_to_string(&mut text)).await.unwrap();
    let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = text.lines().find(|line| line.starts_with("content-security-policy: ")).unwrap();
    assert!(policy.contains("default-src 'none';"), "{policy}");
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn a_box_without_tls_says_so() {
    let cafe = Cafe::open().await;
    for path in ["/setup", "/ca.pem", "/ca.crt"] {
        let answer = send(cafe.address, "GET", path, &[], "").await;
        assert_eq!(answer.status, 404);
        assert!(answer.body.contains("[tls]"), "{}", answer.body);
    }
}
