//! How long lines took, by station.

use std::collections::BTreeMap;

use kiosk_proto::{
    Timestamp,
    v1::{OrderItem, StationTimes},
};

use crate::limits::REPORT_STATIONS_MAX;

/// What took longer was forgotten by people, or the clock jumped.
const SECONDS_MAX: i64 = 24 * 60 * 60;

/// How often each number of seconds was needed: exact, and never larger than a day has seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(BTreeMap<String, BTreeMap<i32, i64>>);

impl Times {
    /// A line that was done; `ordered_at` is its order's time.
    pub(crate) fn count(&mut self, item: &OrderItem, ordered_at: Option<Timestamp>) {
        let began = item.remade_at.or(item.added_at).or(ordered_at);
        let Some((began, done)) = began.zip(item.done_at) else { return };
        let ms = done.as_ms().saturating_sub(began.as_ms());
        let seconds = ms.div_euclid(1_000).clamp(0, SECONDS_MAX);
        let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
        let is_full = self.0.len() >= REPORT_STATIONS_MAX;
        let is_known = self.0.contains_key(&item.station);
        let station = if is_full && !is_known { "" } else { &*item.station };
        *self.0.entry(station.into()).or_default().entry(seconds).or_default() += 1;
    }

    pub(crate) fn totals(&self) -> Vec<StationTimes> {
        let times = |(station, times): (&String, &BTreeMap<i32, i64>)| StationTimes {
            station: station.clone(),
            lines: times.values().sum(),
            median_seconds: percentile(times, 50),
            p90_seconds: percentile(times, 90),
            longest_seconds: times.last_key_value().map_or(0, |(seconds, _)| *seconds),
        };
        self.0.iter().map(times).collect()
    }
}

/// The shortest time that so many of a hundred did not exceed.
fn percentile(times: &BTreeMap<i32, i64>, percent: i64) -> i32 {
    let all: i64 = times.values().sum();
    let wanted = (all * percent + 99) / 100;
    let mut seen = 0;
    let reached = times.iter().find(|(_, count)| {
        seen += **count;
        seen >= wanted
    });
    reached.map_or(0, |(seconds, _)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let of = |seconds: &[i32], percent| {
            let mut times = BTreeMap::new();
            seconds.iter().for_each(|it| *times.entry(*it).or_default() += 1);
            percentile(&times, percent)
        };
        assert_eq!((of(&[], 50), of(&[7], 50), of(&[7], 90)), (0, 7, 7));
        assert_eq!((of(&[1, 2], 50), of(&[1, 2, 9], 50), of(&[1, 2], 90)), (1, 2, 2));
        let ten: Vec<i32> = (1..=10).collect();
        assert_eq!((of(&ten, 50), of(&ten, 90)), (5, 9));
        assert_eq!((of(&[3, 3, 3, 60], 50), of(&[3, 3, 3, 60], 90)), (3, 60));
    }
}
