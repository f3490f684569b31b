//! How long the kitchen took lately, by station and load.

use std::collections::{BTreeMap, VecDeque};

use super::spread::{Wait, spread};

/// The load of a sample's bucket, at most; what is more has a bucket of its own.
const BUCKET_LOADS: [i64; 6] = [1, 2, 5, 10, 20, 40];
const BUCKETS: usize = BUCKET_LOADS.len() + 1;

/// The newest ones that a bucket keeps: half an hour to some hours, so that who works now counts
/// and one slow order does not.
const SAMPLES_MAX: usize = 40;
/// A bucket with fewer asks its neighbours, and what nobody has measured is a part of the answer.
const SAMPLES_MIN: usize = 5;
/// Fewer waits that were as long as this one say nothing of how much longer it may be.
const SURVIVORS_MIN: usize = 3;
/// This morning still counts in the evening, and the evening before in the morning; then it is
/// another day's.
const SAMPLE_AGE_MAX_MS: i64 = 18 * 3_600_000;
/// What took longer was forgotten, or bumped at the end of the day.
const TOOK_MAX_MS: i64 = 2 * 3_600_000;
/// Stations that were ever in the settings, more or less; of one more nothing is learnt.
const STATIONS_MAX: usize = 40;

/// Nobody is told that it takes no time at all.
const WAIT_MIN_MS: i64 = 5_000;

/// How long the kitchen takes for so many units before anything was measured; and how much longer
/// it takes for more of them, when only other loads were measured.
fn reference_ms(load: i64) -> i64 {
    load.saturating_mul(30_000).saturating_add(45_000)
}

/// What is believed before anything was measured, in quarters of the reference.
const PRIOR_QUARTERS: [i64; 5] = [2, 3, 4, 6, 8];

#[derive(Debug, Default)]
pub(super) struct Experience(BTreeMap<String, [VecDeque<Sample>; BUCKETS]>);

/// From when so many units had to be made until they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) load: i64,
    pub(super) took_ms: i64,
    pub(super) made_at_ms: i64,
}

/// Loads are compared by this: a part is measured anew in each bucket that it comes down to.
pub(super) fn bucket(load: i64) -> usize {
    BUCKET_LOADS.partition_point(|max| *max < load)
}

impl Experience {
    pub(super) fn learn(&mut self, station: &str, sample: Sample) {
        if !(0..=TOOK_MAX_MS).contains(&sample.took_ms) {
            return;
        }
        if !self.0.contains_key(station) && self.0.len() >= STATIONS_MAX {
            return;
        }
        let samples = &mut self.0.entry(station.into()).or_default()[bucket(sample.load)];
        if samples.len() >= SAMPLES_MAX {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// How much longer it takes until so many units are made, when they have been waited for as
    /// long as that.
    pub(super) fn expect(&self, station: &str, load: i64, waited_ms: i64, now_ms: i64) -> Wait {
        let waited_ms = waited_ms.max(0);
        let mut left: Vec<i64> = self
            .comparable(station, load, now_ms)
            .into_iter()
            .filter(|took_ms| *took_ms > waited_ms)
            .map(|took_ms| took_ms.saturating_sub(waited_ms))
            .collect();
        let known = if left.len() < SURVIVORS_MIN { None } else { spread(&mut left) };
        let mut wait = known.unwrap_or_else(|| overdue(waited_ms));
        wait.likely_ms = wait.likely_ms.max(WAIT_MIN_MS);
        wait.latest_ms = wait.latest_ms.max(wait.likely_ms);
        wait
    }

    /// Samples of a station that are not too old.
    pub(super) fn count(&self, station: &str, now_ms: i64) -> usize {
        let buckets = self.0.get(station).into_iter().flatten();
        buckets.map(|samples| fresh(samples, now_ms).count()).sum()
    }

    /// Where anything was learnt.
    pub(super) fn stations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What waits of that load took, or would have: those of the load's own bucket; if they are too
    /// few, those of the next ones too, and in the end what is believed without any.
    fn comparable(&self, station: &str, load: i64, now_ms: i64) -> Vec<i64> {
        let wanted = reference_ms(load);
        let mut all = Vec::with_capacity(SAMPLES_MAX);
        if let Some(buckets) = self.0.get(station) {
            let own = bucket(load);
            for distance in 0..BUCKETS {
                let nearest = (0..BUCKETS).filter(|it| it.abs_diff(own) == distance);
                for sample in nearest.flat_map(|it| fresh(&buckets[it], now_ms)) {
                    all.push(sample.took_ms.saturating_mul(wanted) / reference_ms(sample.load));
                }
                if all.len() >= SAMPLES_MIN {
                    return all;
                }
            }
        }
        all.extend(PRIOR_QUARTERS.map(|quarters| wanted.saturating_mul(quarters) / 4));
        all
    }
}

/// A clock that was set back makes nothing too old.
fn fresh(samples: &VecDeque<Sample>, now_ms: i64) -> impl Iterator<Item = &Sample> {
    samples
        .iter()
        .filter(move |sample| now_ms.saturating_sub(sample.made_at_ms) <= SAMPLE_AGE_MAX_MS)
}

/// Of a wait that is longer than all that are known: the longer it was, the longer it may be.
fn overdue(waited_ms: i64) -> Wait {
    let likely_ms = waited_ms / 4;
    Wait { likely_ms, earliest_ms: 0, latest_ms: waited_ms }
}
