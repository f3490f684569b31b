//! A report is closed: it gets its number and never changes again.

use std::sync::Arc;

use kiosk_proto::{
    Timestamp,
    v1::{DayReport, Person, event::Payload},
};

use crate::{BusinessDate, Change, OrderKey, Rejection, Stamp, State};

/// Where the last Z report ended; all zero before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastClose {
    /// Of the report.
    pub number: i32,
    /// The last event that it counts.
    pub through_seq: u64,
    /// When it was made.
    pub closed_at: Option<Timestamp>,
    /// What all reports have taken in.
    pub grand_total: i64,
    /// The newest order that is counted: the next one has the number after it, or begins a day.
    pub ticket: OrderKey,
}

/// The report was made beside the writer. It counts only if it begins where the last one ended, so
/// that nothing is counted twice or not at all.
pub(crate) fn decide(
    state: &State,
    report: &DayReport,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    let last = state.last_close();
    let number = last.number.checked_add(1);
    let number = number.ok_or(Rejection::TooMany { what: "reports", max: i32::MAX as usize })?;
    if report.number != number || report.after_seq != last.through_seq {
        return Err(Rejection::DayClosed { number: last.number });
    }
    Ok(vec![Payload::DayClosed(Box::new(DayReport {
        closed_at: Some(stamp.now),
        closed_by: Some(Person { id: stamp.actor.id, name: stamp.actor.name.clone() }),
        grand_total_before: last.grand_total,
        grand_total_after: last.grand_total.saturating_add(report.gross.max(0)),
        ..report.clone()
    }))])
}

impl State {
    /// Where the last Z report ended.
    pub fn last_close(&self) -> LastClose {
        self.counters.last_close
    }

    pub(crate) fn day_closed(&mut self, report: &DayReport) -> Vec<Change> {
        let last = self.counters.last_close;
        let newest = report.tickets.last().map(|day| OrderKey {
            date: BusinessDate::parse(&day.business_date).unwrap_or_default(),
            daily_num: day.last,
        });
        self.counters.last_close = LastClose {
            number: last.number.max(report.number),
            through_seq: last.through_seq.max(report.through_seq),
            closed_at: report.closed_at,
            grand_total: last.grand_total.max(report.grand_total_after),
            ticket: last.ticket.max(newest.unwrap_or_default()),
        };
        vec![Change::DayClosed(Arc::new(report.clone()))]
    }
}
