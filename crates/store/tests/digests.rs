//! Rows that are gone, stale or foreign, each with a checksum that is right, as after sled lost
//! a page: the digests tell.
#![allow(clippy::unwrap_used)]

mod support;

use std::cell::Cell;

use kiosk_domain::OrderKey;
use kiosk_proto::v1::{Order, order_status::Value as Status};
use kiosk_store::{Applied, StoreError};
use support::{Cafe, fill, open, open_sound, scrub, with_sled};
use tempfile::tempdir;

type Harm = fn(&sled::Db, &Cafe);

#[test]
fn what_is_wrong_with_the_working_set_is_seen_at_open() {
    let harms: &[(&str, Harm)] = &[
        ("no meta row", |sled, _| remove(sled, b"M".to_vec())),
        ("another format", |sled, _| {
            // Field 1 of the row is the format.
            put(sled, b"M".to_vec(), &[8, 99])
        }),
        ("a working set without an order", |sled, cafe| {
            remove(sled, [b"w", &newest(cafe)[..]].concat())
        }),
        ("an order missing", |sled, cafe| remove(sled, [b"o", &newest(cafe)[..]].concat())),
        ("an order as it was before", |sled, cafe| {
            use prost::Message as _;
            let mut order = newest_order(cafe).clone();
            order.status = Status::Ready.into();
            put(sled, [b"o", &newest(cafe)[..]].concat(), &order.encode_to_vec())
        }),
        ("a menu item missing", |sled, _| remove(sled, b"cm\0\0\0\x03".to_vec())),
        ("a cell missing", |sled, _| remove(sled, b"cc\0\0\0\x01".to_vec())),
        ("a setting too many", |sled, _| put(sled, b"csopening_hours".to_vec(), b"09:00-21:00")),
        ("a request missing", |sled, _| {
            remove(sled, [b"r", &support::request_id(20).to_be_bytes()[..]].concat())
        }),
        ("a digest missing", |sled, _| remove(sled, b"dw".to_vec())),
    ];
    for (name, harm) in harms {
        let (dir, _cafe) = harmed(harm);
        let opened = open(dir.path()).unwrap();
        assert!(opened.put_aside.is_some(), "{name}");
        assert_eq!(opened.applied, Applied::default(), "{name}");
    }
}

#[test]
fn what_is_wrong_with_history_is_seen_by_the_scrub_and_then_mended() {
    let harms: &[(&str, Harm)] = &[
        ("an order missing", |sled, cafe| remove(sled, [b"o", &oldest(cafe)[..]].concat())),
        ("an order too many", |sled, cafe| {
            let mut key = [b"o", &oldest(cafe)[..]].concat();
            *key.last_mut().unwrap() = 200;
            put(sled, key, b"")
        }),
        ("an order not to be found", |sled, cafe| {
            let id = &oldest_order(cafe).order_id;
            remove(sled, [b"i", id.as_bytes()].concat())
        }),
        ("a ledger entry missing", |sled, _| remove(sled, b"l\0\0\0\x01\0\0\0\x02".to_vec())),
    ];
    for (name, harm) in harms {
        let (dir, cafe) = harmed(harm);
        let mut opened = open_sound(dir.path());
        assert_eq!(opened.state, cafe.state, "{name}");
        assert!(matches!(scrub(&mut opened.writer), Err(StoreError::Damaged(_))), "{name}");
        drop(opened);

        let mut mended = open(dir.path()).unwrap();
        assert!(mended.put_aside.is_some(), "{name}");
        cafe.catch_up(&mut mended.writer, mended.applied).unwrap();
        scrub(&mut mended.writer).unwrap();
        cafe.check(&mended.reader);
    }
}

#[test]
fn a_row_with_a_wrong_checksum_is_seen_when_it_is_read() {
    let (dir, cafe) = harmed(|sled, cafe| {
        let key = [b"o", &oldest(cafe)[..]].concat();
        let mut value = sled.get(&key).unwrap().unwrap().to_vec();
        value[10] ^= 1;
        sled.insert(key, value).unwrap();
    });
    let opened = open_sound(dir.path());
    let order_id = &oldest_order(&cafe).order_id;
    assert!(matches!(opened.reader.order(order_id), Err(StoreError::Damaged(_))));
    let date = cafe.days()[0];
    assert!(matches!(opened.reader.orders_of_day(date, 0, 10), Err(StoreError::Damaged(_))));
    drop(opened);
    assert!(open(dir.path()).unwrap().put_aside.is_some());
}

#[test]
fn a_scrub_goes_through_everything_in_steps_while_batches_come_in() {
    let dir = tempdir().unwrap();
    let mut cafe = Cafe::busy_days(6, 40, 1);
    let mut opened = fill(dir.path(), &cafe);
    let mut steps = 1;
    let rows = Cell::new(0);
    let progress = || rows.set(rows.get() + 1);
    while opened.writer.scrub_step(30, &progress).unwrap() == kiosk_store::Scrub::Going {
        // Whoever waits for a step sees that it goes on.
        assert!(rows.take() >= 30);
        steps += 1;
        assert!(cafe.place(1, Some(1), "", 1));
        cafe.catch_up(&mut opened.writer, opened.reader.applied()).unwrap();
    }
    assert!(steps >= 6, "{steps} steps for six days");
}

fn harmed(harm: impl Fn(&sled::Db, &Cafe)) -> (tempfile::TempDir, Cafe) {
    let dir = tempdir().unwrap();
    let mut cafe = Cafe::busy_days(3, 10, 1);
    assert!(cafe.place(1, None, "still open", 1));
    drop(fill(dir.path(), &cafe));
    with_sled(dir.path(), |sled| harm(sled, &cafe));
    (dir, cafe)
}

fn remove(sled: &sled::Db, key: Vec<u8>) {
    assert!(sled.remove(key).unwrap().is_some(), "the harm was done to a row that is there");
}

fn put(sled: &sled::Db, key: Vec<u8>, content: &[u8]) {
    let crc = crc32c::crc32c_append(crc32c::crc32c(&key), content).to_le_bytes();
    sled.insert(key, [content, &crc].concat()).unwrap();
}

/// One that has left the working set.
fn oldest_order(cafe: &Cafe) -> &Order {
    let closed = cafe.orders.values().filter(|order| order.status() == Status::Completed);
    closed.min_by_key(|order| OrderKey::of(order)).unwrap()
}

fn newest_order(cafe: &Cafe) -> &Order {
    cafe.orders.values().max_by_key(|order| OrderKey::of(order)).unwrap()
}

fn oldest(cafe: &Cafe) -> [u8; 8] {
    place(OrderKey::of(oldest_order(cafe)))
}

fn newest(cafe: &Cafe) -> [u8; 8] {
    place(OrderKey::of(newest_order(cafe)))
}

fn place(key: OrderKey) -> [u8; 8] {
    let mut place = [0; 8];
    place[..4].copy_from_slice(&key.date.0.to_be_bytes());
    place[4..].copy_from_slice(&key.daily_num.to_be_bytes());
    place
}
