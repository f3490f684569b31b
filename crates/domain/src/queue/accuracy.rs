//! What customers were told, and what came of it.

use std::collections::VecDeque;

use super::spread::Wait;

/// The newest orders that it is told of.
const OUTCOMES_MAX: usize = 200;

/// How well waits were estimated lately: what orders were told when they were placed, against what
/// they took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accuracy {
    /// Orders that it is told of.
    pub orders: usize,
    /// Half of them were told something that was less wrong.
    pub median_error_ms: i64,
    /// How many took as long as the range said that they were told.
    pub within_range: usize,
    /// On average they took so much longer than they were told; shorter if it is below 0.
    pub bias_ms: i64,
}

#[derive(Debug, Default)]
pub(super) struct Outcomes(VecDeque<Outcome>);

#[derive(Debug)]
struct Outcome {
    error_ms: i64,
    is_within: bool,
}

impl Outcomes {
    pub(super) fn add(&mut self, told: Wait, took_ms: i64) {
        if self.0.len() >= OUTCOMES_MAX {
            self.0.pop_front();
        }
        let is_within = (told.earliest_ms..=told.latest_ms).contains(&took_ms);
        self.0.push_back(Outcome { error_ms: took_ms.saturating_sub(told.likely_ms), is_within });
    }

    pub(super) fn accuracy(&self) -> Accuracy {
        let mut errors: Vec<i64> =
            self.0.iter().map(|outcome| outcome.error_ms.saturating_abs()).collect();
        errors.sort_unstable();
        let sum = self.0.iter().fold(0_i64, |sum, outcome| sum.saturating_add(outcome.error_ms));
        let orders = i64::try_from(self.0.len()).unwrap_or(i64::MAX);
        Accuracy {
            orders: self.0.len(),
            median_error_ms: errors.get(errors.len() / 2).copied().unwrap_or(0),
            within_range: self.0.iter().filter(|outcome| outcome.is_within).count(),
            bias_ms: sum.checked_div(orders).unwrap_or(0),
        }
    }
}
