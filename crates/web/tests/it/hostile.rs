//! Bytes that no screen of ours sends: a close that says why, and the server goes on.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    cafe::{Cafe, Screen, must},
    hostile_http::assert_serves,
    reader::{Kind, Reader},
};

#[tokio::test]
async fn what_is_not_a_message_of_the_dialect_closes_with_its_code() {
    let cafe = Cafe::open().await;
    let text = |bytes: &'static [u8]| Frame::message(bytes, OpCode::Data(Data::Text), true);
    let reserved = Frame::message(&b"{}"[..], OpCode::Data(Data::Reserved(5)), true);
    let orphan = Frame::message(&b"{}"[..], OpCode::Data(Data::Continue), true);
    for (what, message, code) in [
        ("64 KiB and one", Message::text("x".repeat(64 * 1024 + 1)), 1009),
        ("a megabyte", Message::text("x".repeat(1024 * 1024)), 1009),
        ("binary", Message::binary(vec![0; 10]), 1003),
        ("not UTF-8", Message::Frame(text(b"{\"event\":\"\xff\xfe\"}")), 1007),
        ("a reserved opcode", Message::Frame(reserved), 1002),
        ("a continuation of nothing", Message::Frame(orphan), 1002),
    ] {
        let mut screen = Screen::connect(&cafe).await;
        // The server may close before it has taken all.
        let _ = futures_util::SinkExt::send(&mut screen.socket, message).await;
        assert_eq!(screen.close_code().await, code, "{what}");
    }
    cafe.is_empty().await;
    // The largest that fits is read, and answered.
    let mut screen = Screen::connect(&cafe).await;
    screen.send_raw(Message::text("x".repeat(64 * 1024))).await;
    assert_eq!(screen.next().await["event"], "error");
}

/// In many fragments that each are small.
#[tokio::test]
async fn a_message_can_not_grow_past_its_bound_in_fragments() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    let fragment =
        |data| Message::Frame(Frame::message(vec![b'x'; 1024], OpCode::Data(data), false));
    screen.send_raw(fragment(Data::Text)).await;
    for _ in 0..64 {
        screen.send_raw(fragment(Data::Continue)).await;
    }
    assert_eq!(screen.close_code().await, 1009);
}

#[tokio::test]
async fn headers_that_dribble_in_are_waited_for_no_longer_than_five_seconds() {
    let cafe = Cafe::open().await;
    for said in ["", "GET /ws HT", "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: webso"] {
        let mut slow = TcpStream::connect(cafe.address).await.unwrap();
        slow.write_all(said.as_bytes()).await.unwrap();
        tokio::time::pause();
        let began = Instant::now();
        let mut rest = Vec::new();
        let _ = slow.read_to_end(&mut rest).await;
        let took = began.elapsed();
        tokio::time::resume();
        assert!(took < Duration::from_millis(5_100), "{took:?} after {said:?}");
    }
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn random_bytes_before_and_after_the_handshake_leave_it_serving() {
    let cafe = Cafe::open().await;
    let mut random = Random::new();
    let handshake = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for turn in 0..200 {
        let before = if turn % 2 == 0 { handshake } else { "" };
        let mut stream = TcpStream::connect(cafe.address).await.unwrap();
        let noise = random.bytes(turn * 17 % 5_000);
        // It may close before all is sent.
        let _ = stream.write_all(&[before.as_bytes(), &noise].concat()).await;
        let _ = stream.shutdown().await;
        let mut rest = Vec::new();
        let _ = must("its end", stream.read_to_end(&mut rest)).await;
    }
    cafe.is_empty().await;
    assert_serves(&cafe).await;
}

#[tokio::test]
async fn noise_in_any_dialect_ends_that_session_alone() {
    let cafe = Cafe::open().await;
    let mut random = Random::new();
    let mut bystanders = Vec::new();
    for kind in Kind::ALL {
        bystanders.push(Reader::connect(&cafe, kind).await);
    }
    for turn in 0..200 {
        let kind = Kind::ALL[turn % Kind::ALL.len()];
        let mut reader = Reader::connect(&cafe, kind).await;
        match turn / Kind::ALL.len() % 4 {
            0 => reader.say_bytes(&random.bytes(turn)).await,
            // Half a frame, of a length that is a lie.
            1 => reader.say_bytes(&[&[0x81, 0xfe], &random.bytes(turn)[..]].concat()).await,
            // Words of the protocols in any order.
            2 => reader.try_say(&random.words(turn % 40)).await,
            _ => reader.try_say(&format!("42[{}", "[".repeat(turn * 50))).await,
        }
    }
    let seq = cafe.put_item("Tea").await;
    for reader in &mut bystanders {
        reader.read_up_to(seq).await;
    }
    assert_serves(&cafe).await;
    drop(bystanders);
    // Those that polled and left are found out when there is something for them.
    cafe.put_item("Coffee").await;
    cafe.is_empty().await;
}

struct Random(u64);

impl Random {
    /// The same in every run.
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 24
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 20] = [
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "4",
            "2",
            "5",
            "1-",
            "b",
            "\u{1e}",
            "\"event\"",
            "\"subscribe\"",
            "\"rooms\"",
            "null",
            "-1",
            "1e999",
            "/x,",
        ];
        (0..count).map(|_| WORDS[self.next() as usize % WORDS.len()]).collect()
    }
}
