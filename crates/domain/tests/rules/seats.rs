use kiosk_domain::{Command, limits};
use kiosk_proto::v1::{role::Value as Role, seat_status::Value as SeatStatus};
use proptest::prelude::*;

use crate::{
    cafe::{Cafe, check},
    steps::{Step, steps},
    tables::plan,
    world::World,
};

const HELD: &str = "no: seat a is held by \"k1\" until 2026-11-21T01:02:00.000Z";

#[test]
fn of_two_who_tap_the_same_seat_one_gets_it_and_the_other_is_told_who_and_until_when() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("hold a k1", "a held by k1"),
        ("hold a k2", HELD),
        ("hold a k1", "nothing"),
        ("hold b k1", "no: there is no seat b on the plan"),
        ("free a k2", HELD),
        ("unplan a", HELD),
        ("free a k1", "a RELEASED"),
        ("free a k1", "nothing"),
        ("hold a k2", "a held by k2"),
        // Staff that name nobody free whatever it is.
        ("free a", "a RELEASED"),
        ("as KIOSK", ""),
        ("hold a k1", "a held by k1"),
        ("free a", HELD),
    ]);
}

#[test]
fn a_hold_ends_by_itself_also_if_the_clock_goes_back() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("hold a k1", "a held by k1"),
        ("tick", "nothing"),
        ("seconds 119", ""),
        ("tick", "nothing"),
        ("seconds 1", ""),
        // Before anybody has told that it has expired.
        ("hold a k2", "a EXPIRED; a held by k2"),
        ("seconds 60", ""),
        ("hold a k2", "a held by k2"),
        ("seconds 119", ""),
        ("tick", "nothing"),
        ("seconds 1", ""),
        ("tick", "a EXPIRED"),
        ("tick", "nothing"),
        ("hold a k1", "a held by k1"),
        ("seconds -120", ""),
        ("tick", "nothing"),
        ("seconds -1", ""),
        ("tick", "a EXPIRED"),
        ("hold a k1", "a held by k1"),
        ("wait -600", ""),
        ("move a a k1", "no: seat a is free: there is nobody to move"),
        ("unplan a", "a EXPIRED; Window is off the plan"),
    ]);
}

#[test]
fn an_order_takes_its_holders_seat_and_keeps_it_until_it_is_freed() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("hold a k1", "a held by k1"),
        ("place 3 seat a by k2", HELD),
        ("place 3 seat z", "no: there is no seat z on the plan"),
        ("place 3 seat a by k1", "order 1 for 0; a occupied"),
        ("wait 600", ""),
        ("tick", "nothing"),
        ("place 3 table Terrace", "order 2 for 0"),
        // A further order to the same table; who asks for the seat itself is refused.
        ("place 3 table Window", "order 3 for 0"),
        ("status 1 MAKING", "PENDING to MAKING"),
        ("status 1 READY", "MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("free a k1", "no: seat a is occupied by order ORD-1795222800000-haaaaa"),
        ("place 3 seat a by k1", "no: seat a is occupied by order ORD-1795222800000-haaaaa"),
        ("free a", "a RELEASED"),
        ("place 3 table Window", "order 4 for 0; a occupied"),
        ("cancel 4", "PENDING cancelled; a ORDER_CLOSED"),
    ]);
}

#[test]
fn a_closed_order_frees_its_seat_as_the_setting_says_and_at_the_latest_the_next_day() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("plan b Door", "Door is on the plan"),
        ("set seat_free_on completed", "seat_free_on is completed"),
        ("place 3 table a", "order 1 for 0; a occupied"),
        ("status 1 MAKING", "PENDING to MAKING"),
        ("status 1 READY", "MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED; a ORDER_CLOSED"),
        ("set seat_free_on staff", "seat_free_on is staff"),
        ("place 3 table a", "order 2 for 0; a occupied"),
        ("place 3 table b", "order 3 for 0; b occupied"),
        ("cancel 2", "PENDING cancelled"),
        ("wait 1440", ""),
        // Of order 3, which is open, it stays.
        ("place 3 seat a", "order 1 for 0; a ORDER_CLOSED; a occupied"),
        ("place 3 seat b", "no: seat b is occupied by order ORD-1795222800000-jaaaaa"),
    ]);
}

#[test]
fn who_has_a_seat_moves_to_one_that_is_free() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("plan b Door", "Door is on the plan"),
        ("move a b", "no: seat a is free: there is nobody to move"),
        ("hold a k1", "a held by k1"),
        ("hold b k2", "b held by k2"),
        ("move a b k1", "no: seat b is held by \"k2\" until 2026-11-21T01:02:00.000Z"),
        ("free b k2", "b RELEASED"),
        ("move a b k2", HELD),
        ("seconds 60", ""),
        ("move a b k1", "a MOVED; b held by k1"),
        ("place 3", "order 1 for 0"),
        ("sit b k1 1", "b occupied; 1 at Door"),
        ("sit b k1 1", "nothing"),
        ("sit a k1 9", "no: there is no order ORD-0-nobody that can still change"),
        ("move b a", "b MOVED; a occupied; 1 at Window"),
        ("hold b k2", "b held by k2"),
        ("seconds 120", ""),
        ("move a b", "a MOVED; b EXPIRED; b occupied; 1 at Door"),
        ("move b b", "nothing"),
    ]);
    // A hold that moves ends when it would have.
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("plan b Door", "Door is on the plan"),
        ("hold a k1", "a held by k1"),
        ("seconds 60", ""),
        ("move a b k1", "a MOVED; b held by k1"),
        ("seconds 59", ""),
        ("tick", "nothing"),
        ("seconds 1", ""),
        ("tick", "b EXPIRED"),
    ]);
}

