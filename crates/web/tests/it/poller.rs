//! A Socket.IO client that polls: one connection for its polls, one for its posts.

use std::{collections::VecDeque, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::cafe::must;

/// Between two packets of one body.
const SEPARATOR: char = '\u{1e}';

pub(crate) struct Poller {
    polls: Connection,
    posts: Connection,
    path: String,
    packets: VecDeque<String>,
}

/// One that is kept for many requests; a new one when the server has closed it.
struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Poller {
    /// Has made the engine's handshake. None: there is no room for one more.
    pub(crate) async fn open(address: SocketAddr, polls: TcpStream) -> Option<Self> {
        Self::shake_hands(address, polls).await
    }

    /// None: there is no room for one more.
    pub(crate) async fn try_open(address: SocketAddr) -> Option<Self> {
        let polls = must("a connection", TcpStream::connect(address)).await.unwrap();
        Self::shake_hands(address, polls).await
    }

    async fn shake_hands(address: SocketAddr, polls: TcpStream) -> Option<Self> {
        let posts = must("a connection", TcpStream::connect(address)).await.unwrap();
        let (mut polls, posts) = (Connection::new(address, polls), Connection::new(address, posts));
        let path = "/socket.io/?EIO=4&transport=polling";
        // Closed at once, while connections that were left are still being closed.
        let (status, greeting) = polls.ask("GET", path, b"").await?;
        if status == 503 {
            return None;
        }
        let greeting: serde_json::Value = serde_json::from_str(&greeting[1..]).unwrap();
        let path = format!("{path}&sid={}", greeting["sid"].as_str().unwrap());
        Some(Self { polls, posts, path, packets: VecDeque::new() })
    }

    pub(crate) async fn post(&mut self, packet: &str) {
        let answer = self.post_bytes(packet.as_bytes()).await;
        assert_eq!(answer, Some((200, "ok".into())));
    }

    /// Status and body of the answer.
    pub(crate) async fn post_bytes(&mut self, body: &[u8]) -> Option<(u16, String)> {
        must("an answer", self.posts.ask("POST", &self.path, body)).await
    }

    /// The next packet; none when the server knows the session no more.
    pub(crate) async fn next(&mut self) -> Option<String> {
        while self.packets.is_empty() {
            let (status, body) = self.polls.ask("GET", &self.path, b"").await?;
            if status != 200 {
                return None;
            }
            self.packets.extend(body.split(SEPARATOR).map(Into::into));
        }
        let packet = self.packets.pop_front()?;
        if packet == "2" {
            self.post("3").await;
        }
        Some(packet)
    }
}

impl Connection {
    fn new(address: SocketAddr, stream: TcpStream) -> Self {
        Self { address, stream, read: Vec::new() }
    }

    async fn send(&mut self, method: &str, path: &str, body: &[u8]) {
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: box\r\nContent-Length: {length}\r\n\r\n");
        // Who was dropped sees it when it reads.
        let _ = must("a write", self.stream.write_all(&[head.as_bytes(), body].concat())).await;
    }

    /// Status and body; none if there is no whole answer.
    async fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> Option<(u16, String)> {
        self.send(method, path, body).await;
        if let Some(answer) = self.answer().await {
            return Some(answer);
        }
        self.stream = must("a connection", TcpStream::connect(self.address)).await.unwrap();
        self.read.clear();
        self.send(method, path, body).await;
        self.answer().await
    }

    async fn answer(&mut self) -> Option<(u16, String)> {
        let head_bytes = loop {
            match self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.read_more().await?,
            }
        };
        let head = String::from_utf8_lossy(&self.read[..head_bytes]).to_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let end = head_bytes + length.map_or(0, |length| length.parse::<usize>().unwrap());
        while self.read.len() < end {
            self.read_more().await?;
        }
        let body = String::from_utf8(self.read[head_bytes..end].to_vec()).ok()?;
        self.read.drain(..end);
        Some((status, body))
    }

    async fn read_more(&mut self) -> Option<()> {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes).await {
            Ok(count) if count > 0 => self.read.extend_from_slice(&bytes[..count]),
            _ => return None,
        }
        Some(())
    }
}
