//! How the three dialects of `/ws` put the same things.

use hyper::{HeaderMap, header};
use kiosk_hub::{Form, Position, Published};
use kiosk_proto::{EventMeta, Timestamp, v1::Event};
use prost::Message as _;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::frame::Unread;
use crate::session::Refused;

/// What is spoken on a connection; agreed on as its WebSocket subprotocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{"event", "data", "seq", "epoch"}`.
    Json,
    /// `{"type", "id", "timestamp", "payload", …}`; what has an id is sent again until it is
    /// acknowledged.
    Message,
    /// Events are protobuf; all else as in `Json`.
    Proto,
}

impl Dialect {
    const ALL: [Self; 3] = [Self::Json, Self::Message, Self::Proto];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "kiosk.v1.json",
            Self::Message => "kiosk.v1.message",
            Self::Proto => "kiosk.v1.proto",
        }
    }

    /// The first that the client offers and the box knows.
    pub(crate) fn offered(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
        let mut offered =
            values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        offered.find_map(|name| Self::ALL.into_iter().find(|known| known.name() == name.trim()))
    }

    /// None for what can't be said in this dialect.
    pub(crate) fn event(self, event: &Published) -> Option<Message> {
        let (form, encode): (_, fn(&Event) -> bytes::Bytes) = match self {
            Self::Json => return text(event.json()),
            Self::Message => (Form::Message, message),
            Self::Proto => (Form::Binary, |event| event.encode_to_vec().into()),
        };
        let bytes = event.encoded(form, encode);
        if self == Self::Proto { Some(Message::Binary(bytes.clone())) } else { text(bytes) }
    }

    pub(crate) fn hello(self, hello: &Hello<'_>, now: Timestamp) -> Message {
        self.frame("hello", None, json!(hello), now)
    }

    pub(crate) fn resumed(self, missed: Option<u64>, now: Timestamp) -> Message {
        self.frame("resumed", None, resumed(missed), now)
    }

    pub(crate) fn reply(self, id: &str, data: Value, now: Timestamp) -> Message {
        self.frame("reply", Some(id), data, now)
    }

    pub(crate) fn error(self, unread: &Unread, now: Timestamp) -> Message {
        let Unread { id, why: Refused(code, message) } = unread;
        let data = json!({"code": code, "message": message, "timestamp": now, "details": []});
        self.frame("error", id.as_deref(), data, now)
    }

    fn frame(self, event: &str, id: Option<&str>, data: Value, now: Timestamp) -> Message {
        let text = match self {
            Self::Json | Self::Proto => to_text(&Frame { event, id, data }),
            Self::Message => {
                let kind = match event {
                    "reply" => "system:ack",
                    "error" => "system:error",
                    other => other,
                };
                let payload = match (kind, data) {
                    ("system:ack", data) => json!({"id": id, "data": data}),
                    ("system:error", Value::Object(mut error)) => {
                        error.insert("id".into(), json!(id));
                        Value::Object(error)
                    }
                    (_, data) => data,
                };
                to_text(&Enveloped { kind, id: None, timestamp: Some(now), payload, at: None })
            }
        };
        Message::Text(text.into())
    }
}

/// What a client is greeted with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hello<'a> {
    pub(crate) session_id: &'a str,
    pub(crate) epoch: String,
    pub(crate) seq: u64,
    pub(crate) role: String,
    pub(crate) server_time: Timestamp,
    pub(crate) heartbeat_seconds: u64,
}

/// How resuming went, as data.
pub(crate) fn resumed(missed: Option<u64>) -> Value {
    json!({"recovered": missed.is_some(), "missed": missed.unwrap_or(0)})
}

/// The id under which `kiosk.v1.message` has a durable event acknowledged.
pub(crate) fn message_id(epoch: impl std::fmt::Display, seq: u64) -> String {
    format!("{epoch}:{seq}")
}

/// The number of the event with that id.
pub(crate) fn seq_of(id: &str, head: Position) -> Option<u64> {
    let (epoch, seq) = id.split_once(':')?;
    (epoch == head.epoch.to_string()).then(|| seq.parse().ok())?
}

#[derive(Serialize)]
struct Frame<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    data: Value,
}

/// A frame of `kiosk.v1.message`.
#[derive(Serialize)]
struct Enveloped<'a, P> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    timestamp: Option<Timestamp>,
    payload: P,
    #[serde(flatten)]
    at: Option<At<'a>>,
}

#[derive(Serialize)]
struct At<'a> {
    seq: u64,
    epoch: &'a str,
}

fn message(event: &Event) -> bytes::Bytes {
    let kind = event.payload.as_ref().map_or("unknown", |payload| &*EventMeta::of(payload).name);
    let position = event.position.as_ref();
    let at = position.map(|position| At { seq: position.seq, epoch: &position.epoch });
    let id = position.map(|position| message_id(&position.epoch, position.seq));
    let payload = &event.payload;
    to_text(&Enveloped { kind, id, timestamp: event.time, payload, at }).into()
}

fn to_text(frame: &impl Serialize) -> String {
    // Keys are text and values are JSON already: nothing here can fail.
    serde_json::to_string(frame).expect("a frame is always JSON")
}

fn text(bytes: &bytes::Bytes) -> Option<Message> {
    Utf8Bytes::try_from(bytes.clone()).ok().map(Message::Text)
}
