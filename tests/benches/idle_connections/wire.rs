//! As much of HTTP and WebSocket as a client needs that does nothing.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const READ_BUFFER_BYTES: usize = 1024;
/// RFC 6455, section 5.2.
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// One TCP connection.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self(BufReader::with_capacity(READ_BUFFER_BYTES, stream))
    }

    /// A request on a connection that is kept; the body of its answer.
    pub(crate) async fn request(&mut self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: box\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
        let answer = self.head("200").await;
        let length = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.unwrap().parse().unwrap()];
        self.0.read_exact(&mut body).await.unwrap();
        body
    }

    /// Makes a WebSocket of it, which speaks that subprotocol.
    pub(crate) async fn upgrade(&mut self, path: &str, subprotocol: Option<&str>) {
        let subprotocol = subprotocol
            .map_or_else(String::new, |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
        // The key is the RFC's own example.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: box\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {subprotocol}\r\n"
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
        self.head("101").await;
    }

    /// The head of an answer, which must have that status.
    async fn head(&mut self, status: &str) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).await.unwrap() > 0, "cut off after {head:?}");
        }
        assert_eq!(head.split(' ').nth(1), Some(status), "{head}");
        head
    }

    /// The next message on a WebSocket; pings are answered meanwhile.
    pub(crate) async fn message(&mut self) -> Vec<u8> {
        loop {
            let opcode = self.0.read_u8().await.unwrap() & 0x0f;
            let length = match self.0.read_u8().await.unwrap() {
                126 => self.0.read_u16().await.unwrap().into(),
                127 => self.0.read_u64().await.unwrap(),
                short => short.into(),
            };
            let mut payload = vec![0; length.try_into().unwrap()];
            self.0.read_exact(&mut payload).await.unwrap();
            match opcode {
                PING => self.send_frame(PONG, &payload).await,
                CLOSE => panic!("closed: {}", String::from_utf8_lossy(&payload)),
                _ => return payload,
            }
        }
    }

    /// Says something on a WebSocket.
    pub(crate) async fn send(&mut self, text: &str) {
        self.send_frame(TEXT, text.as_bytes()).await;
    }

    async fn send_frame(&mut self, opcode: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).unwrap();
        assert!(length < 126, "clients that do nothing say little");
        // Clients must mask; a mask of zeros leaves everything as it is.
        let mut frame = vec![0x80 | opcode, 0x80 | length, 0, 0, 0, 0];
        frame.extend(payload);
        self.0.write_all(&frame).await.unwrap();
    }
}
