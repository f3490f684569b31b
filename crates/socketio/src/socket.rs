use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tracing::debug;

use crate::{
    Closed, Config, Message, engine::Shared, heartbeat::Heartbeat, payload::Received,
    polling::Event, registry::Id, transport::Transport,
};

/// One session with one client, whatever transport it is on at the moment. Dropping it ends it.
///
/// Nothing happens behind its owner's back: heartbeats, polls and upgrades go on while it waits in
/// [`next`](Self::next), which it should do whenever it does nothing else.
pub struct Socket {
    id: Id,
    shared: Arc<Shared>,
    transport: Transport,
    heartbeat: Heartbeat,
    /// One timer for whatever is due first.
    timer: Pin<Box<Sleep>>,
    ended: Option<Closed>,
}

impl Socket {
    pub(crate) fn new(id: Id, shared: Arc<Shared>, transport: Transport) -> Self {
        let heartbeat = Heartbeat::new(&shared.config);
        let timer = Box::pin(sleep_until(heartbeat.due()));
        Self { id, shared, transport, heartbeat, timer, ended: None }
    }

    /// What the client names the session by. Whoever knows it may speak for the session.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the session polls, and has not changed to a WebSocket.
    pub fn is_polling(&self) -> bool {
        matches!(self.transport, Transport::Polling(_))
    }

    /// The client's next message. Cancel-safe: nothing is lost if the future is dropped.
    ///
    /// After an error it says the same again, and only [`close`](Self::close) makes sense.
    pub async fn next(&mut self) -> Result<Message, Closed> {
        if let Some(closed) = self.ended {
            return Err(closed);
        }
        poll_fn(|cx| self.poll_next(cx)).await.map_err(|closed| self.end(closed))
    }

    /// Puts a message into the buffer. Waits only for a client that is behind, and not longer than
    /// [`Config::write_timeout`]: what is ready at the same moment goes out together with the
    /// [`flush`](Self::flush) after it.
    pub async fn feed(&mut self, message: Message) -> Result<(), Closed> {
        self.write(|transport, cx, now, config| transport.poll_room(cx, &message, now, config))
            .await?;
        self.transport.push(message).map_err(|closed| self.end(closed))
    }

    /// Sends what was fed: to the connection, or to the poll that waits. Without a poll it is left
    /// for the next one.
    pub async fn flush(&mut self) -> Result<(), Closed> {
        self.write(|transport, cx, now, _| transport.poll_flush(cx, now)).await
    }

    /// Says goodbye, and why if the client did wrong; takes no longer than
    /// [`Config::close_timeout`].
    pub async fn close(mut self) {
        let within = self.shared.config.close_timeout;
        // Who did not hear it in time is gone all the same.
        let _ = timeout(within, self.transport.close(self.ended)).await;
    }

    fn end(&mut self, closed: Closed) -> Closed {
        debug!(%closed, "a session has ended");
        self.ended = Some(closed);
        // Who left may still be known until it is closed; whom we send away is not.
        if closed != Closed::Left {
            self.shared.registry.remove(&self.id);
        }
        closed
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Closed>> {
        loop {
            let now = Instant::now();
            let config = &self.shared.config;
            match self.transport.poll_event(cx, now, config)? {
                Poll::Ready(Event::Received(Received::Message(message))) => {
                    return Poll::Ready(Ok(message));
                }
                Poll::Ready(Event::Received(Received::Close)) => {
                    return Poll::Ready(Err(Closed::Left));
                }
                Poll::Ready(Event::Received(Received::Pong)) => self.heartbeat.pong(now, config),
                // The probe and the upgrade mean something to a candidate only.
                Poll::Ready(Event::Received(_)) => {}
                Poll::Ready(Event::Upgraded(websocket)) => {
                    self.shared.registry.upgraded(&self.id);
                    self.transport = Transport::WebSocket(websocket);
                }
                // Times are looked at when nothing has come: what was late to be read is not late.
                Poll::Pending => {
                    self.transport.check_times(now, config)?;
                    if self.heartbeat.tick(now, config)? {
                        self.transport.ping()?;
                        continue;
                    }
                    self.transport.idle(now);
                    let transport = self.transport.deadline(config);
                    let heartbeat = self.heartbeat.due();
                    let at = transport.map_or(heartbeat, |deadline| deadline.min(heartbeat));
                    ready!(self.poll_timer(cx, at));
                }
            }
        }
    }

    /// Until the step is done, or the client is too slow for it.
    async fn write(
        &mut self,
        mut step: impl FnMut(
            &mut Transport,
            &mut Context<'_>,
            Instant,
            &Config,
        ) -> Poll<Result<(), Closed>>,
    ) -> Result<(), Closed> {
        if let Some(closed) = self.ended {
            return Err(closed);
        }
        let written = poll_fn(|cx| {
            loop {
                let now = Instant::now();
                let config = &self.shared.config;
                if let Poll::Ready(result) = step(&mut self.transport, cx, now, config) {
                    return Poll::Ready(result);
                }
                self.transport.check_times(now, config)?;
                let Some(at) = self.transport.deadline(config) else { return Poll::Pending };
                ready!(self.poll_timer(cx, at));
            }
        });
        written.await.map_err(|closed| self.end(closed))
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if self.timer.deadline() != at {
            self.timer.as_mut().reset(at);
        }
        self.timer.as_mut().poll(cx)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.shared.registry.remove(&self.id);
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).field("ended", &self.ended).finish()
    }
}
