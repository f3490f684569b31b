use kiosk_domain::limits;

use crate::cafe::{Cafe, check};

#[test]
fn a_message_has_a_number_a_sender_and_one_of_the_rooms() {
    let rooms = "no: the message can't be like this: room is none of kitchen, counter, all";
    check(&[
        ("say kitchen no soy milk", "MSG-1 Mina in kitchen: no soy milk"),
        ("say all closing", "MSG-2 Mina in all: closing"),
        ("say cellar hello", rooms),
        ("say all", "no: the message can't be like this: text has 0 characters, not 1 to 1000"),
    ]);
    let long = "x".repeat(limits::MESSAGE_CHARS_MAX + 1);
    let why = Cafe::open().run(&format!("say all {long}"));
    assert!(why.ends_with("text has 1001 characters, not 1 to 1000"), "{why}");
}

#[test]
fn only_the_newest_messages_are_at_hand() {
    let mut cafe = Cafe::open();
    for _ in 0..limits::MESSAGES_AT_HAND_MAX + 5 {
        cafe.run("say all hello");
    }
    let numbers: Vec<i32> = cafe.state.messages().map(|message| message.message_num).collect();
    assert_eq!(numbers, Vec::from_iter(6..=205));
}
