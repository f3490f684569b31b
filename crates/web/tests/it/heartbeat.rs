use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

use crate::cafe::{Cafe, must};

#[tokio::test]
async fn a_silent_peer_is_pinged_after_30_seconds_and_gone_after_45() {
    let cafe = Cafe::open().await;
    let mut peer = TcpStream::connect(cafe.address).await.unwrap();
    let handshake = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    peer.write_all(handshake.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let greeted = async {
        while !bytes.ends_with(b"}}") {
            assert!(peer.read_buf(&mut bytes).await.unwrap() > 0);
        }
    };
    must("hello", greeted).await;
    tokio::time::pause();
    let began = Instant::now();
    bytes.clear();
    let mut pinged_at = None;
    while peer.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
        // FIN and PING, no payload.
        if bytes == [0x89, 0x00] {
            pinged_at = Some(began.elapsed().as_secs());
        }
    }
    let gone_at = began.elapsed().as_secs();
    // The session's time began a little before the test's.
    assert!(pinged_at.is_some_and(|at| (29..=30).contains(&at)), "{pinged_at:?} {bytes:?}");
    assert!((44..=45).contains(&gone_at), "{gone_at}");
}
