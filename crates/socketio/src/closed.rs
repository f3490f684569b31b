/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It said so, or its connection is gone.
    #[error("the client left")]
    Left,
    /// It said nothing within the handshake's time.
    #[error("nothing followed the handshake")]
    NoFollowUp,
    /// It did not answer the heartbeat.
    #[error("no pong came in time")]
    PingTimeout,
    /// It does not take what is sent to it.
    #[error("the client reads too slowly")]
    TooSlow,
    /// It sent a message or a body beyond the announced size.
    #[error("the client sent more than it may")]
    TooBig,
    /// It sent a body that did not arrive in time.
    #[error("a POST took too long")]
    SlowBody,
    /// It broke the protocol.
    #[error("the client broke the protocol: {0}")]
    Violation(#[from] Violation),
}

/// How the protocol was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A packet without so much as a type.
    #[error("a packet is empty")]
    EmptyPacket,
    /// A type that the protocol does not have.
    #[error("a packet has an unknown type")]
    UnknownType,
    /// Only servers send `open` and, but for the probe, `ping`.
    #[error("a client may not send this packet")]
    WrongDirection,
    /// Binary data in a POST that is not base64.
    #[error("binary data is not base64")]
    BadBase64,
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    NotUtf8,
    /// A poll while another waits.
    #[error("two polls at once")]
    SecondPoll,
    /// A POST while another goes on.
    #[error("two posts at once")]
    SecondPost,
    /// Bytes that are no WebSocket frame.
    #[error("not a WebSocket frame")]
    BadFrame,
}

impl Closed {
    /// The close code that a WebSocket client is told.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Left | Self::NoFollowUp | Self::PingTimeout | Self::SlowBody => 1000,
            Self::TooSlow => 4008,
            Self::TooBig => 1009,
            Self::Violation(Violation::NotUtf8) => 1007,
            Self::Violation(_) => 1002,
        }
    }

    /// What it is told beside the code.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Left => "",
            Self::NoFollowUp => "nothing followed the handshake",
            Self::PingTimeout => "no pong came in time",
            Self::TooSlow => "too slow",
            Self::TooBig => "too big",
            Self::SlowBody => "a body took too long",
            Self::Violation(_) => "not the protocol",
        }
    }
}