#[test]
fn what_is_still_to_be_brought_to_a_table_goes_where_its_guests_went() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("plan b Door", "Door is on the plan"),
        ("place 3 table Window", "order 1 for 0; a occupied"),
        ("status 1 MAKING", "PENDING to MAKING"),
        ("status 1 READY", "MAKING to READY"),
        ("status 1 COMPLETED", "READY to COMPLETED"),
        ("free a", "a RELEASED"),
        // Of three orders of those who sit there now one was brought already.
        ("place 3 table Window", "order 2 for 0; a occupied"),
        ("place 3 table a", "order 3 for 0"),
        ("place 3 table Window", "order 4 for 0"),
        ("cancel 4", "PENDING cancelled"),
        ("place 3 table Terrace", "order 5 for 0"),
        ("move a b", "a MOVED; b occupied; 2 at Door; 3 at Door"),
        // Who has a table needs another one, too.
        ("sit a k1 2", "a occupied"),
        ("move a a", "nothing"),
    ]);
}

#[test]
fn an_order_without_a_table_is_served_at_the_seat_it_takes() {
    let mut cafe = Cafe::open();
    cafe.run("plan a Window");
    cafe.run("place 3 seat a");
    assert_eq!(cafe.state.order(&cafe.order_ids[0]).unwrap().table, "Window");
}

#[test]
fn a_plan_is_bounded_and_its_names_stand_for_one_seat() {
    let mut cafe = Cafe::open();
    for number in 0..limits::SEATS_MAX {
        cafe.run(&format!("plan s{number} n{number}"));
    }
    assert_eq!(cafe.run("plan a b"), "no: there can't be more than 200 seats on the plan");
    for clash in ["plan s1 n2", "plan s1 s2", "plan n2 x"] {
        let why = cafe.run(clash);
        assert!(why.contains("stands for seat s2 already"), "{clash}: {why}");
    }
    // Who sits there stays.
    cafe.run("hold s3 k1");
    assert_eq!(cafe.run("plan s3 new"), "new is on the plan");
    let seat = cafe.state.seat("s3").unwrap();
    assert_eq!((seat.status(), &*seat.holder, &*seat.name), (SeatStatus::Held, "k1", "new"));
    assert_eq!(cafe.run("plan s3 new"), "nothing");
    for number in 4..7 {
        cafe.run(&format!("hold s{number} k1"));
    }
    assert_eq!(cafe.run("hold s7 k1"), "no: there can't be more than 4 seats held at once");
}

#[test]
fn a_seat_that_can_not_be_is_refused_with_what_is_wrong() {
    let long = "x".repeat(65);
    let mut wrong = [(); 8].map(|()| plan("a", "Window"));
    wrong[0].seat_id = String::new();
    wrong[1].name.clone_from(&long);
    wrong[2].zone = long;
    wrong[3].x = -1;
    wrong[4].y = 10_001;
    wrong[5].width = 0;
    wrong[6].height = i32::MAX;
    wrong[7].seats = 100;
    let fields = ["seat_id", "name", "zone", "x", "y", "width", "height", "seats"];
    for (plan, field) in wrong.into_iter().zip(fields) {
        let refused = Cafe::open().decide(&Command::Seat(kiosk_domain::SeatCommand::Put(plan)));
        let why = refused.unwrap_err().to_string();
        assert!(why.starts_with(&format!("the seat can't be like this: {field} ")), "{why}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_seat_has_two_takers_moves_conserve_and_every_hold_ends(
        steps in steps(),
        later_ms in prop_oneof![7_200_000..90_000_000_i64, -90_000_000..-7_200_000_i64],
    ) {
        let mut world = World::open();
        for step in &steps {
            // Refused or not: the audit reads what was not.
            let _ = world.step(step);
        }
        world.audit_seats();
        // A clock that is set back may come to the very time when a seat was taken. Its hold ends
        // then as it would have ended.
        for jump_ms in [later_ms, 14_400_000] {
            let command = Command::TimeOut;
            world.step(&Step { jump_ms, random: 0, role: Role::Admin, command }).unwrap();
        }
        let held = world.state.seats().filter(|seat| seat.status() == SeatStatus::Held);
        prop_assert_eq!(held.count(), 0);
        world.audit_seats();
    }
}
