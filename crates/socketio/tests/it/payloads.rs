use bytes::Bytes;
use kiosk_socketio::{
    Message, Violation,
    payload::{Packets, Received, encode},
};
use proptest::prelude::*;

fn decode(body: &str) -> Result<Vec<Received>, Violation> {
    Packets::new(body.into()).collect()
}

fn message(message: impl Into<Message>) -> Received {
    Received::Message(message.into())
}

#[test]
fn packets_are_read_one_by_one() {
    let bytes = Bytes::from_static(&[1, 2, 3, 4]);
    for (body, expected) in [
        ("4", vec![message("")]),
        ("4hello\x1e3\x1e4world", vec![message("hello"), Received::Pong, message("world")]),
        ("4hello\x1ebAQIDBA==", vec![message("hello"), message(bytes)]),
        ("b", vec![message(Bytes::new())]),
        ("1", vec![Received::Close]),
        ("2probe\x1e5\x1e6", vec![Received::Probe, Received::Upgrade, Received::Noop]),
    ] {
        assert_eq!(decode(body), Ok(expected), "{body:?}");
    }
}

#[test]
fn what_is_wrong_with_a_body_is_named() {
    for (body, expected) in [
        ("", Violation::EmptyPacket),
        ("\x1e", Violation::EmptyPacket),
        ("4a\x1e\x1e4b", Violation::EmptyPacket),
        ("4a\x1e", Violation::EmptyPacket),
        ("8", Violation::UnknownType),
        ("é", Violation::UnknownType),
        ("0{}", Violation::WrongDirection),
        ("2", Violation::WrongDirection),
        ("2probes", Violation::WrongDirection),
        ("bA", Violation::BadBase64),
        ("bAQID BA==", Violation::BadBase64),
    ] {
        assert_eq!(decode(body), Err(expected), "{body:?}");
    }
}

#[test]
fn nothing_is_read_after_an_error() {
    let mut packets = Packets::new("x\x1e4a".into());
    assert_eq!(packets.next(), Some(Err(Violation::UnknownType)));
    assert_eq!(packets.next(), None);
}

#[test]
fn a_body_of_tiny_packets_is_read_in_linear_time() {
    let body = "6\x1e".repeat(500_000) + "6";
    assert_eq!(Packets::new(body.into()).filter(Result::is_ok).count(), 500_001);
}

fn any_message() -> impl Strategy<Value = Message> {
    prop_oneof![
        "[^\x1e]*".prop_map(|text| Message::from(&*text)),
        any::<Vec<u8>>().prop_map(|bytes| Message::Binary(bytes.into())),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_read_back(messages in prop::collection::vec(any_message(), 1..20)) {
        let read = decode(&encode(&messages, &["6"])).unwrap();
        let expected = messages.into_iter().map(Received::Message).chain([Received::Noop]);
        prop_assert_eq!(read, expected.collect::<Vec<_>>());
    }

    #[test]
    fn any_body_is_read_to_its_end(body in "([0-9b\x1e]|.){0,40}") {
        let separators = body.matches('\x1e').count();
        prop_assert!(Packets::new((&*body).into()).count() <= separators + 1);
    }
}
