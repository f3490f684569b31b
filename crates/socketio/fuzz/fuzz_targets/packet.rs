//! Any messages as Socket.IO packets: decoding never panics, and what was understood can be said
//! again in the same words.
#![no_main]

use kiosk_socketio::{
    Message,
    packet::{Decoder, Packet},
};
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 4_096;

fuzz_target!(|messages: Vec<Result<String, Vec<u8>>>| {
    let mut decoder = Decoder::new(BYTES_MAX);
    for message in messages {
        let message = match message {
            Ok(text) => Message::from(&*text),
            Err(bytes) => Message::Binary(bytes.into()),
        };
        let packet = match decoder.add(&message) {
            Ok(Some(packet)) => packet,
            Ok(None) => continue,
            Err(_) => return,
        };
        if has_fraction(&packet) {
            continue;
        }
        let mut again = Decoder::new(usize::MAX);
        let mut decoded = None;
        for message in packet.encode() {
            assert_eq!(decoded, None);
            decoded = again.add(&message).unwrap();
        }
        assert_eq!(decoded, Some(packet));
    }
});

/// serde_json reads a fraction to within its last digit only.
fn has_fraction(packet: &Packet) -> bool {
    match &packet.encode()[0] {
        Message::Text(text) => text.as_str().contains(['.', 'e']),
        Message::Binary(_) => false,
    }
}
