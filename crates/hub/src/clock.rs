use std::{
    path::Path,
    sync::LazyLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use kiosk_proto::Timestamp;

/// Where time comes from; tests bring their own.
pub trait Clock: Send + Sync + 'static {
    /// The time of day, as far as the box knows.
    fn now(&self) -> Timestamp;

    /// Milliseconds that have gone by since some moment. Nobody sets that, as the time of day is set.
    fn uptime_ms(&self) -> i64 {
        self.now().as_ms()
    }

    /// False while the time is known to be unset: events say so.
    fn is_trusted(&self) -> bool;
}

/// The box's clock.
///
/// A Raspberry Pi has no battery for it: after a power cut it goes on from about where it stood,
/// until the network tells the time. systemd-timesyncd leaves a file when that has happened; where
/// it does not run, the clock is believed once it is past the day this program was written.
#[derive(Debug, Default)]
pub struct SystemClock;

/// 2026-11-01T00:00:00Z.
const WRITTEN_MS: i64 = 1_793_491_200_000;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn uptime_ms(&self) -> i64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn is_trusted(&self) -> bool {
        let timesyncd = Path::new("/run/systemd/timesync");
        if timesyncd.is_dir() {
            timesyncd.join("synchronized").exists()
        } else {
            self.now().as_ms() >= WRITTEN_MS
        }
    }
}
