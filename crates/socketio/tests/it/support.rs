//! A server whose sockets the test drives itself, and clients that know no more than the protocol.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::{http::request::Parts, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use kiosk_socketio::{Config, Engine, Message, Socket, Wire};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::AbortHandle,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, protocol::CloseFrame},
};

/// Sockets that no test has taken yet.
const OPENED_MAX: usize = 1_024;
/// Small, so that a reader that stalls is noticed early.
const SEND_BUFFER_BYTES: u32 = 8 * 1024;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Engine,
    opened: mpsc::Receiver<(Socket, Parts)>,
    accepting: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Times that no test reaches unless it says so.
pub(crate) fn patient() -> Config {
    let long = Duration::from_secs(600);
    Config {
        ping_interval: long,
        ping_timeout: long,
        write_timeout: long,
        body_timeout: long,
        handshake_timeout: long,
        upgrade_timeout: long,
        close_timeout: long,
        ..Config::default()
    }
}

/// What comes to pass without anyone doing anything does so after this time.
pub(crate) const SHORT: Duration = Duration::from_millis(50);

impl Server {
    pub(crate) fn start(config: Config) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(SEND_BUFFER_BYTES).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1_024).unwrap();
        let address = listener.local_addr().unwrap();
        let engine = Engine::new(config);
        let (sender, opened) = mpsc::channel(OPENED_MAX);
        let accepting = tokio::spawn(accept(listener, engine.clone(), sender)).abort_handle();
        Self { address, engine, opened, accepting }
    }

    /// The server's side of the next session.
    pub(crate) async fn opened(&mut self) -> (Socket, Parts) {
        self.opened.recv().await.unwrap()
    }

    /// A session that polls, both its sides.
    pub(crate) async fn polling(&mut self) -> (Polling, Socket) {
        let client = Polling::open(self.address).await;
        (client, self.opened().await.0)
    }

    /// A session on a WebSocket, both its sides; the handshake is done.
    pub(crate) async fn websocket(&mut self) -> (WebSocket, Socket) {
        let mut client = WebSocket::connect(self.address, "").await;
        let (mut socket, _) = self.opened().await;
        // The handshake is sent as soon as the socket is driven.
        socket.flush().await.unwrap();
        assert!(client.text().await.starts_with('0'));
        (client, socket)
    }
}

async fn accept(listener: TcpListener, engine: Engine, opened: mpsc::Sender<(Socket, Parts)>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (engine, opened) = (engine.clone(), opened.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let (engine, opened) = (engine.clone(), opened.clone());
                let open = move |socket, handshake| opened.try_send((socket, handshake)).unwrap();
                async move { Ok::<_, Infallible>(engine.respond(request, open).await) }
            });
            let wire: Wire = Box::new(stream);
            let connection = http1::Builder::new().serve_connection(TokioIo::new(wire), service);
            let _ = connection.with_upgrades().await;
        });
    }
}

/// Every message comes back, until the session ends.
pub(crate) async fn echo(mut socket: Socket) {
    while let Ok(message) = socket.next().await {
        if socket.feed(message).await.is_err() || socket.flush().await.is_err() {
            break;
        }
    }
    socket.close().await;
}

pub(crate) async fn send(socket: &mut Socket, message: impl Into<Message>) {
    socket.feed(message.into()).await.unwrap();
    socket.flush().await.unwrap();
}

/// One HTTP connection that is kept alive.
pub(crate) struct Http {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Http {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, received: Vec::new() }
    }

    pub(crate) async fn send(&mut self, method: &str, query: &str, body: &[u8]) {
        let length = body.len();
        let head = format!(
            "{method} /socket.io/?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        );
        self.stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    }

    /// Nothing if the connection ends instead.
    pub(crate) async fn receive(&mut self) -> Option<Response> {
        let head_bytes = loop {
            match self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None => self.read().await?,
            }
        };
        let head = String::from_utf8(self.received[..head_bytes].to_vec()).unwrap().to_lowercase();
        let body_bytes = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        while self.received.len() < head_bytes + body_bytes {
            self.read().await?;
        }
        let rest = self.received.split_off(head_bytes + body_bytes);
        let whole = std::mem::replace(&mut self.received, rest);
        let body = String::from_utf8(whole[head_bytes..].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Response { status, head, body })
    }

    async fn read(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.received).await.ok()?;
        (read > 0).then_some(())
    }

    pub(crate) async fn request(&mut self, method: &str, query: &str, body: &[u8]) -> Response {
        self.send(method, query, body).await;
        self.receive().await.unwrap()
    }
}

