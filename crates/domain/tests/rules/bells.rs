use kiosk_domain::{Actor, BellCommand, Command, Stamp, decide, limits};
use kiosk_proto::{Timestamp, v1::role::Value as Role};

use crate::cafe::{Cafe, check};

#[test]
fn a_bell_waits_until_it_is_answered_and_the_same_table_rings_it_again() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("place 3 table a", "order 1 for 0; a occupied"),
        ("place 3", "order 2 for 0"),
        ("ring seat a", "bell 1 rings 1"),
        ("ring order 1", "bell 1 rings 2"),
        ("ring order 2", "bell 2 rings 1"),
        ("ring seat b", "no: there is no seat b on the plan"),
        ("ring order 9", "no: there is no order ORD-0-nobody that can still change"),
        ("ring seat", "bell 3 at Mina rings 1"),
        ("ring place Mina", "bell 3 at Mina rings 2"),
        ("ring place Door", "bell 4 at Door rings 1"),
        ("seconds 35", ""),
        ("answer 1", "bell 1 after 35 s by Mina"),
        ("answer 1", "no: no bell 1 is waiting: it was answered, or never rang"),
        ("ring seat a", "bell 5 rings 1"),
        ("answer 2", "bell 2 after 35 s by Mina"),
        ("wait -60", ""),
        ("answer 5", "bell 5 after 0 s by Mina"),
    ]);
}

#[test]
fn who_has_no_name_says_where_the_bell_rings() {
    let cafe = Cafe::open();
    let ring = |place: &str| {
        let place = place.into();
        let (order_id, seat_id, reason) = (String::new(), String::new(), String::new());
        let command = Command::Bell(BellCommand::Ring { order_id, seat_id, place, reason });
        let actor = Actor { role: Role::Kiosk, id: 0, name: String::new() };
        let stamp = Stamp { now: Timestamp::from_ms(0), random: 0, actor };
        decide(&cafe.state, &command, &stamp).map_err(|rejection| rejection.to_string())
    };
    let refused = "the bell can't be rung like this: it names neither an order, a seat nor a place";
    assert_eq!(ring("").unwrap_err(), refused);
    assert_eq!(ring("Door").unwrap().len(), 1);
}

#[test]
fn a_bell_that_nobody_answers_is_raised_again_once() {
    check(&[
        ("plan a Window", "Window is on the plan"),
        ("set bell_escalate_seconds 60", "bell_escalate_seconds is 60"),
        ("ring seat a", "bell 1 rings 1"),
        ("seconds 59", ""),
        ("tick", "nothing"),
        ("ring seat a", "bell 1 rings 2"),
        ("seconds 1", ""),
        ("tick", "bell 1 again"),
        ("wait 60", ""),
        ("tick", "nothing"),
        ("ring seat a", "bell 1 rings 3"),
        ("tick", "nothing"),
        ("answer 1", "bell 1 after 3660 s by Mina"),
        ("ring seat a", "bell 2 rings 1"),
        // A clock that is set back does not keep it quiet for an hour.
        ("wait -60", ""),
        ("tick", "bell 2 again"),
    ]);
}

#[test]
fn bells_and_their_rings_are_bounded() {
    let mut cafe = Cafe::open();
    for number in 0..=limits::BELLS_MAX {
        cafe.run(&format!("plan s{number} n{number}"));
    }
    for number in 0..limits::BELLS_MAX {
        cafe.run(&format!("ring seat s{number}"));
    }
    assert_eq!(cafe.run("ring seat s100"), "no: there can't be more than 100 bells waiting");
    for _ in 1..limits::BELL_RINGS_MAX {
        cafe.run("ring seat s0");
    }
    assert_eq!(cafe.state.bell_at("", "s0", "").unwrap().rings, limits::BELL_RINGS_MAX);
    assert_eq!(cafe.run("ring seat s0"), "nothing");
}
