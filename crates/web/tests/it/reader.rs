//! A client of any dialect on any transport, of which only this matters: which events it has, and
//! from where it can go on.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt as _};
use kiosk_proto::v1::Event;
use prost::Message as _;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::StatusCode},
};

use crate::{
    cafe::{Cafe, must},
    poller::Poller,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Message,
    Proto,
    SocketIo,
    Polling,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Json, Self::Message, Self::Proto, Self::SocketIo, Self::Polling];

    fn is_socket_io(self) -> bool {
        matches!(self, Self::SocketIo | Self::Polling)
    }

    fn path(self) -> &'static str {
        if self == Self::SocketIo { "/socket.io/?EIO=4&transport=websocket" } else { "/ws" }
    }

    fn dialect(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("kiosk.v1.json"),
            Self::Message => Some("kiosk.v1.message"),
            Self::Proto => Some("kiosk.v1.proto"),
            Self::SocketIo | Self::Polling => None,
        }
    }
}

pub(crate) struct Reader {
    kind: Kind,
    wire: Wire,
    /// The last event that it has.
    pub(crate) seq: u64,
    /// The largest frame or packet with an event.
    pub(crate) event_bytes_max: usize,
    /// The server's name for it, and where Socket.IO clients say that they were.
    pub(crate) session_id: String,
    private_id: String,
    offset: String,
}

enum Wire {
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Polling(Box<Poller>),
}

/// What a packet or a frame tells.
enum Told {
    Event(u64),
    Nothing,
}

impl Reader {
    /// Connected, and sent every event from then on.
    pub(crate) async fn connect(cafe: &Cafe, kind: Kind) -> Self {
        Self::try_connect(cafe, kind).await.expect("room for one more")
    }

    /// None: there is no room for one more.
    pub(crate) async fn try_connect(cafe: &Cafe, kind: Kind) -> Option<Self> {
        let stream = must("a connection", TcpStream::connect(cafe.address)).await.unwrap();
        Self::new(cafe, kind, stream, None).await
    }

    /// The same; the kernel does not read much in its place.
    pub(crate) async fn connect_narrow(cafe: &Cafe, kind: Kind) -> Self {
        Self::new(cafe, kind, narrow(cafe.address).await, None).await.unwrap()
    }

    /// Goes on from where it was, on a connection of its own.
    pub(crate) async fn resume(self, cafe: &Cafe) -> Self {
        let stream = must("a connection", TcpStream::connect(cafe.address)).await.unwrap();
        Self::new(cafe, self.kind, stream, Some(&self)).await.unwrap()
    }

    async fn new(cafe: &Cafe, kind: Kind, stream: TcpStream, was: Option<&Self>) -> Option<Self> {
        let wire = match kind {
            Kind::Polling => Wire::Polling(Box::new(Poller::open(cafe.address, stream).await?)),
            _ => Wire::WebSocket(open(cafe, kind, stream, was.map(|was| was.seq)).await?),
        };
        let seq = was.map_or(cafe.head(), |was| was.seq);
        let empty = String::new;
        let mut reader = Self {
            kind,
            wire,
            seq,
            event_bytes_max: 0,
            session_id: empty(),
            private_id: empty(),
            offset: empty(),
        };
        if kind.is_socket_io() {
            reader.join(was).await;
        } else {
            let hello = must("hello", reader.frame()).await.unwrap().into_text().unwrap();
            let hello: Value = serde_json::from_str(&hello).unwrap();
            let data = if kind == Kind::Message { &hello["payload"] } else { &hello["data"] };
            reader.session_id = data["sessionId"].as_str().unwrap().into();
        }
        Some(reader)
    }

