//! What a clock may be believed. A Raspberry Pi has no battery for it: it boots in 1970, or some
//! months ago, and learns the time when there is a network, or never.

use std::{fmt, sync::Arc, time::Duration};

use rcgen::{CertificateParams, date_time_ymd};
use rustls::{pki_types::UnixTime, time_provider::TimeProvider};

/// Seconds since 1970, as far as the box knows.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

pub(crate) const DAY: i64 = 24 * 60 * 60;
/// 2026-11-01, when this was written: a clock that says less is wrong.
pub(crate) const WRITTEN: i64 = 1_793_491_200;
/// 2020-01-01. What nobody limits the length of is valid from here on, for clients whose own clock
/// is behind.
pub(crate) const LONG_AGO: i64 = 1_577_836_800;
/// 2100-01-01: a clock that says more says this, so that sums of it are dates.
const LATEST: i64 = 4_102_444_800;

/// The clock, within bounds.
pub(crate) fn read(now: &Now) -> i64 {
    now().clamp(0, LATEST)
}

/// Whether the clock may be right.
pub(crate) fn is_known(now: i64) -> bool {
    now >= WRITTEN
}

/// From when on a certificate's length is counted, if one was issued before. A clock that is known
/// to be wrong stands still there, at least.
pub(crate) fn issue_time(now: i64, issued_before: Option<i64>) -> i64 {
    if is_known(now) { now } else { issued_before.unwrap_or(WRITTEN).max(WRITTEN) }
}

pub(crate) fn set_validity(params: &mut CertificateParams, from: i64, until: i64) {
    let after_1970 = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    params.not_before = date_time_ymd(1970, 1, 1) + after_1970(from);
    params.not_after = date_time_ymd(1970, 1, 1) + after_1970(until);
}

/// By which clients' certificates are checked.
pub(crate) struct Provider(pub(crate) Now);

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}

impl TimeProvider for Provider {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = read(&self.0).max(WRITTEN).unsigned_abs();
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
