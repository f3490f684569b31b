//! Socket.IO packets: what the messages of a session say, each in a namespace, and the bytes that
//! follow some of them.

mod decoder;
mod encode;
mod parse;

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Map, Value};

pub use decoder::Decoder;
pub use encode::{ack, event};

/// Attachments of one packet.
pub const ATTACHMENTS_MAX: usize = 10;
/// The name of a namespace.
pub const NAMESPACE_BYTES_MAX: usize = 256;
/// Names of events that are made on each side and never sent.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// The name of a namespace, with its slash.
pub type Namespace = Cow<'static, str>;

/// The namespace that a client is in that names none.
pub const ROOT: Namespace = Cow::Borrowed("/");

/// One packet, with its attachments if it has any.
///
/// Bytes inside `args` stand there as `{"_placeholder":true,"num":n}`, and in `attachments` at `n`.
#[derive(Debug, Clone, PartialEq)]
pub enum Packet {
    /// A client wants into a namespace; a server lets it in, with `{"sid":…}`.
    Connect {
        /// Which.
        namespace: Namespace,
        /// What the client identifies itself by; what it is told.
        auth: Option<Map<String, Value>>,
    },
    /// Either side leaves a namespace.
    Disconnect {
        /// Which.
        namespace: Namespace,
    },
    /// Something happens: the name, and what goes with it.
    Event {
        /// Where.
        namespace: Namespace,
        /// If there is one, an ack is expected.
        id: Option<u64>,
        /// The first is the name: a string that is not reserved, or a number.
        args: Vec<Value>,
        /// What the placeholders stand for.
        attachments: Vec<Bytes>,
    },
    /// The answer to an event.
    Ack {
        /// Where.
        namespace: Namespace,
        /// That of the event.
        id: u64,
        /// The answer.
        args: Vec<Value>,
        /// What the placeholders stand for.
        attachments: Vec<Bytes>,
    },
    /// A server does not let a client into a namespace.
    ConnectError {
        /// Which.
        namespace: Namespace,
        /// `{"message":…}` and perhaps `data`, or a text.
        error: Value,
    },
}

impl Packet {
    /// Where it belongs.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Connect { namespace, .. }
            | Self::Disconnect { namespace }
            | Self::Event { namespace, .. }
            | Self::Ack { namespace, .. }
            | Self::ConnectError { namespace, .. } => namespace,
        }
    }

    fn args(&self) -> &[Value] {
        match self {
            Self::Event { args, .. } | Self::Ack { args, .. } => args,
            _ => &[],
        }
    }

    fn attachments(&self) -> &[Bytes] {
        match self {
            Self::Event { attachments, .. } | Self::Ack { attachments, .. } => attachments,
            _ => &[],
        }
    }
}

/// What is wrong with a packet. After any of these the session should end, as the two sides no
/// longer agree on what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// There is not even a type.
    #[error("the packet is empty")]
    Empty,
    /// A type that the protocol does not have.
    #[error("the packet's type is unknown")]
    UnknownType,
    /// Not digits and a dash.
    #[error("the number of attachments can't be read")]
    AttachmentCount,
    /// More than [`ATTACHMENTS_MAX`].
    #[error("there are more than {ATTACHMENTS_MAX} attachments")]
    TooManyAttachments,
    /// More than [`NAMESPACE_BYTES_MAX`].
    #[error("the namespace is longer than {NAMESPACE_BYTES_MAX} bytes")]
    LongNamespace,
    /// Digits that are no 64-bit number.
    #[error("the id is too large")]
    BigId,
    /// An ack says what it answers.
    #[error("an ack has no id")]
    MissingId,
    /// Only events and acks have one.
    #[error("this packet has no id")]
    UnexpectedId,
    /// Neither JSON nor, where that is allowed, nothing.
    #[error("the payload is not JSON")]
    BadJson,
    /// JSON inside JSON inside JSON …
    #[error("the payload is too deep")]
    TooDeep,
    /// A connect takes an object, a disconnect nothing.
    #[error("the payload is not of the kind that this packet takes")]
    WrongPayload,
    /// Events and acks carry an array.
    #[error("the payload is not an array")]
    NotAnArray,
    /// An event has at least a name.
    #[error("the event has no name")]
    NoName,
    /// Neither text nor a number.
    #[error("the event's name is neither a string nor a number")]
    BadName,
    /// One of those that are never sent.
    #[error("the event's name is reserved")]
    ReservedName,
    /// A placeholder without a number, or one that no attachment has.
    #[error("a placeholder stands for no attachment")]
    BadPlaceholder,
    /// Bytes that no packet announced.
    #[error("bytes that belong to no packet")]
    UnexpectedBytes,
    /// A packet before the attachments of the one before.
    #[error("a packet has come instead of an attachment")]
    MissingBytes,
    /// More bytes than a payload may have.
    #[error("the packet and its attachments are too big")]
    TooBig,
}
