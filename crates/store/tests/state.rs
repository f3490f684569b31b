//! What comes out is what went in.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_domain::Command;
use kiosk_store::Applied;
use proptest::prelude::*;
use support::{Cafe, DAY_MS, fill, open_sound};
use tempfile::tempdir;

#[test]
fn an_empty_store_opens_empty() {
    let dir = tempdir().unwrap();
    let opened = open_sound(dir.path());
    assert_eq!(opened.applied, Applied::default());
    assert_eq!(opened.state, Default::default());
    assert_eq!(opened.reader.order_count(), 0);
    assert_eq!(opened.reader.order("ORD-1-aaaaaa").unwrap(), None);
    assert_eq!(opened.reader.request(5).unwrap(), None);
}

#[test]
fn opening_many_times_changes_nothing() {
    let dir = tempdir().unwrap();
    let cafe = Cafe::busy_days(5, 60, 1);
    drop(fill(dir.path(), &cafe));
    for _ in 0..5 {
        let opened = open_sound(dir.path());
        assert_eq!(opened.state, cafe.state);
        cafe.check(&opened.reader);
    }
}

#[derive(Debug, Clone)]
enum Wish {
    Place { menu_id: i32, cell_id: Option<i32> },
    Forward(usize),
    Cancel(usize),
    Bump { back: usize, line_id: i32 },
    Remake { back: usize, line_id: i32 },
    CancelOne { back: usize, line_id: i32 },
    Add { back: usize, menu_id: i32 },
    Charge(i32, i32),
    Archive(i32, bool),
    Member(i32, i32, Option<String>),
    Unmember(i32, i32),
    Stock(i32, Option<i32>),
    Setting(usize, usize),
    Delete(i32),
    Category(i32, usize, i32),
    Uncategory(i32),
    NextDay,
    Reopen,
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let wish = prop_oneof![
        6 => (1..=9, prop::option::of(1..=4))
            .prop_map(|(menu_id, cell_id)| Wish::Place { menu_id, cell_id }),
        6 => (0..6usize).prop_map(Wish::Forward),
        2 => (0..6usize).prop_map(Wish::Cancel),
        2 => (0..6usize, 1..3).prop_map(|(back, line_id)| Wish::Bump { back, line_id }),
        1 => (0..6usize, 1..3).prop_map(|(back, line_id)| Wish::Remake { back, line_id }),
        1 => (0..6usize, 1..3).prop_map(|(back, line_id)| Wish::CancelOne { back, line_id }),
        2 => (0..6usize, 1..=9).prop_map(|(back, menu_id)| Wish::Add { back, menu_id }),
        2 => (1..=4, 1..=100_000).prop_map(|(cell, points)| Wish::Charge(cell, points)),
        1 => (1..=4, prop::bool::weighted(0.3)).prop_map(|(cell, on)| Wish::Archive(cell, on)),
        2 => (1..=4, 0..4, prop::option::of("[0-9]{4}"))
            .prop_map(|(cell, member, pin)| Wish::Member(cell, member, pin)),
        1 => (1..=4, 1..4).prop_map(|(cell, member)| Wish::Unmember(cell, member)),
        1 => (1..=9, prop::option::of(0..10)).prop_map(|(item, left)| Wish::Stock(item, left)),
        1 => (0..3usize, 0..3usize).prop_map(|(key, value)| Wish::Setting(key, value)),
        1 => (1..=9).prop_map(Wish::Delete),
        2 => (0..4, 0..3usize, 1..=9)
            .prop_map(|(id, name, item)| Wish::Category(id, name, item)),
        1 => (1..=3).prop_map(Wish::Uncategory),
        1 => Just(Wish::NextDay),
        1 => Just(Wish::Reopen),
    ];
    prop::collection::vec(wish, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_state_restored_is_the_state_saved(wishes in wishes()) {
        let dir = tempdir().unwrap();
        let mut cafe = Cafe::open();
        let mut opened = fill(dir.path(), &cafe);
        for wish in wishes {
            match wish {
                Wish::Place { menu_id, cell_id } => _ = cafe.place(menu_id, cell_id, "hot", 1),
                Wish::Forward(back) => _ = cafe.forward(back),
                Wish::Cancel(back) => _ = cafe.cancel(back),
                Wish::Bump { back, line_id } => _ = cafe.bump(back, line_id),
                Wish::Remake { back, line_id } => _ = cafe.remake(back, line_id),
                Wish::CancelOne { back, line_id } => _ = cafe.cancel_one(back, line_id),
                Wish::Add { back, menu_id } => _ = cafe.add(back, menu_id),
                Wish::Charge(cell_id, points) => _ = cafe.charge(cell_id, points),
                Wish::Archive(cell_id, is_archived) => {
                    cafe.run(&Command::ArchiveCell { cell_id, is_archived });
                }
                Wish::Member(cell_id, member_id, pin) => _ = cafe.member(cell_id, member_id, pin),
                Wish::Unmember(cell_id, member_id) => {
                    cafe.run(&Command::DeleteCellMember { cell_id, member_id });
                }
                Wish::Stock(menu_id, remaining) => _ = cafe.count_stock(menu_id, remaining),
                Wish::Setting(key, value) => {
                    let keys = ["opening_hours", "queue_threshold", "is_kiosk_active"];
                    let values = ["", "3", "true"];
                    cafe.set(keys[key], values[value]);
                }
                Wish::Delete(menu_id) => _ = cafe.run(&Command::DeleteMenuItem { menu_id }),
                Wish::Category(category_id, name, menu_id) => cafe.categorize(category_id, name, menu_id),
                Wish::Uncategory(category_id) => {
                    _ = cafe.run(&Command::DeleteMenuCategory { category_id });
                }
                Wish::NextDay => cafe.now_ms += DAY_MS,
                Wish::Reopen => {
                    cafe.catch_up(&mut opened.writer, opened.reader.applied()).unwrap();
                    drop(opened);
                    opened = open_sound(dir.path());
                    prop_assert_eq!(&opened.state, &cafe.state);
                }
            }
        }
        cafe.catch_up(&mut opened.writer, opened.reader.applied()).unwrap();
        opened.writer.close().unwrap();
        drop(opened.reader);
        let opened = open_sound(dir.path());
        prop_assert_eq!(&opened.state, &cafe.state);
        cafe.check(&opened.reader);
    }
}
