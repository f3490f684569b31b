//! The WebSocket transport: a packet is a frame.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::{Sink as _, Stream as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Error, Utf8Bytes,
        error::ProtocolError::ResetWithoutClosingHandshake,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::{Closed, Config, Gather, Message, Violation, Wire, payload::Received};

/// Allocated for each connection, for as long as it lives.
const READ_BUFFER_BYTES: usize = 1024;
/// So much is buffered, in about one write, before the client has to take it.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

#[derive(Debug)]
pub(crate) struct WebSocket {
    stream: WebSocketStream<Gather>,
    /// Since when something is in the buffer that the client did not take.
    unflushed_since: Option<Instant>,
    /// At most this is in the buffer.
    buffered_bytes: usize,
}

/// A WebSocket as soon as the answer to its handshake is out; nothing if that fails.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Option<Box<WebSocket>>> + Send + Sync>>;

/// Waits for the upgrade, not longer than that.
pub(crate) fn open(on_upgrade: OnUpgrade, config: &Config, within: Duration) -> Opening {
    let payload_bytes_max = config.payload_bytes_max;
    let pending_bytes_max = config.pending_bytes_max;
    Box::pin(async move {
        let upgraded = timeout(within, on_upgrade).await.ok()?.ok()?;
        // Whoever serves HTTP gave it to hyper as this type.
        let Parts { io, read_buf, .. } = upgraded.downcast::<TokioIo<Wire>>().ok()?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            // Each frame goes to `Gather` at once.
            .write_buffer_size(0)
            // Frames have longer heads than the packets of a poll: after an upgrade, everything that
            // was pending has room. What else there is to buffer is bounded by `poll_room`.
            .max_write_buffer_size(2 * pending_bytes_max + 2 * WRITE_BUFFER_BYTES)
            .max_message_size(Some(payload_bytes_max))
            .max_frame_size(Some(payload_bytes_max));
        let stream = WebSocketStream::from_partially_read(
            Gather::new(io.into_inner()),
            // A copy of the few bytes that are in it, or none: the buffer itself has 8 KiB, and would
            // be kept for as long as the connection lives.
            read_buf.to_vec(),
            Role::Server,
            Some(config),
        );
        Some(Box::new(WebSocket { stream: stream.await, unflushed_since: None, buffered_bytes: 0 }))
    })
}

impl WebSocket {
    /// The next packet. What is in the buffer goes out meanwhile.
    pub(crate) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Closed>> {
        if let Poll::Ready(Err(closed)) = self.poll_flush(cx) {
            return Poll::Ready(Err(closed));
        }
        loop {
            let message = match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Poll::Ready(Err(why(&error))),
                None => return Poll::Ready(Err(Closed::Left)),
            };
            match message {
                tungstenite::Message::Text(text) => {
                    return Poll::Ready(Received::from_text(text).map_err(Closed::from));
                }
                tungstenite::Message::Binary(bytes) => {
                    return Poll::Ready(Ok(Received::Message(bytes.into())));
                }
                // Answers to pings and to a close go out when the next frame is asked for.
                _ => {}
            }
        }
    }

    /// Ready when another message may be put into the buffer: when that is full, after all of it is
    /// out.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        message_bytes: usize,
        config: &Config,
    ) -> Poll<Result<(), Closed>> {
        if message_bytes > config.pending_bytes_max {
            return Poll::Ready(Err(Closed::TooSlow));
        }
        let is_full = self.buffered_bytes >= WRITE_BUFFER_BYTES
            || self.buffered_bytes + message_bytes > config.pending_bytes_max;
        if is_full { self.poll_flush(cx) } else { Poll::Ready(Ok(())) }
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        if self.unflushed_since.is_none() {
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(|error| why(&error))?;
        self.unflushed_since = None;
        self.buffered_bytes = 0;
        Poll::Ready(Ok(()))
    }

    /// When the client is too slow.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Instant> {
        self.unflushed_since.map(|since| since + config.write_timeout)
    }

    pub(crate) fn push(&mut self, message: Message) -> Result<(), Closed> {
        self.push_frame(match message {
            Message::Text(text) => tungstenite::Message::Text(text.frame().clone()),
            Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        })
    }

    /// A packet of the engine's own.
    pub(crate) fn push_control(&mut self, packet: impl Into<Utf8Bytes>) -> Result<(), Closed> {
        self.push_frame(tungstenite::Message::Text(packet.into()))
    }

    fn push_frame(&mut self, frame: tungstenite::Message) -> Result<(), Closed> {
        self.unflushed_since.get_or_insert_with(Instant::now);
        self.buffered_bytes += frame.len();
        Pin::new(&mut self.stream).start_send(frame).map_err(|error| why(&error))
    }

    /// Says why, if the other side still reads, and waits until it has left: bytes that it sent and
    /// nobody read would make the kernel reset the connection, and take the reason back.
    pub(crate) async fn close(&mut self, why: Option<Closed>) -> Result<(), Error> {
        let (code, reason) = why.map_or((1000, ""), |closed| (closed.code(), closed.reason()));
        let reason = Utf8Bytes::from_static(reason);
        self.stream.close(Some(CloseFrame { code: CloseCode::from(code), reason })).await?;
        while self.stream.next().await.transpose()?.is_some() {}
        let stream = self.stream.get_mut();
        stream.shutdown().await?;
        let mut rest = [0; 256];
        while stream.read(&mut rest).await? > 0 {}
        Ok(())
    }
}

fn why(error: &Error) -> Closed {
    match error {
        Error::Capacity(_) => Closed::TooBig,
        Error::WriteBufferFull(_) => Closed::TooSlow,
        Error::Utf8(_) => Violation::NotUtf8.into(),
        Error::Protocol(ResetWithoutClosingHandshake) => Closed::Left,
        Error::Protocol(_) => Violation::BadFrame.into(),
        _ => Closed::Left,
    }
}
