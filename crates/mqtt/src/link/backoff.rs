//! How long to wait before the next attempt to connect.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// The first pause: short, since a broker that restarts is back in a moment.
const PAUSE_MIN: Duration = Duration::from_millis(200);
/// The longest pause: the most a shop waits for its buzzers once the broker is back.
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(10);

/// Pauses that double from 0.2 s to 10 s, each shortened by up to half at random, so that the
/// boxes and gadgets of one shop do not all come back in the same instant.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = pause(self.failures, noise());
        self.failures = self.failures.saturating_add(1);
        pause
    }

    /// Starts over: the connection has proved itself.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

fn pause(failures: u32, noise: u32) -> Duration {
    let longest = PAUSE_MIN.saturating_mul(1 << failures.min(16)).min(PAUSE_MAX);
    longest.mul_f64(1.0 - 0.5 * f64::from(noise) / f64::from(u32::MAX))
}

/// The standard library's per-instance hash keys are random enough to spread reconnects.
fn noise() -> u32 {
    RandomState::new().hash_one(()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_fifth_of_a_second_to_ten_seconds() {
        let longest = |failures| pause(failures, 0).as_millis();
        assert_eq!([0, 1, 2, 5].map(longest), [200, 400, 800, 6400]);
        assert_eq!([6, 7, u32::MAX].map(longest), [10_000; 3]);
    }

    #[test]
    fn jitter_takes_away_at_most_half() {
        assert_eq!(pause(0, u32::MAX), Duration::from_millis(100));
        assert_eq!(pause(9, u32::MAX), Duration::from_secs(5));
    }

    #[test]
    fn a_proved_connection_starts_over() {
        let mut backoff = Backoff::default();
        for _ in 0..8 {
            backoff.next_pause();
        }
        assert!(backoff.next_pause() >= Duration::from_secs(5));
        backoff.reset();
        assert!(backoff.next_pause() <= PAUSE_MIN);
    }
}