    /// Into the namespace, and into the room of all events; or back.
    async fn join(&mut self, was: Option<&Self>) {
        if self.kind == Kind::SocketIo {
            // The handshake.
            must("a packet", self.frame()).await.unwrap();
        }
        let auth = was.map(|was| json!({"pid": was.private_id, "offset": was.offset}));
        self.say(&format!("40{}", auth.unwrap_or(json!({})))).await;
        let connected = must("a packet", self.frame()).await.unwrap().into_text().unwrap();
        let ids: Value = serde_json::from_str(connected.strip_prefix("40").unwrap()).unwrap();
        self.session_id = ids["sid"].as_str().unwrap().into();
        self.private_id = ids["pid"].as_str().unwrap().into();
        match was {
            Some(was) => assert_eq!(self.private_id, was.private_id, "it is not recovered"),
            None => {
                self.say(r#"420["subscribe",{"rooms":["all"]}]"#).await;
                let joined = must("a packet", self.frame()).await.unwrap();
                assert!(joined.to_text().unwrap().starts_with("430["), "{joined}");
            }
        }
    }

    /// Sends a packet or a frame of text.
    pub(crate) async fn say(&mut self, text: &str) {
        match &mut self.wire {
            Wire::WebSocket(socket) => {
                must("a write", socket.send(Message::text(text))).await.unwrap();
            }
            Wire::Polling(poller) => poller.post(text).await,
        }
    }

    /// The number of the next event, or none at the end. It is acknowledged where it must be.
    pub(crate) async fn next(&mut self) -> Option<u64> {
        loop {
            let frame = must("a frame", self.frame()).await?;
            if let Told::Event(seq) = self.read(&frame) {
                self.event_bytes_max = self.event_bytes_max.max(frame.len());
                if self.kind == Kind::Message {
                    let text = frame.to_text().unwrap();
                    let id = after(text, "\"id\":\"", |c| c != '"').unwrap();
                    let ack = json!({"type": "system:ack", "payload": {"id": id}});
                    // Who was dropped can say nothing more.
                    if let Wire::WebSocket(socket) = &mut self.wire {
                        let _ = socket.send(Message::text(ack.to_string())).await;
                    }
                }
                // Messages come again when the acknowledgement was late.
                if self.kind == Kind::Message && seq <= self.seq {
                    continue;
                }
                self.seq = seq;
                return Some(seq);
            }
        }
    }

    /// The next frame or packet that has this in it, as it came.
    pub(crate) async fn raw_with(&mut self, text: &str) -> Vec<u8> {
        loop {
            let frame = must("a frame", self.frame()).await.unwrap().into_data();
            if frame.windows(text.len()).any(|part| part == text.as_bytes()) {
                return frame.into();
            }
        }
    }

    /// Reads every event up to that one, each once and in order.
    pub(crate) async fn read_up_to(&mut self, last: u64) {
        while self.seq < last {
            let expected = self.seq + 1;
            assert_eq!(self.next().await, Some(expected), "{:?}", self.kind);
        }
    }

    /// What was on its way when the connection ended.
    pub(crate) async fn read_to_the_end(&mut self) {
        let mut expected = self.seq + 1;
        while let Some(seq) = self.next().await {
            assert_eq!(seq, expected);
            expected += 1;
        }
    }

    /// As a client should: it says so first.
    pub(crate) async fn leave(mut self) {
        match &mut self.wire {
            Wire::WebSocket(socket) => {
                must("a close", SinkExt::<Message>::close(socket)).await.unwrap()
            }
            Wire::Polling(poller) => poller.post("1").await,
        }
    }

    /// Sends these bytes as they are, where a frame or the body of a post belongs. The server may
    /// close before it has taken them all.
    pub(crate) async fn say_bytes(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::WebSocket(socket) => drop(socket.get_mut().write_all(bytes).await),
            Wire::Polling(poller) => drop(poller.post_bytes(bytes).await),
        }
    }

    /// Sends text in a frame or a post of its own, though it may be refused.
    pub(crate) async fn try_say(&mut self, text: &str) {
        match &mut self.wire {
            Wire::WebSocket(socket) => drop(socket.send(Message::text(text)).await),
            Wire::Polling(poller) => drop(poller.post_bytes(text.as_bytes()).await),
        }
    }

    async fn frame(&mut self) -> Option<Message> {
        let socket = match &mut self.wire {
            Wire::WebSocket(socket) => socket,
            Wire::Polling(poller) => return Some(Message::text(poller.next().await?)),
        };
        loop {
            match socket.next().await?.ok()? {
                message @ (Message::Text(_) | Message::Binary(_)) => return Some(message),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    fn read(&mut self, frame: &Message) -> Told {
        let text = match frame {
            Message::Binary(bytes) => {
                let event = Event::decode(bytes.clone()).unwrap();
                return Told::Event(event.position.unwrap().seq);
            }
            _ => frame.to_text().unwrap(),
        };
        if self.kind.is_socket_io() {
            // The last argument is where the client is.
            let offset = text.strip_suffix("\"]").and_then(|it| it.rsplit_once('"'));
            let Some(offset) = offset else { return Told::Nothing };
            self.offset = offset.1.into();
            let is_own = text.starts_with("42[\"menu:item_changed\"");
            let seq = || offset.1.split('.').nth(1).unwrap().parse().unwrap();
            return if is_own { Told::Event(seq()) } else { Told::Nothing };
        }
        if text.contains("\"resumed\"") {
            return Told::Nothing;
        }
        let seq = after(text, "\"seq\":", |c| c.is_ascii_digit());
        Told::Event(seq.unwrap_or_else(|| panic!("no event: {text}")).parse().unwrap())
    }
}

/// Of a reader of whom the kernel takes little.
pub(crate) async fn narrow(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    must("a connection", socket.connect(address)).await.unwrap()
}

async fn open(
    cafe: &Cafe,
    kind: Kind,
    stream: TcpStream,
    after: Option<u64>,
) -> Option<Box<WebSocketStream<TcpStream>>> {
    let query = match after {
        Some(seq) if kind != Kind::SocketIo => format!("?epoch={}&seq={seq}", cafe.epoch()),
        _ => String::new(),
    };
    let url = format!("ws://{}{}{query}", cafe.address, kind.path());
    let mut request = url.into_client_request().unwrap();
    if let Some(dialect) = kind.dialect() {
        request.headers_mut().insert("sec-websocket-protocol", dialect.parse().unwrap());
    }
    match must("a handshake", client_async(request, stream)).await {
        Ok((socket, _)) => Some(Box::new(socket)),
        Err(Error::Http(refused)) if refused.status() == StatusCode::SERVICE_UNAVAILABLE => None,
        Err(error) => panic!("{error}"),
    }
}

/// The text after `before`, as long as it is of that.
fn after<'a>(text: &'a str, before: &str, is_of: fn(char) -> bool) -> Option<&'a str> {
    let rest = text.split_once(before)?.1;
    rest.split(|c| !is_of(c)).next()
}
