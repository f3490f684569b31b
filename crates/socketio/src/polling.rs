//! The polling transport: what is sent waits for a poll, what is received comes with posts.

use std::{
    mem::take,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use crate::{
    Closed, Config, Message, Violation,
    payload::{self, CLOSE, NOOP, PING, Packets, Received},
    refusal::Refusal,
    registry::{Ask, Reply},
    upgrade::Candidate,
    websocket::{self, WebSocket},
};

/// A client's last poll and last post travel on two connections, so either may come first.
const LINGER: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Polling {
    asks: mpsc::Receiver<Box<Ask>>,
    /// The poll that waits for something to send.
    waiting: Option<Reply>,
    pending: Vec<Message>,
    pending_bytes: usize,
    pending_since: Option<Instant>,
    /// Not counted among what is pending: who does not take it is ended by the heartbeat.
    ping: bool,
    /// The post that is being read; it is answered when everything in it was taken.
    post: Option<(Packets, Reply)>,
    /// Until when something has to follow the handshake.
    follow_up_until: Option<Instant>,
    candidate: Option<Box<Candidate>>,
    /// The client has left, and a poll of its was told so.
    released: bool,
}

/// What has come, by polling or by what takes over from it.
pub(crate) enum Event {
    Received(Received),
    /// Everything that was pending is in its buffer.
    Upgraded(Box<WebSocket>),
}

impl Polling {
    pub(crate) fn new(asks: mpsc::Receiver<Box<Ask>>, config: &Config) -> Self {
        Self {
            asks,
            waiting: None,
            pending: Vec::new(),
            pending_bytes: 0,
            pending_since: None,
            ping: false,
            post: None,
            follow_up_until: Some(Instant::now() + config.handshake_timeout),
            candidate: None,
            released: false,
        }
    }

    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        config: &Config,
    ) -> Poll<Result<Event, Closed>> {
        loop {
            if let Some(received) = self.read_post()? {
                return Poll::Ready(Ok(Event::Received(received)));
            }
            // Before other requests: those that came after its last frame are too late.
            if let Some(websocket) = self.poll_candidate(cx, now)? {
                return Poll::Ready(Ok(Event::Upgraded(websocket)));
            }
            if !self.take_ask(cx, now, config)? {
                return Poll::Pending;
            }
        }
    }

    /// Ready when a message of this size may be pushed. Polls are answered meanwhile; what is posted
    /// waits to be read.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        message_bytes: usize,
        now: Instant,
        config: &Config,
    ) -> Poll<Result<(), Closed>> {
        loop {
            if self.pending_bytes + message_bytes <= config.pending_bytes_max {
                return Poll::Ready(Ok(()));
            }
            if self.pending.is_empty() {
                return Poll::Ready(Err(Closed::TooSlow));
            }
            self.answer(now);
            if self.pending.is_empty() {
                continue;
            }
            if !self.take_ask(cx, now, config)? {
                return Poll::Pending;
            }
        }
    }

    pub(crate) fn push(&mut self, message: Message) {
        self.pending_since.get_or_insert_with(Instant::now);
        self.pending_bytes += payload::encoded_len(&message);
        self.pending.push(message);
    }

    pub(crate) fn ping(&mut self) {
        self.ping = true;
    }

    /// Gives a waiting poll what is there for it.
    pub(crate) fn answer(&mut self, now: Instant) {
        let Some(reply) = self.waiting.take() else { return };
        if reply.is_closed() {
            return;
        }
        let nothing = self.pending.is_empty() && !self.ping;
        let release = nothing && self.candidate.as_mut().is_some_and(|it| it.release(now));
        if nothing && !release {
            self.waiting = Some(reply);
            return;
        }
        let controls: &[&str] = match (self.ping, release) {
            (true, _) => &[PING],
            (false, true) => &[NOOP],
            (false, false) => &[],
        };
        let body = payload::encode(&self.pending, controls);
        // If the client left in this very moment, the next poll gets it all.
        if reply.send(Ok(body.into())).is_ok() {
            self.forget_pending();
        }
    }

    /// The moment when something has to be done although nothing came.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Instant> {
        let stalled = self.pending_since.map(|since| since + config.write_timeout);
        let candidate = self.candidate.as_ref().map(|it| it.deadline(self.waiting.is_some()));
        [stalled, candidate, self.follow_up_until].into_iter().flatten().min()
    }

    /// Ends with what is pending and the engine's close packet; waits for a poll that takes them.
    pub(crate) async fn close(&mut self) {
        self.wait_for_poll().await;
        self.say_goodbye();
    }

    /// Ends in peace with a client that has left by a post: its poll may have been overtaken.
    pub(crate) async fn linger(&mut self) {
        if !self.released {
            let _ = timeout(LINGER, self.wait_for_poll()).await;
            self.release_for_good();
        }
    }

    async fn wait_for_poll(&mut self) {
        while self.waiting.as_ref().is_none_or(|reply| reply.is_closed()) {
            match self.asks.recv().await.map(|ask| *ask) {
                Some(Ask::Poll(reply)) => self.waiting = Some(reply),
                Some(_) => {}
                None => return,
            }
        }
    }

    /// To a poll that waits already.
    pub(crate) fn say_goodbye(&mut self) {
        if let Some(reply) = self.waiting.take() {
            let _ = reply.send(Ok(payload::encode(&self.pending, &[CLOSE]).into()));
        }
    }

    pub(crate) fn check_times(&self, now: Instant, config: &Config) -> Result<(), Closed> {
        if self.pending_since.is_some_and(|since| now >= since + config.write_timeout) {
            return Err(Closed::TooSlow);
        }
        if self.follow_up_until.is_some_and(|until| now >= until) {
            return Err(Closed::NoFollowUp);
        }
        Ok(())
    }

    /// The next packet of the post, which is answered with the last one.
    fn read_post(&mut self) -> Result<Option<Received>, Closed> {
        let Some((mut packets, reply)) = self.post.take() else { return Ok(None) };
        let received = match packets.next() {
            Some(Ok(received)) => received,
            Some(Err(violation)) => {
                let _ = reply.send(Err(Refusal::BadRequest));
                return Err(violation.into());
            }
            None => return Ok(None),
        };
        if received == Received::Close {
            self.release_for_good();
        }
        if packets.is_empty() || received == Received::Close {
            let _ = reply.send(Ok(Bytes::from_static(b"ok")));
        } else {
            self.post = Some((packets, reply));
        }
        Ok(Some(received))
    }

    /// The client has left: a poll of its own that waits has nothing to wait for.
    fn release_for_good(&mut self) {
        if let Some(reply) = self.waiting.take() {
            self.released = reply.send(Ok(Bytes::from_static(NOOP.as_bytes()))).is_ok();
        }
    }

    fn poll_candidate(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Result<Option<Box<WebSocket>>, Closed> {
        let Some(candidate) = &mut self.candidate else { return Ok(None) };
        let Poll::Ready(result) = candidate.poll(cx, now) else { return Ok(None) };
        self.candidate = None;
        let Some(mut websocket) = result else { return Ok(None) };
        // A client that still polls does so against the protocol; it has not lost anything by it.
        if let Some(reply) = self.waiting.take() {
            let _ = reply.send(Err(Refusal::BadRequest));
        }
        for message in take(&mut self.pending) {
            websocket.push(message)?;
        }
        if take(&mut self.ping) {
            websocket.push_control(PING)?;
        }
        self.forget_pending();
        Ok(Some(websocket))
    }

    /// Whether there was one.
    fn take_ask(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        config: &Config,
    ) -> Result<bool, Closed> {
        let ask = match self.asks.poll_recv(cx) {
            Poll::Ready(Some(ask)) => *ask,
            Poll::Ready(None) => return Err(Closed::Left),
            Poll::Pending => return Ok(false),
        };
        self.follow_up_until = None;
        match ask {
            Ask::Poll(reply) => {
                if self.waiting.as_ref().is_some_and(|waiting| !waiting.is_closed()) {
                    self.say_goodbye();
                    let _ = reply.send(Err(Refusal::BadRequest));
                    return Err(Violation::SecondPoll.into());
                }
                self.waiting = Some(reply);
            }
            // Its client gave up the one before, of which something is still unread.
            Ask::Post(..) if self.post.is_some() => return Err(Violation::SecondPost.into()),
            Ask::Post(packets, reply) => self.post = Some((packets, reply)),
            // A second one is dropped, and its connection with it.
            Ask::Upgrade(on_upgrade) if self.candidate.is_none() => {
                let opening = websocket::open(on_upgrade, config, config.upgrade_timeout);
                self.candidate = Some(Box::new(Candidate::new(opening, now, config)));
            }
            Ask::Upgrade(_) => {}
            Ask::End(closed) => return Err(closed),
        }
        Ok(true)
    }

    fn forget_pending(&mut self) {
        self.pending = Vec::new();
        self.pending_bytes = 0;
        self.pending_since = None;
        self.ping = false;
    }
}
