//! A WebSocket with its bounds: message sizes, write buffer and time, heartbeat, close codes.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use kiosk_socketio::{Gather, Wire};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, Sleep, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message, Utf8Bytes,
        error::{CapacityError, ProtocolError::ResetWithoutClosingHandshake},
        protocol::{
            CloseFrame, Role as Side, WebSocketConfig,
            frame::{
                Frame,
                coding::{CloseCode, Data, OpCode},
            },
        },
    },
};

use crate::session::{End, Reason};

/// Clients say little: what they send is longer only when they call.
const READ_BUFFER_BYTES: usize = 1024;
/// The bound of what a session holds for its reader, beside what `Gather` does: one event of the
/// largest size and some.
const WRITE_BUFFER_BYTES_MAX: usize = 176 * 1024;
/// A longer text goes out in frames of this size, each when the one before is out: an answer may be longer
/// than what is held for a reader, and tungstenite keeps a buffer of the largest frame for good.
const FRAGMENT_BYTES: usize = 64 * 1024;
/// A reader that takes longer for a write is too slow.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a closing session tries to say why.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(250);
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(30);
/// With no sign of life for so long after a ping, the other side is gone.
const SILENCE_MAX: Duration = Duration::from_secs(15);

pub(crate) struct Socket {
    stream: WebSocketStream<Gather>,
    heard_at: Instant,
    /// Since it was heard.
    pinged: bool,
    /// Looks whether it is time for a ping. It is not set anew for every message: it looks when it
    /// wakes, and sleeps on.
    heartbeat: Pin<Box<Sleep>>,
}

impl Socket {
    /// Waits for the upgrade; none when the client has left meanwhile.
    pub(crate) async fn upgraded(upgrade: OnUpgrade, message_bytes_max: usize) -> Option<Self> {
        // It was given to hyper as this type, by `server`.
        let Parts { io, read_buf, .. } = upgrade.await.ok()?.downcast().ok()?;
        let io: TokioIo<Wire> = io;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            // Each frame goes to `Gather` at once.
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(message_bytes_max))
            .max_frame_size(Some(message_bytes_max));
        // A copy of the few bytes that are in it, or none: the buffer itself has 8 KiB, and would be
        // kept for as long as the connection lives.
        let (stream, read) = (Gather::new(io.into_inner()), read_buf.to_vec());
        let stream =
            WebSocketStream::from_partially_read(stream, read, Side::Server, Some(config)).await;
        let heartbeat = Box::pin(sleep(HEARTBEAT));
        Some(Self { stream, heard_at: Instant::now(), pinged: false, heartbeat })
    }

    /// The next text or binary message. Can be dropped at any time without loss.
    pub(crate) async fn next(&mut self) -> Result<Message, End> {
        loop {
            tokio::select! {
                message = self.stream.next() => {
                    (self.heard_at, self.pinged) = (Instant::now(), false);
                    match message {
                        Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                            return Ok(message);
                        }
                        // tungstenite answers it; the answer goes out with the next flush.
                        Some(Ok(Message::Ping(_))) => self.flush().await?,
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return Err(end_of(&error)),
                        None => return Err(End::Gone),
                    }
                }
                () = &mut self.heartbeat => self.beat().await?,
            }
        }
    }

    /// Into the buffer; out to the socket only when that is full. Must not be dropped half-way.
    pub(crate) async fn feed(&mut self, message: Message) -> Result<(), End> {
        match message {
            Message::Text(text) if text.len() > FRAGMENT_BYTES => self.feed_long(text.into()).await,
            message => write(self.stream.feed(message)).await,
        }
    }

    async fn feed_long(&mut self, mut text: Bytes) -> Result<(), End> {
        let mut kind = Data::Text;
        while !text.is_empty() {
            let fragment = text.split_to(text.len().min(FRAGMENT_BYTES));
            let frame = Frame::message(fragment, OpCode::Data(kind), text.is_empty());
            write(self.stream.feed(Message::Frame(frame))).await?;
            kind = Data::Continue;
        }
        Ok(())
    }

    pub(crate) async fn flush(&mut self) -> Result<(), End> {
        write(self.stream.flush()).await
    }

    /// Says why, if the other side still reads.
    pub(crate) async fn close(mut self, reason: Reason) {
        let (code, text) = close_frame(reason);
        let frame =
            CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from_static(text) };
        let _ = timeout(CLOSE_TIMEOUT, async {
            self.stream.close(Some(frame)).await?;
            while self.stream.next().await.transpose()?.is_some() {}
            // Until the other side has left: bytes that it sent and nobody read would make the
            // kernel reset the connection, and take the reason back.
            let stream = self.stream.get_mut();
            stream.shutdown().await?;
            let mut rest = [0; 512];
            while stream.read(&mut rest).await? > 0 {}
            Ok::<_, tungstenite::Error>(())
        })
        .await;
    }

    async fn beat(&mut self) -> Result<(), End> {
        let silence = if self.pinged { HEARTBEAT + SILENCE_MAX } else { HEARTBEAT };
        let due = self.heard_at + silence;
        if Instant::now() < due {
            self.heartbeat.as_mut().reset(due);
            return Ok(());
        }
        if self.pinged {
            return Err(End::Gone);
        }
        self.pinged = true;
        self.heartbeat.as_mut().reset(self.heard_at + HEARTBEAT + SILENCE_MAX);
        write(self.stream.send(Message::Ping(bytes::Bytes::new()))).await
    }
}

async fn write(writing: impl Future<Output = Result<(), tungstenite::Error>>) -> Result<(), End> {
    match timeout(WRITE_TIMEOUT, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(tungstenite::Error::WriteBufferFull(_))) | Err(_) => {
            Err(End::Because(Reason::TooSlow))
        }
        Ok(Err(_)) => Err(End::Gone),
    }
}

fn end_of(error: &tungstenite::Error) -> End {
    match error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            End::Because(Reason::TooBig)
        }
        tungstenite::Error::Utf8(_) => End::Because(Reason::NotUtf8),
        tungstenite::Error::Protocol(ResetWithoutClosingHandshake) => End::Gone,
        tungstenite::Error::Protocol(_) => End::Because(Reason::Protocol("not a WebSocket frame")),
        _ => End::Gone,
    }
}

/// The contract's close codes; below 4000 they are RFC 6455's.
fn close_frame(reason: Reason) -> (u16, &'static str) {
    match reason {
        Reason::Stopping => (1001, "the box is stopping"),
        Reason::Protocol(what) => (1002, what),
        Reason::NotText => (1003, "this dialect is text"),
        Reason::NotUtf8 => (1007, "text must be UTF-8"),
        Reason::TooBig => (1009, "a message may have 64 KiB"),
        Reason::NotAllowed => (1008, "show a token first"),
        Reason::Ended => (4001, "the credentials are not valid, or not any more"),
        Reason::Lost(what) => (1011, what),
        Reason::TooSlow => (4008, "too slow: resume from your position"),
        Reason::TooMany => (4029, "too many connections"),
    }
}
