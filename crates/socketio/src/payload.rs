//! Engine.IO packets as text, and several of them as the body of a request or an answer.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::{Message, Text, Violation, message::MESSAGE};

/// Between the packets of a body.
const SEPARATOR: char = '\x1e';
/// In front of bytes that are written as base64.
const BINARY: char = 'b';

pub(crate) const CLOSE: &str = "1";
pub(crate) const PING: &str = "2";
pub(crate) const NOOP: &str = "6";
pub(crate) const PROBE: &str = "2probe";
pub(crate) const PROBE_ANSWER: &str = "3probe";

/// A packet from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It leaves.
    Close,
    /// It tries a WebSocket out.
    Probe,
    /// It answers a ping.
    Pong,
    /// It says something.
    Message(Message),
    /// The WebSocket that was tried takes over.
    Upgrade,
    /// Nothing.
    Noop,
}

impl Received {
    /// One packet, as it stands in a WebSocket frame or between separators.
    pub fn from_text(text: Utf8Bytes) -> Result<Self, Violation> {
        match text.chars().next().ok_or(Violation::EmptyPacket)? {
            '1' => Ok(Self::Close),
            '2' if &*text == PROBE => Ok(Self::Probe),
            '0' | '2' => Err(Violation::WrongDirection),
            '3' => Ok(Self::Pong),
            MESSAGE => Ok(Self::Message(Text::from_frame(text).into())),
            '5' => Ok(Self::Upgrade),
            '6' => Ok(Self::Noop),
            _ => Err(Violation::UnknownType),
        }
    }
}

/// The packets of a POST, one at a time: a body of many tiny packets takes no more memory than its
/// bytes. After an error there is nothing more.
#[derive(Debug)]
pub struct Packets {
    body: Utf8Bytes,
    /// Where the next packet begins.
    next: Option<usize>,
}

impl Packets {
    /// Any body; what is wrong with it shows as the packets are taken.
    pub fn new(body: Utf8Bytes) -> Self {
        Self { body, next: Some(0) }
    }

    /// Whether everything was taken.
    pub fn is_empty(&self) -> bool {
        self.next.is_none()
    }
}

impl Iterator for Packets {
    type Item = Result<Received, Violation>;

    fn next(&mut self) -> Option<Self::Item> {
        let from = self.next.take()?;
        let rest = self.body.get(from..)?;
        let length = rest.find(SEPARATOR);
        let packet = &rest[..length.unwrap_or(rest.len())];
        let received = match packet.strip_prefix(BINARY) {
            Some(base64) => from_base64(base64).map(|bytes| Received::Message(bytes.into())),
            None => share(&self.body, packet).and_then(Received::from_text),
        };
        if received.is_ok() {
            self.next = length.map(|length| from + length + SEPARATOR.len_utf8());
        }
        Some(received)
    }
}

/// A part of a text, without a copy. The bytes are checked again: that is cheaper than an argument
/// about unchecked ones.
fn share(whole: &Utf8Bytes, part: &str) -> Result<Utf8Bytes, Violation> {
    let bytes: &Bytes = whole.as_ref();
    Utf8Bytes::try_from(bytes.slice_ref(part.as_bytes())).map_err(|_| Violation::NotUtf8)
}

fn from_base64(base64: &str) -> Result<Bytes, Violation> {
    STANDARD.decode(base64).map(Bytes::from).map_err(|_| Violation::BadBase64)
}

/// The answer to a poll: the messages, and packets of the engine's own after them.
pub fn encode(messages: &[Message], controls: &[&str]) -> String {
    let mut body = String::with_capacity(messages.iter().map(encoded_len).sum());
    for message in messages {
        separate(&mut body);
        match message {
            Message::Text(text) => body.push_str(text.frame()),
            Message::Binary(bytes) => {
                body.push(BINARY);
                STANDARD.encode_string(bytes, &mut body);
            }
        }
    }
    for control in controls {
        separate(&mut body);
        body.push_str(control);
    }
    body
}

fn separate(body: &mut String) {
    if !body.is_empty() {
        body.push(SEPARATOR);
    }
}

/// What a message takes in a body, with its separator.
pub(crate) fn encoded_len(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.frame().len() + 1,
        Message::Binary(bytes) => bytes.len().div_ceil(3) * 4 + 2,
    }
}
