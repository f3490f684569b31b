//! What samples say of how long something takes.

const SECOND_MS: i64 = 1_000;

/// How long something is going to take, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wait {
    /// Half of such waits are shorter.
    pub likely_ms: i64,
    /// One in ten is shorter.
    pub earliest_ms: i64,
    /// One in ten is longer.
    pub latest_ms: i64,
}

impl Wait {
    /// For people, who don't believe a wait of 7 minutes and 38 seconds: up to the next 15 s, over
    /// two minutes 30 s, over ten a minute.
    pub fn rounded_seconds(&self) -> i32 {
        rounded(self.likely_ms, Round::Up)
    }

    /// The same for the beginning of the range, down.
    pub fn earliest_seconds(&self) -> i32 {
        rounded(self.earliest_ms, Round::Down)
    }

    /// The same for the end of the range, up.
    pub fn latest_seconds(&self) -> i32 {
        rounded(self.latest_ms, Round::Up)
    }

    /// What is ready when both are.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            likely_ms: self.likely_ms.max(other.likely_ms),
            earliest_ms: self.earliest_ms.max(other.earliest_ms),
            latest_ms: self.latest_ms.max(other.latest_ms),
        }
    }
}

#[derive(Clone, Copy)]
enum Round {
    Up,
    Down,
}

fn rounded(ms: i64, round: Round) -> i32 {
    let ms = ms.max(0);
    let step_seconds = match ms / SECOND_MS {
        0..120 => 15,
        120..600 => 30,
        _ => 60,
    };
    let step_ms = step_seconds * SECOND_MS;
    let steps = match round {
        Round::Up => ms.saturating_add(step_ms - 1) / step_ms,
        Round::Down => ms / step_ms,
    };
    i32::try_from(steps * step_seconds).unwrap_or(i32::MAX)
}

/// The middle of the samples, and what eight of ten lie between. Few samples have hardly seen the
/// extremes, so the range is wider the fewer there are. None without any.
pub(super) fn spread(samples: &mut [i64]) -> Option<Wait> {
    samples.sort_unstable();
    let count = i64::try_from(samples.len()).ok().filter(|count| *count > 0)?;
    Some(Wait {
        likely_ms: percentile(samples, 50)?,
        earliest_ms: percentile(samples, 10)?.saturating_mul(count) / (count + 2),
        latest_ms: percentile(samples, 90)?.saturating_mul(count + 2) / count,
    })
}

fn percentile(sorted: &[i64], percent: usize) -> Option<i64> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last * percent + 50) / 100).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_samples_have_the_range_of_eight_in_ten_and_few_a_wider_one() {
        let mut many: Vec<i64> = (1..=1_001).rev().collect();
        let wait = spread(&mut many).unwrap();
        assert_eq!((wait.earliest_ms, wait.likely_ms, wait.latest_ms), (100, 501, 902));
        let wait = spread(&mut [100]).unwrap();
        assert_eq!((wait.earliest_ms, wait.likely_ms, wait.latest_ms), (33, 100, 300));
        assert_eq!(spread(&mut []), None);
    }

    #[test]
    fn people_are_told_round_times_that_never_promise_more() {
        let told = |seconds: i64| {
            let ms = seconds * SECOND_MS;
            let wait = Wait { likely_ms: ms, earliest_ms: ms, latest_ms: ms };
            (wait.earliest_seconds(), wait.rounded_seconds(), wait.latest_seconds())
        };
        assert_eq!(told(0), (0, 0, 0));
        assert_eq!(told(1), (0, 15, 15));
        assert_eq!(told(120), (120, 120, 120));
        assert_eq!(told(121), (120, 150, 150));
        assert_eq!(told(601), (600, 660, 660));
        assert_eq!(told(-5), (0, 0, 0));
    }
}
