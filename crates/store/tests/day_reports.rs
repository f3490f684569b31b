//! Closed days: in history as they were closed, in as many rows as it takes.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_domain::Command;
use kiosk_proto::v1::{DayReport, DayTickets, ItemTotal};
use kiosk_store::StoreError;
use prost::Message as _;
use support::{Cafe, fill, open_sound, scrub, with_sled};
use tempfile::tempdir;

/// A report with so many items that is the next one of this café.
fn close(cafe: &mut Cafe, items: i32) -> DayReport {
    let last = cafe.state.last_close();
    let item = |menu_id| ItemTotal {
        menu_id,
        menu_name: "아이스 아메리카노 ".repeat(8),
        gross: i64::MAX,
        ..ItemTotal::default()
    };
    let ticket = DayTickets { business_date: "2026-11-20".into(), last: 7, ..Default::default() };
    let report = DayReport {
        number: last.number + 1,
        after_seq: last.through_seq,
        through_seq: last.through_seq + 3,
        gross: 1_000,
        by_item: (1..=items).map(item).collect(),
        tickets: vec![ticket],
        ..DayReport::default()
    };
    assert!(cafe.run(&Command::CloseDay(Box::new(report.clone()))));
    let last = cafe.state.last_close();
    let closed_by = Some(kiosk_proto::v1::Person { id: 3, name: "Mina".into() });
    let grand_total_before = last.grand_total - 1_000;
    let grand_total_after = last.grand_total;
    let closed_at = last.closed_at;
    DayReport { closed_by, closed_at, grand_total_before, grand_total_after, ..report }
}

fn without_who(report: DayReport) -> DayReport {
    DayReport { closed_by: None, ..report }
}

#[test]
fn reports_come_back_as_they_were_closed_and_the_next_one_goes_on() {
    let mut cafe = Cafe::open();
    let closed = [close(&mut cafe, 0), close(&mut cafe, 300), close(&mut cafe, 1)];
    assert!(closed[1].encoded_len() > 3 * 14 * 1024);
    let dir = tempdir().unwrap();
    let mut opened = fill(dir.path(), &cafe);
    for report in closed {
        let found = opened.reader.day_report(report.number).unwrap().unwrap();
        assert_eq!(without_who(found), without_who(report));
    }
    for missing in [-1, 0, 4, i32::MAX] {
        assert_eq!(opened.reader.day_report(missing).unwrap(), None);
    }
    scrub(&mut opened.writer).unwrap();
    drop(opened);
    let opened = open_sound(dir.path());
    assert_eq!(opened.state, cafe.state);
    let last = opened.state.last_close();
    assert_eq!((last.number, last.through_seq, last.grand_total), (3, 9, 3_000));
}

#[test]
fn a_report_that_lacks_a_piece_is_damaged_and_not_a_shorter_report() {
    let mut cafe = Cafe::open();
    close(&mut cafe, 300);
    let dir = tempdir().unwrap();
    drop(fill(dir.path(), &cafe));
    with_sled(dir.path(), |sled| {
        let last = sled.scan_prefix(b"z\0\0\0\x01").last().unwrap().unwrap().0;
        sled.remove(last).unwrap();
    });
    let mut opened = open_sound(dir.path());
    let read = opened.reader.day_report(1);
    assert!(matches!(read, Err(StoreError::Damaged(_))), "{read:?}");
    assert!(scrub(&mut opened.writer).is_err());
}
