//! How the three dialects of `/ws` put the same things.

use hyper::{HeaderMap, header};
use kiosk_hub::{Form, Position, Published};
use kiosk_proto::{EventMeta, Timestamp, code_name, v1::Event};
use prost::Message as _;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::{
    session::Refused,
    transcode::{Detail, Problem},
};

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
        self.frame("hello", hello, now)
    }

    pub(crate) fn resumed(self, missed: Option<u64>, now: Timestamp) -> Message {
        self.frame("resumed", resumed(missed), now)
    }

    /// `is_last`: of the answers to a call that has several.
    pub(crate) fn reply(
        self,
        id: &str,
        data: impl Serialize,
        is_last: bool,
        now: Timestamp,
    ) -> Message {
        let done = is_last.then_some(true);
        if self == Self::Message {
            return self.envelope("system:ack", Answer { id, data, done }, now);
        }
        Message::Text(to_text(&Frame { event: "reply", id: Some(id), data, done }).into())
    }

    pub(crate) fn error(self, id: Option<&str>, fault: &Fault<'_>, now: Timestamp) -> Message {
        let &Fault { code, message, details } = fault;
        let error = Error { code, message, timestamp: now, details };
        if self == Self::Message {
            return self.envelope("system:error", ErrorFor { id, error }, now);
        }
        Message::Text(to_text(&Frame { event: "error", id, data: error, done: None }).into())
    }

    fn frame(self, event: &str, data: impl Serialize, now: Timestamp) -> Message {
        if self == Self::Message {
            return self.envelope(event, data, now);
        }
        Message::Text(to_text(&Frame { event, id: None, data, done: None }).into())
    }

    fn envelope(self, kind: &str, payload: impl Serialize, now: Timestamp) -> Message {
        let timestamp = Some(now);
        Message::Text(to_text(&Enveloped { kind, id: None, timestamp, payload, at: None }).into())
    }
}

/// Why something was not done: one of the contract's codes, and more for people and programs.
pub(crate) struct Fault<'a> {
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) details: &'a [Detail],
}

impl<'a> From<&'a Refused> for Fault<'a> {
    fn from(Refused(code, message): &'a Refused) -> Self {
        Self { code, message, details: &[] }
    }
}

impl<'a> From<&'a Problem> for Fault<'a> {
    fn from(problem: &'a Problem) -> Self {
        let code = code_name(problem.code);
        Self { code, message: &problem.message, details: &problem.details }
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
struct Frame<'a, D> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    data: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<bool>,
}

#[derive(Serialize)]
struct Answer<'a, D> {
    id: &'a str,
    data: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<bool>,
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
    timestamp: Timestamp,
    details: &'a [Detail],
}

#[derive(Serialize)]
struct ErrorFor<'a> {
    id: Option<&'a str>,
    #[serde(flatten)]
    error: Error<'a>,
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
