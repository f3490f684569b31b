//! Those who do not finish, who speak something else, and who come back.

use std::time::Duration;

use kiosk_tls::AcceptError;
use rustls::{
    HandshakeKind,
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Instant,
};

use crate::support::{Port, TODAY, TestBox, client, client_with, must};

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (stream, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn two_hundred_unfinished_handshakes_keep_nobody_waiting() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let port = Port::open(&tls).await;
    let mut silent = Vec::new();
    for turn in 0..200 {
        // Nothing, or the first bytes of a client hello.
        let begin: &[u8] = if turn % 2 == 0 { &[] } else { &[0x16, 3, 1, 2, 0, 1] };
        silent.push(port.keep_waiting(begin).await);
    }
    port.meet(client(&tls, TODAY)).await.unwrap();
    assert!(silent.iter().all(|silent| !silent.handshake.is_finished()), "it waited for them");
    for silent in silent {
        drop(silent.stream);
        assert!(!must("its end", silent.handshake).await.unwrap());
    }
}

#[tokio::test]
async fn a_handshake_that_takes_longer_than_five_seconds_is_over() {
    let the_box = TestBox::new();
    let acceptor = the_box.open().acceptor("h2", true).unwrap();
    for begin in [&[][..], &[0x16, 3, 1]] {
        let (mut stream, accepted) = pair().await;
        stream.write_all(begin).await.unwrap();
        tokio::time::pause();
        let began = Instant::now();
        let error = acceptor.accept(accepted).await.unwrap_err();
        assert!(matches!(error, AcceptError::TimedOut), "{error}");
        assert!(began.elapsed() < Duration::from_millis(5_100));
        tokio::time::resume();
        // Reset, if there was something that nobody read.
        assert_eq!(must("the end", stream.read(&mut [0; 64])).await.unwrap_or(0), 0);
    }
}

#[tokio::test]
async fn one_that_speaks_something_else_is_handed_back_untouched() {
    let the_box = TestBox::new();
    let acceptor = the_box.open().acceptor("http/1.1", false).unwrap();
    let (mut stream, accepted) = pair().await;
    stream.write_all(b"GET / HTTP/1.1").await.unwrap();
    let error = must("an end", acceptor.accept(accepted)).await.unwrap_err();
    let AcceptError::NotTls(mut given_back) = error else { panic!("{error}") };
    let mut read = [0; 5];
    must("its bytes", given_back.read_exact(&mut read)).await.unwrap();
    assert_eq!(&read, b"GET /");

    // What is neither one nor the other is an error, not a panic.
    for nonsense in [&[0x16; 100][..], &[0x16, 3, 3, 0, 0], &[0x16, 3, 1, 0xff, 0xff, 0]] {
        let (mut stream, accepted) = pair().await;
        stream.write_all(nonsense).await.unwrap();
        drop(stream);
        let error = must("an end", acceptor.accept(accepted)).await.unwrap_err();
        assert!(matches!(error, AcceptError::Failed(_)), "{error}");
    }
}

#[tokio::test]
async fn both_versions_are_spoken_and_who_comes_back_goes_on_with_a_ticket() {
    let the_box = TestBox::new();
    let tls = the_box.open();
    let port = Port::open(&tls).await;
    for version in [&TLS12, &TLS13] {
        let config = client_with(&tls, TODAY, None, &[version]);
        let (first, _) = port.meet(config.clone()).await.unwrap();
        let connection = first.get_ref().1;
        assert_eq!(connection.protocol_version(), Some(version.version));
        assert_eq!(connection.alpn_protocol(), Some(&b"h2"[..]));
        assert_eq!(connection.handshake_kind(), Some(HandshakeKind::Full));
        let (second, _) = port.meet(config).await.unwrap();
        assert_eq!(second.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
    }
}
