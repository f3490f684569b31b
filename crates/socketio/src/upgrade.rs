use std::{
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    Config,
    payload::{PROBE_ANSWER, Received},
    websocket::{Opening, WebSocket},
};

/// A client whose WebSocket never takes over polls on: it is released so often, and not at once
/// each time.
const RELEASE_INTERVAL: Duration = Duration::from_millis(100);

/// A WebSocket that tries to take over from polling. Until it says so itself, polling goes on as if
/// there were none; if it fails, nobody notices.
#[derive(Debug)]
pub(crate) struct Candidate {
    stage: Stage,
    until: Instant,
    /// Since the probe: when a waiting poll is released next, so that the client can stop polling.
    release_at: Option<Instant>,
}

enum Stage {
    Opening(Opening),
    Open(Box<WebSocket>),
    /// Handed over.
    Gone,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Opening(_) => "Opening",
            Self::Open(_) => "Open",
            Self::Gone => "Gone",
        })
    }
}

impl Candidate {
    pub(crate) fn new(opening: Opening, now: Instant, config: &Config) -> Self {
        let until = now + config.upgrade_timeout;
        Self { stage: Stage::Opening(opening), until, release_at: None }
    }

    /// The WebSocket when it takes over, nothing if it has failed.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
    ) -> Poll<Option<Box<WebSocket>>> {
        if now >= self.until {
            return Poll::Ready(None);
        }
        if let Stage::Opening(opening) = &mut self.stage {
            match ready!(opening.as_mut().poll(cx)) {
                Some(websocket) => self.stage = Stage::Open(websocket),
                None => return Poll::Ready(None),
            }
        }
        let Stage::Open(websocket) = &mut self.stage else { return Poll::Ready(None) };
        loop {
            match (ready!(websocket.poll_receive(cx)), self.release_at) {
                (Ok(Received::Probe), None) => {
                    if websocket.push_control(PROBE_ANSWER).is_err() {
                        return Poll::Ready(None);
                    }
                    self.release_at = Some(now);
                }
                (Ok(Received::Upgrade), Some(_)) => break,
                _ => return Poll::Ready(None),
            }
        }
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Open(websocket) => Poll::Ready(Some(websocket)),
            _ => Poll::Ready(None),
        }
    }

    /// Whether a poll with nothing to take is to be released now.
    pub(crate) fn release(&mut self, now: Instant) -> bool {
        let release = self.release_at.is_some_and(|at| at <= now);
        if release {
            self.release_at = Some(now + RELEASE_INTERVAL);
        }
        release
    }

    pub(crate) fn deadline(&self, a_poll_waits: bool) -> Instant {
        match self.release_at {
            Some(at) if a_poll_waits => at.min(self.until),
            _ => self.until,
        }
    }
}
