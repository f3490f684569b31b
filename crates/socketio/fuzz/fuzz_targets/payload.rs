//! Any text as the body of a post: reading ends, never panics, and the messages in it are read back
//! from a body that is made of them.
#![no_main]

use kiosk_socketio::{
    Message,
    payload::{Packets, Received, encode},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    let messages = |body: &str| -> Vec<Message> {
        let packets = Packets::new(body.into()).map_while(Result::ok);
        packets
            .filter_map(|packet| match packet {
                Received::Message(message) => Some(message),
                _ => None,
            })
            .collect()
    };
    let first = messages(body);
    assert_eq!(messages(&encode(&first, &[])), first);
});
