//! Queries over history, also while it is written.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

use kiosk_domain::Change;
use kiosk_proto::v1::Order;
use kiosk_store::Applied;
use support::{Cafe, fill, open_sound};
use tempfile::tempdir;

#[test]
fn readers_see_whole_batches_while_the_writer_writes() {
    let cafe = Cafe::busy_days(3, 150, 2);
    let dir = tempdir().unwrap();
    let opened = open_sound(dir.path());
    let (mut writer, reader) = (opened.writer, opened.reader);
    let is_done = AtomicBool::new(false);
    let last_day = *cafe.days().last().unwrap();
    let versions = versions(&cafe);
    thread::scope(|scope| {
        for _ in 0..3 {
            let reader = reader.clone();
            let (cafe, versions, is_done) = (&cafe, &versions, &is_done);
            scope.spawn(move || {
                while !is_done.load(SeqCst) {
                    for order in reader.orders_of_day(last_day, 0, 200).unwrap() {
                        let found = reader.order(&order.order_id).unwrap().unwrap();
                        assert_eq!(found.order_id, order.order_id);
                        assert!(versions[&order.order_id].contains(&found), "{found:?}");
                    }
                    let entries = reader.ledger(1, None, 50).unwrap();
                    for entry in &entries {
                        assert_eq!(cafe.ledger.get(&(1, entry.entry_num)), Some(entry));
                    }
                    assert!(entries.is_sorted_by(|a, b| a.entry_num == b.entry_num + 1));
                }
            });
        }
        cafe.catch_up(&mut writer, Applied::default()).unwrap();
        is_done.store(true, SeqCst);
    });
    cafe.check(&reader);
}

/// How each order was after each command that changed it.
fn versions(cafe: &Cafe) -> BTreeMap<String, Vec<Order>> {
    let mut versions = BTreeMap::<String, Vec<Order>>::new();
    for step in &cafe.steps {
        let mut after = BTreeMap::new();
        for change in &step.changes {
            if let Change::Order(order) = change {
                after.insert(order.order_id.clone(), Order::clone(order));
            }
        }
        for (order_id, order) in after {
            versions.entry(order_id).or_default().push(order);
        }
    }
    versions
}

#[test]
fn pages_of_a_day_and_of_a_ledger_continue_where_the_last_ended() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::busy_days(3, 25, 1);
    let reader = fill(dir.path(), &cafe).reader;
    let day = cafe.days()[1];
    let whole = reader.orders_of_day(day, 0, 1_000).unwrap();
    assert_eq!(whole.len(), 25);
    let (first, rest) = (reader.orders_of_day(day, 0, 10), reader.orders_of_day(day, 10, 1_000));
    assert_eq!([first.unwrap(), rest.unwrap()].concat(), whole);
    assert_eq!(reader.orders_of_day(day, i32::MAX, 10).unwrap(), []);

    let whole = reader.ledger(1, None, 1_000).unwrap();
    let first = reader.ledger(1, None, 5).unwrap();
    let rest = reader.ledger(1, Some(first[4].entry_num), 1_000).unwrap();
    assert_eq!([first, rest].concat(), whole);
    assert_eq!(reader.ledger(99, None, 5).unwrap(), []);
}