/// A client that polls: one connection for polls, one for posts.
pub(crate) struct Polling {
    pub(crate) polls: Http,
    pub(crate) posts: Http,
    pub(crate) query: String,
    pub(crate) sid: String,
    pub(crate) handshake: serde_json::Value,
}

impl Polling {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let mut polls = Http::connect(address).await;
        let posts = Http::connect(address).await;
        let query = "EIO=4&transport=polling";
        let response = polls.request("GET", query, b"").await;
        assert_eq!(response.status, 200, "{response:?}");
        let handshake: serde_json::Value =
            serde_json::from_str(response.body.strip_prefix('0').unwrap()).unwrap();
        let sid = handshake["sid"].as_str().unwrap().to_owned();
        Self { polls, posts, query: format!("{query}&sid={sid}"), sid, handshake }
    }

    pub(crate) async fn send_poll(&mut self) {
        self.polls.send("GET", &self.query, b"").await;
    }

    pub(crate) async fn receive_poll(&mut self) -> Response {
        self.polls.receive().await.unwrap()
    }

    /// What a poll brings.
    pub(crate) async fn poll(&mut self) -> String {
        self.send_poll().await;
        let response = self.receive_poll().await;
        assert_eq!(response.status, 200, "{response:?}");
        response.body
    }

    pub(crate) async fn send_post(&mut self, body: &str) {
        self.posts.send("POST", &self.query, body.as_bytes()).await;
    }

    pub(crate) async fn receive_post(&mut self) -> Response {
        self.posts.receive().await.unwrap()
    }

    /// With a server that takes what is posted.
    pub(crate) async fn post(&mut self, body: &str) {
        self.send_post(body).await;
        let response = self.receive_post().await;
        assert_eq!((response.status, &*response.body), (200, "ok"));
    }

    /// Posts one message to a server that the test drives itself.
    pub(crate) async fn post_while(&mut self, socket: &mut Socket, body: &str) {
        self.send_post(body).await;
        assert_eq!(socket.next().await, Ok(body[1..].into()));
        assert_eq!(self.receive_post().await.body, "ok");
    }

    /// The status that a poll of this session gets.
    pub(crate) async fn status(&mut self) -> u16 {
        self.send_poll().await;
        self.receive_poll().await.status
    }
}

pub(crate) struct WebSocket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl WebSocket {
    /// Of a session that exists, or, without an id, of a new one.
    pub(crate) async fn connect(address: SocketAddr, sid: &str) -> Self {
        let sid = if sid.is_empty() { String::new() } else { format!("&sid={sid}") };
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket{sid}");
        Self { stream: connect_async(url).await.unwrap().0 }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.send(tungstenite::Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.send(tungstenite::Message::binary(bytes.to_vec())).await.unwrap();
    }

    pub(crate) async fn text(&mut self) -> String {
        self.stream.next().await.unwrap().unwrap().into_text().unwrap().to_string()
    }

    pub(crate) async fn bytes(&mut self) -> Bytes {
        let message = self.stream.next().await.unwrap().unwrap();
        assert!(message.is_binary(), "{message:?}");
        message.into_data()
    }

    /// Until the other side closes; with which code, if it says so.
    pub(crate) async fn closed(mut self) -> Option<CloseFrame> {
        let mut frame = None;
        while let Some(Ok(message)) = self.stream.next().await {
            if let tungstenite::Message::Close(close) = message {
                frame = close;
            }
        }
        frame
    }
}
