use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::latency::Latency;

/// Every answer of the box, by what it was asked to do.
#[derive(Default)]
pub(super) struct Load(BTreeMap<&'static str, Histogram<u64>>);

/// How much the box did, and how fast.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoadReport {
    commands: u64,
    orders_per_second: f64,
    commands_per_second: f64,
    /// Request to answer, refusals included, by the command's name.
    answers: BTreeMap<&'static str, Latency>,
}

impl Load {
    pub(super) fn answered(&mut self, what: &'static str, took: Duration) {
        let histogram = self.0.entry(what).or_insert_with(Latency::histogram);
        histogram.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(super) fn report(&self, orders: u64, seconds: f64) -> LoadReport {
        let commands = self.0.values().map(Histogram::len).sum();
        let answers = self.0.iter().map(|(what, answers)| (*what, Latency::from(answers)));
        LoadReport {
            commands,
            orders_per_second: orders as f64 / seconds,
            commands_per_second: commands as f64 / seconds,
            answers: answers.collect(),
        }
    }
}

impl LoadReport {
    pub(super) fn table(&self) -> String {
        let rows = self.answers.iter().map(|(what, latency)| latency.row((*what).to_owned()));
        format!(
            "{} commands: {:.0} a second, {:.0} orders a second\n\n{}",
            self.commands,
            self.commands_per_second,
            self.orders_per_second,
            Latency::table(rows)
        )
    }
}
