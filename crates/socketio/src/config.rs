use std::time::Duration;

/// What an engine promises its clients, and what it bears from them.
#[derive(Debug, Clone)]
pub struct Config {
    /// So long after the handshake, or after the last pong, a ping is sent. Announced.
    pub ping_interval: Duration,
    /// A ping that has no pong after this time ends the session. Announced.
    pub ping_timeout: Duration,
    /// The largest WebSocket message or POST body that a client may send. Announced.
    pub payload_bytes_max: usize,
    /// The most that is held for a client that does not take it. A fed message that does not fit
    /// waits for room, up to `write_timeout`; one that could never fit is too much at once.
    pub pending_bytes_max: usize,
    /// How long a client may leave untaken what was sent to it, on either transport.
    pub write_timeout: Duration,
    /// How long the body of a POST may take.
    pub body_timeout: Duration,
    /// How long a handshake may stay without anything that follows it: the first poll or post, or
    /// the WebSocket itself.
    pub handshake_timeout: Duration,
    /// How long a WebSocket may try to take over from polling.
    pub upgrade_timeout: Duration,
    /// How long [`Socket::close`](crate::Socket::close) tries to say goodbye.
    pub close_timeout: Duration,
    /// Sessions at the same time; one more is refused with 503.
    pub sessions_max: usize,
}

impl Default for Config {
    /// The heartbeat of the reference server, and bounds that fit a small box.
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            payload_bytes_max: 64 * 1024,
            pending_bytes_max: 256 * 1024,
            write_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(10),
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(1),
            sessions_max: 1_000,
        }
    }
}
