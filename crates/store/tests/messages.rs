//! Staff messages: the newest in the working set, all in history.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_domain::{BellCommand, Command, SeatCommand, WatchedFault, limits::MESSAGES_AT_HAND_MAX};
use kiosk_proto::v1::Seat;
use kiosk_store::Applied;
use support::{Cafe, fill, open_sound, scrub};
use tempfile::tempdir;

fn say(cafe: &mut Cafe, room: &str, text: String) {
    let (room, sender) = (room.into(), String::new());
    assert!(cafe.run(&Command::SendMessage { room, text, sender }));
}

#[test]
fn what_has_left_the_working_set_is_read_from_history_room_by_room() {
    let mut cafe = Cafe::open();
    let count = 2 * MESSAGES_AT_HAND_MAX;
    for number in 1..=count {
        let room = if number % 3 == 0 { "kitchen" } else { "all" };
        say(&mut cafe, room, format!("message {number}"));
    }
    let dir = tempdir().unwrap();
    let mut opened = fill(dir.path(), &cafe);
    let kitchen: Vec<i32> = (1..=count as i32).rev().filter(|number| number % 3 == 0).collect();
    let numbers = |before, limit| -> Vec<i32> {
        let messages = opened.reader.messages("kitchen", before, limit).unwrap();
        assert!(messages.iter().all(|message| message.room == "kitchen"));
        messages.iter().map(|message| message.message_num).collect()
    };
    assert_eq!(numbers(None, usize::MAX), kitchen);
    assert_eq!(numbers(Some(9), 2), [6, 3]);
    assert_eq!(numbers(Some(3), 2), [0; 0]);
    assert!(opened.reader.messages("al", None, 10).unwrap().is_empty());
    scrub(&mut opened.writer).unwrap();
    drop(opened);
    assert_eq!(open_sound(dir.path()).state, cafe.state);
}

#[test]
fn seats_and_bells_are_restored_as_they_were_and_gone_when_they_are_gone() {
    let mut cafe = Cafe::open();
    let dir = tempdir().unwrap();
    let mut opened = fill(dir.path(), &cafe);
    let seat = |seat_id: &str| Seat {
        seat_id: seat_id.into(),
        name: format!("table {seat_id}"),
        width: 1,
        height: 1,
        seats: 4,
        ..Seat::default()
    };
    let ring = |seat_id: &str| {
        let (order_id, reason) = (String::new(), "water".into());
        let place = String::new();
        Command::Bell(BellCommand::Ring { order_id, seat_id: seat_id.into(), place, reason })
    };
    let incident = |incident_id: &str| WatchedFault {
        incident_id: incident_id.into(),
        endpoint_id: "screen:1".into(),
        endpoint_name: "Kitchen screen".into(),
        reason: "it has shown nothing".into(),
    };
    let steps = [
        Command::Seat(SeatCommand::Put(seat("a"))),
        Command::Seat(SeatCommand::Put(seat("b"))),
        Command::Seat(SeatCommand::Select {
            seat_id: "a".into(),
            holder: "kiosk-1".into(),
            order_id: String::new(),
        }),
        ring("a"),
        Command::StartIncident(incident("INC-1")),
        Command::StartIncident(incident("INC-2")),
        Command::ResolveIncident { incident_id: "INC-1".into() },
        ring("b"),
        Command::Bell(BellCommand::Answer { bell_id: 2, answered_by: String::new() }),
        Command::Seat(SeatCommand::Delete { seat_id: "b".into() }),
        Command::Bell(BellCommand::Answer { bell_id: 1, answered_by: String::new() }),
    ];
    for command in steps {
        assert!(cafe.run(&command), "{command:?}");
        cafe.catch_up(&mut opened.writer, opened.reader.applied()).unwrap();
        drop(opened);
        opened = open_sound(dir.path());
        assert_ne!(opened.applied, Applied::default());
        assert_eq!(opened.state, cafe.state, "{command:?}");
    }
    // A bell's number is not given twice, also when none waits.
    assert_eq!(opened.state.counters().bell_id, 2);
}
