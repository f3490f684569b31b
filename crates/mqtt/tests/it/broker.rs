//! The embedded broker, with Debian's clients and with hostile ones.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kiosk_mqtt::{BrokerConfig, BrokerError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::cafe::{
    start_broker as start, start_broker_for as start_for, try_start_broker as try_start,
};
use crate::mosquitto::{Subscriber, publish};

/// An MQTT 3.1.1 CONNECT as client `a`, clean session, keep-alive 60 s.
const CONNECT: &[u8] = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";

/// What both protocol versions are tried with.
const VERSIONS: [&str; 2] = ["311", "5"];

#[tokio::test]
async fn a_message_reaches_subscribers_of_either_protocol_version() {
    let broker = start().await;
    for from in VERSIONS {
        for to in VERSIONS {
            let options = ["-q", "1", "-V", to];
            let mut subscriber = Subscriber::start(broker.local_addr(), "a/+", &options).await;
            publish(broker.local_addr(), "a/b", &format!("{from} to {to}"), &["-V", from]).await;
            assert_eq!(subscriber.message().await, format!("a/b {from} to {to}"));
        }
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_retained_message_waits_for_later_subscribers_until_it_is_cleared() {
    let broker = start().await;
    let address = broker.local_addr();
    for version in VERSIONS {
        publish(address, "board", "[7]", &["-r", "-V", version]).await;
        let mut later = Subscriber::start(address, "board", &["-q", "1", "-V", version]).await;
        assert_eq!(later.message().await, "board [7]");
        publish(address, "board", "", &["-r", "-V", version]).await;
        publish(address, "end", "now", &["-V", version]).await;
        let mut latest = Subscriber::start(address, "#", &["-q", "1", "-V", version]).await;
        publish(address, "end", "then", &["-V", version]).await;
        assert_eq!(latest.message().await, "end then");
    }
    broker.stop().await;
}

#[tokio::test]
async fn the_last_will_of_a_killed_client_is_published_and_kept() {
    let broker = start().await;
    let address = broker.local_addr();
    for version in VERSIONS {
        let topic = format!("gadget/{version}/status");
        let mut watcher = Subscriber::start(address, &topic, &["-q", "1"]).await;
        let will = ["--will-topic", &topic, "--will-payload", "offline", "--will-retain"];
        let options = [&will[..], &["--will-qos", "1", "-V", version]].concat();
        Subscriber::start(address, "x", &options).await.kill().await;
        let offline = format!("{topic} offline");
        assert_eq!(watcher.message().await, offline);
        let mut later = Subscriber::start(address, &topic, &["-q", "1"]).await;
        assert_eq!(later.message().await, offline);
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_session_keeps_messages_for_a_gadget_that_is_away() {
    let broker = start().await;
    let address = broker.local_addr();
    let options = ["-q", "1", "-c", "-i", "pager-1"];
    Subscriber::start(address, "pager", &options).await.kill().await;
    publish(address, "pager", "41", &[]).await;
    let mut back = Subscriber::start(address, "pager", &options).await;
    assert_eq!(back.message().await, "pager 41");
    broker.stop().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_that_names_it() {
    let broker = start().await;
    let listen = broker.local_addr();
    let second = try_start(BrokerConfig { listen, ..BrokerConfig::default() }).await;
    let Err(BrokerError::Listen { address, source }) = second else { panic!("{second:?}") };
    assert_eq!((address, source.kind()), (listen, io::ErrorKind::AddrInUse));
    broker.stop().await;
}

#[tokio::test]
async fn a_stopped_broker_has_let_go_of_its_clients_and_its_port() {
    let broker = start().await;
    let listen = broker.local_addr();
    let mut client = connect(listen).await;
    let mut silent = TcpStream::connect(listen).await.unwrap();
    let started = Instant::now();
    broker.stop().await;
    let grace = Duration::from_secs(2);
    assert!(started.elapsed() < grace, "not cut after the grace, but ended");
    for connection in [&mut client, &mut silent] {
        assert!(matches!(connection.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    }
    let again = try_start(BrokerConfig { listen, ..BrokerConfig::default() }).await.unwrap();
    connect(again.local_addr()).await;
    again.stop().await;
}

#[tokio::test]
async fn a_thousand_connections_of_random_bytes_leave_it_serving() {
    let broker = start().await;
    let address = broker.local_addr();
    let mut subscriber = Subscriber::start(address, "a", &["-q", "1"]).await;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for n in 0..1000_u32 {
        let mut bytes = random.bytes();
        // A quarter is garbage from the first byte on; the rest gets as far as the CONNECT's
        // content, a first packet after it, or a will.
        match n % 4 {
            0 => {}
            1 => bytes.splice(0..1, CONNECT[..9].to_vec()).for_each(drop),
            2 => bytes.splice(0..0, CONNECT.to_vec()).for_each(drop),
            _ => bytes[0] = 0x10,
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The broker may close before it has read everything.
        let _ = stream.write_all(&bytes).await;
    }
    publish(address, "a", "still here", &[]).await;
    assert_eq!(subscriber.message().await, "a still here");
    broker.stop().await;
}

#[tokio::test]
async fn half_handshakes_do_not_keep_others_out_and_are_ended() {
    let broker = start().await;
    let address = broker.local_addr();
    let mut halves = Vec::new();
    for _ in 0..50 {
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(&CONNECT[..7]).await.unwrap();
        halves.push(half);
    }
    let started = Instant::now();
    connect(address).await;
    assert!(started.elapsed() < Duration::from_secs(3), "it waited for a time-out");
    for half in &mut halves {
        let ended = timeout(Duration::from_secs(7), half.read(&mut [0; 8])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
    }
    broker.stop().await;
}

#[tokio::test]
async fn more_half_handshakes_than_places_delay_a_client_but_never_shut_it_out() {
    let broker = start().await;
    let address = broker.local_addr();
    let mut halves = Vec::new();
    for _ in 0..100 {
        halves.push(TcpStream::connect(address).await.unwrap());
    }
    timeout(Duration::from_secs(12), connect(address)).await.expect("within two time-outs");
    broker.stop().await;
}

#[tokio::test]
async fn one_client_too_many_is_closed_and_a_place_that_is_freed_is_given_again() {
    let broker = start_for(2).await;
    let address = broker.local_addr();
    let first = connect(address).await;
    let _second = TcpStream::connect(address).await.unwrap();
    let mut third = TcpStream::connect(address).await.unwrap();
    assert!(matches!(third.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    drop(first);
    // The broker learns of the close in its own time; each refusal is an answer to wait for.
    while try_connect(address).await.is_err() {}
    broker.stop().await;
}

#[tokio::test]
async fn sessions_are_bounded_and_those_that_exist_still_serve() {
    const SESSIONS_MAX: usize = 1024;
    let broker = start().await;
    let address = broker.local_addr();
    let mut refused = None;
    for n in 0..=SESSIONS_MAX {
        let (_, code) = connect_as(address, &session_of(n)).await.unwrap();
        if code != 0 {
            refused = Some(n);
        }
    }
    assert_eq!(refused, Some(SESSIONS_MAX));
    let (_, code) = connect_as(address, &session_of(0)).await.unwrap();
    assert_eq!(code, 0);
    broker.stop().await;
}

#[tokio::test]
async fn a_packet_above_the_limit_ends_its_connection_before_it_is_read() {
    let broker = start().await;
    let mut client = connect(broker.local_addr()).await;
    // A PUBLISH of 64 KiB and one byte, of which only the header is sent.
    client.write_all(b"\x30\xfe\xff\x03").await.unwrap();
    let ended = timeout(Duration::from_secs(5), client.read(&mut [0; 8])).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
    broker.stop().await;
}

/// A CONNECT of client `n` with a session that outlives the connection.
fn session_of(n: usize) -> Vec<u8> {
    [b"\x10\x10\x00\x04MQTT\x04\x00\x00\x3c\x00\x04", format!("{n:04}").as_bytes()].concat()
}

/// A connection whose CONNECT was accepted.
async fn connect(address: SocketAddr) -> TcpStream {
    try_connect(address).await.unwrap()
}

async fn try_connect(address: SocketAddr) -> io::Result<TcpStream> {
    let (stream, code) = connect_as(address, CONNECT).await?;
    assert_eq!(code, 0, "refused");
    Ok(stream)
}

/// The connection, and the return code in the CONNACK.
async fn connect_as(address: SocketAddr, connect: &[u8]) -> io::Result<(TcpStream, u8)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(connect).await?;
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).await?;
    assert_eq!(connack[..2], [0x20, 2]);
    Ok((stream, connack[3]))
}

/// Xorshift: the same bytes in each run.
struct Random(u64);

impl Random {
    fn bytes(&mut self) -> Vec<u8> {
        let len = 1 + self.next() % 300;
        (0..len).map(|_| self.next() as u8).collect()
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
