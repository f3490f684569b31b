use hdrhistogram::Histogram;
use serde::Serialize;

use crate::output::{Column, grouped, table};

/// Longer is counted as this.
const LATENCY_US_MAX: u64 = 60_000_000;

/// How long things took.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Latency {
    pub(crate) count: u64,
    pub(crate) p50_us: u64,
    p90_us: u64,
    p99_us: u64,
    max_us: u64,
}

impl Latency {
    /// To be filled with microseconds.
    pub(crate) fn histogram() -> Histogram<u64> {
        // The bounds are constants that fit: 1 µs to a minute with 3 digits.
        Histogram::new_with_max(LATENCY_US_MAX, 3).expect("the bounds are sound")
    }

    pub(crate) fn of(latencies_us: impl IntoIterator<Item = u64>) -> Self {
        let mut histogram = Self::histogram();
        for us in latencies_us {
            histogram.saturating_record(us);
        }
        Self::from(&histogram)
    }

    /// Under the titles of [`Self::table`].
    pub(crate) fn row(&self, name: String) -> [String; 6] {
        let count = grouped(self.count as i64);
        if self.count == 0 {
            return [name, count, "-".into(), "-".into(), "-".into(), "-".into()];
        }
        let ms = |us: u64| format!("{:.2}", us as f64 / 1000.0);
        [name, count, ms(self.p50_us), ms(self.p90_us), ms(self.p99_us), ms(self.max_us)]
    }

    pub(crate) fn table(rows: impl IntoIterator<Item = [String; 6]>) -> String {
        let columns = [
            Column::Left("MILLISECONDS"),
            Column::Right("COUNT"),
            Column::Right("P50"),
            Column::Right("P90"),
            Column::Right("P99"),
            Column::Right("MAX"),
        ];
        table(columns, rows)
    }
}

impl From<&Histogram<u64>> for Latency {
    fn from(histogram: &Histogram<u64>) -> Self {
        Self {
            count: histogram.len(),
            p50_us: histogram.value_at_quantile(0.5),
            p90_us: histogram.value_at_quantile(0.9),
            p99_us: histogram.value_at_quantile(0.99),
            max_us: histogram.max(),
        }
    }
}
