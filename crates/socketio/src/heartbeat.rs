use tokio::time::Instant;

use crate::{Closed, Config};

/// Ping and pong. Its times follow from one another, not from when somebody looked, so that a busy
/// session does not live longer than it should.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// When the next ping goes out; while one waits for its answer, when that is too late.
    due: Instant,
    waiting: bool,
}

impl Heartbeat {
    pub(crate) fn new(config: &Config) -> Self {
        Self { due: Instant::now() + config.ping_interval, waiting: false }
    }

    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// Whether a ping is to be sent now.
    pub(crate) fn tick(&mut self, now: Instant, config: &Config) -> Result<bool, Closed> {
        if now < self.due {
            return Ok(false);
        }
        if self.waiting {
            return Err(Closed::PingTimeout);
        }
        self.waiting = true;
        self.due += config.ping_timeout;
        // Nobody looked for so long that the answer would be late before the question is out.
        if self.due <= now {
            self.due = now + config.ping_timeout;
        }
        Ok(true)
    }

    /// A pong that nobody asked for changes nothing.
    pub(crate) fn pong(&mut self, now: Instant, config: &Config) {
        if std::mem::take(&mut self.waiting) {
            self.due = now + config.ping_interval;
        }
    }
}
