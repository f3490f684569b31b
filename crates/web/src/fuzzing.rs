//! The ways in for the fuzz targets: everything that reads what a client wrote. The promise is that
//! reading ends without a panic, and that what was understood can be said again.

use std::{collections::BTreeSet, sync::LazyLock};

use hyper::{Method, Request};
use kiosk_hub::Position;
use prost_reflect::MessageDescriptor;
use serde_json::Value;

use crate::{
    api::{Rules, rest_message},
    native,
    socketio::{Offset, parse_offset},
    transcode::{message_of, parse, text_of},
};

static RULES: LazyLock<Option<Rules>> =
    LazyLock::new(|| Rules::new(kiosk_proto::descriptors()).ok());

/// A frame of `/ws`.
pub fn frame(text: &str) {
    if let Ok((id, _)) = native::frame::parse(text) {
        assert!(id.is_none_or(|id| id.chars().count() <= 64));
    }
}

/// Where a Socket.IO client says that it was.
pub fn offset(text: &str) {
    let Some(place) = parse_offset(text) else { return };
    let Some(after) = Position::parse(&place.after) else { return };
    let rooms: BTreeSet<String> = place.rooms.iter().cloned().collect();
    let Some(again) = Offset::new(&rooms).after(after, place.packets) else { return };
    let again = parse_offset(&again).expect("what was made is read");
    assert_eq!((Position::parse(&again.after), again.packets), (Some(after), place.packets));
    assert_eq!(BTreeSet::from_iter(again.rooms), rooms);
}

/// A request below `/api/`.
pub fn rest(method: &str, target: &str, body: &[u8]) {
    let Some(rules) = &*RULES else { return };
    let Ok(method) = Method::from_bytes(method.as_bytes()) else { return };
    let Ok(request) = Request::builder().method(method).uri(target).body(()) else { return };
    let body = parse(body).unwrap_or(Value::Null);
    let Some((kind, message)) = rest_message(rules, &request.into_parts().0, body) else { return };
    if let Ok(message) = message {
        let _ = message_of(kind, &message);
    }
}

/// JSON for the message of that number in the contract.
pub fn message(number: usize, json: &[u8]) {
    let Ok(json) = parse(json) else { return };
    let kinds: Vec<MessageDescriptor> = kiosk_proto::descriptors().all_messages().collect();
    let Some(kind) = kinds.get(number % kinds.len().max(1)) else { return };
    let Ok(message) = message_of(kind.clone(), &json) else { return };
    // What can't be said is said to be so: a time out of all calendars.
    let Ok(text) = text_of(&message) else { return };
    let again = parse(text.get().as_bytes()).map(|json| message_of(kind.clone(), &json));
    assert!(matches!(again, Ok(Ok(_))), "{} is not read: {text}", kind.full_name());
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 20_000;
    const WORDS: [&str; 48] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "\\ud800",
        "d800",
        "0",
        "1",
        "-",
        "1e999",
        "18446744073709551616",
        "null",
        "true",
        "\"event\"",
        "\"type\"",
        "\"id\"",
        "\"data\"",
        "\"subscribe\"",
        "\"call\"",
        "\"method\"",
        "\"deadlineMs\"",
        "\"rooms\"",
        "\"seq\"",
        "\"@type\"",
        "\"seconds\"",
        "\"2026-01-01T00:00:00Z\"",
        "\"-315576000001s\"",
        "NaN",
        "얼",
        "\u{0}",
        ".",
        "%",
        "%ff",
        "%2",
        "&",
        "=",
        "?",
        "/",
        "/api/orders",
        "/api/menus/",
        "status",
        "5f0c2a9be3d14477.7.1.",
        "kitchen,",
    ];

    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 24) as usize % bound
        }

        /// Some words, or something that is right but for one word.
        fn text(&mut self, right: &[&str]) -> String {
            let mut text = match self.below(3) {
                0 => String::new(),
                _ => right[self.below(right.len())].to_owned(),
            };
            for _ in 0..self.below(8) {
                let mut at = self.below(text.len() + 1);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                match self.below(4) {
                    0 => text.truncate(at),
                    _ => text.insert_str(at, WORDS[self.below(WORDS.len())]),
                }
            }
            text
        }
    }

    #[test]
    fn no_reader_of_what_clients_write_panics_on_noise() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let frames = [
            r#"{"event":"call","id":"c","data":{"method":"a/b","message":{},"deadlineMs":5}}"#,
            r#"{"event":"resume","data":{"epoch":"5f0c2a9be3d14477","seq":7}}"#,
            r#"{"type":"system:ack","timestamp":"x","payload":{"id":"e:7"}}"#,
        ];
        let offsets = ["5f0c2a9be3d14477.7.1.kitchen,order_ORD-1-abc", "5f0c2a9be3d14477.0.0."];
        let targets = [
            "/api/orders?status=PENDING&limit=1",
            "/api/orders/ORD-1-abcdef/status",
            "/api/menus/1/sold-out",
            "/api/cells/1/charge",
            "/api/settings/is_kiosk_active",
        ];
        let bodies = [
            r#"{"requestId":"x","items":[{"menuId":1,"quantity":2,"options":[]}],"payType":"CARD"}"#,
            r#"{"status":"MAKING","updatedAt":"2026-01-01T00:00:00Z"}"#,
            r#"{"value":"true","amount":1,"isSoldOut":true}"#,
        ];
        for round in 0..ROUNDS {
            frame(&random.text(&frames));
            offset(&random.text(&offsets));
            let body = random.text(&bodies);
            let method = ["GET", "POST", "PUT", "PATCH", "DELETE"][random.below(5)];
            rest(method, &random.text(&targets), body.as_bytes());
            message(round, body.as_bytes());
        }
    }

    /// The noise above is worth something only if what it is made of is understood.
    #[test]
    fn what_is_right_gets_as_far_as_a_message() {
        let (target, body) = ("/api/cells/1/charge?x=1", json(r#"{"amount":1}"#));
        let request = Request::builder().method("POST").uri(target).body(()).unwrap();
        let rules = RULES.as_ref().unwrap();
        let head = request.into_parts().0;
        assert!(rest_message(rules, &head, body).unwrap().1.is_err(), "x is no field");
        let request = Request::builder().method("POST").uri("/api/cells/1/charge").body(());
        let head = request.unwrap().into_parts().0;
        let (kind, message) = rest_message(rules, &head, json(r#"{"amount":1}"#)).unwrap();
        let message = message_of(kind, &message.unwrap()).unwrap();
        assert!(message.has_field_by_name("cell_id") && message.has_field_by_name("amount"));
    }

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }
}
