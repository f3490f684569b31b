use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// The simulated time of day, from opening on.
pub(super) struct Clock {
    began: Instant,
    pace: Pace,
}

/// How fast it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    Times(f64),
    Max,
}

impl Clock {
    pub(super) fn start(pace: Pace) -> Self {
        Self { began: Instant::now(), pace }
    }

    /// Real time since opening.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns when it is so late, at once if it is later.
    pub(super) async fn until(&self, time: Duration) {
        if let Pace::Times(times) = self.pace {
            sleep_until(self.began + time.div_f64(times)).await;
        }
    }

    /// Returns when so much time has gone by.
    pub(super) async fn pass(&self, time: Duration) {
        if let Pace::Times(times) = self.pace {
            sleep(time.div_f64(times)).await;
        }
    }
}

pub(super) fn parse_speed(text: &str) -> Result<Pace, String> {
    let times = || text.parse().ok().filter(|times| (0.1..=100_000.0).contains(times));
    match text {
        "max" => Ok(Pace::Max),
        _ => times().map(Pace::Times).ok_or_else(|| "expected 0.1 to 100000, or max".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_a_bounded_number_or_max() {
        assert_eq!(parse_speed("max"), Ok(Pace::Max));
        assert_eq!(parse_speed("720"), Ok(Pace::Times(720.0)));
        for wrong in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(parse_speed(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn simulated_time_goes_by_as_fast_as_asked() {
        let began = Instant::now();
        let clock = Clock { began, pace: Pace::Times(60.0) };
        clock.until(Duration::from_secs(600)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(10));
        clock.until(Duration::from_secs(300)).await;
        clock.pass(Duration::from_secs(60)).await;
        assert_eq!(began.elapsed(), Duration::from_secs(11));
    }
}
