use bytes::Bytes;
use kiosk_socketio::{
    Message,
    packet::{Decoder, Packet, PacketError, ROOT, ack, event},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const BYTES_MAX: usize = 10_000;

fn event_of(namespace: &'static str, id: Option<u64>, args: Value) -> Packet {
    let Value::Array(args) = args else { panic!() };
    Packet::Event { namespace: namespace.into(), id, args, attachments: Vec::new() }
}

fn text_of(message: &Message) -> &str {
    match message {
        Message::Text(text) => text.as_str(),
        Message::Binary(_) => panic!("{message:?}"),
    }
}

#[test]
fn packets_are_read_and_written_as_the_protocol_says() {
    let object = |value: Value| value.as_object().unwrap().clone();
    for (text, packet) in [
        ("0", Packet::Connect { namespace: ROOT, auth: None }),
        (
            r#"0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}"#,
            Packet::Connect {
                namespace: "/admin".into(),
                auth: Some(object(json!({"sid": "oSO0OpakMV_3jnilAAAA"}))),
            },
        ),
        ("0/admin,", Packet::Connect { namespace: "/admin".into(), auth: None }),
        (
            r#"4{"message":"Not authorized"}"#,
            Packet::ConnectError { namespace: ROOT, error: json!({"message": "Not authorized"}) },
        ),
        (r#"4/a,"no""#, Packet::ConnectError { namespace: "/a".into(), error: json!("no") }),
        (r#"2["foo"]"#, event_of("/", None, json!(["foo"]))),
        (r#"2/admin,["bar"]"#, event_of("/admin", None, json!(["bar"]))),
        (r#"212["foo"]"#, event_of("/", Some(12), json!(["foo"]))),
        (r#"20["foo"]"#, event_of("/", Some(0), json!(["foo"]))),
        (r#"2[1,{"a":[null,1.5]}]"#, event_of("/", None, json!([1, {"a": [null, 1.5]}]))),
        (
            r#"3/admin,13["bar"]"#,
            Packet::Ack {
                namespace: "/admin".into(),
                id: 13,
                args: vec!["bar".into()],
                attachments: Vec::new(),
            },
        ),
        ("30[]", Packet::Ack { namespace: ROOT, id: 0, args: Vec::new(), attachments: Vec::new() }),
        ("1", Packet::Disconnect { namespace: ROOT }),
        ("1/admin,", Packet::Disconnect { namespace: "/admin".into() }),
    ] {
        assert_eq!(Packet::parse(text), Ok((packet.clone(), 0)), "{text}");
        let messages = packet.encode();
        assert_eq!(messages.iter().map(text_of).collect::<Vec<_>>(), [text]);
    }
}

#[test]
fn a_namespace_may_end_the_packet_and_may_be_the_root_by_name() {
    let connect = |namespace| Packet::Connect { namespace, auth: None };
    assert_eq!(Packet::parse("0/custom"), Ok((connect("/custom".into()), 0)));
    assert_eq!(Packet::parse("0/,"), Ok((connect(ROOT), 0)));
    assert_eq!(Packet::parse("1/custom").unwrap().0.namespace(), "/custom");
}

#[test]
fn attachments_are_gathered() {
    let text = r#"51-/admin,7["baz",{"_placeholder":true,"num":0}]"#;
    let bytes = Bytes::from_static(&[1, 2, 3, 4]);
    let messages = [Message::from(text), bytes.clone().into()];
    let mut decoder = Decoder::new(BYTES_MAX);
    assert_eq!(decoder.add(&messages[0]), Ok(None));
    let packet = decoder.add(&messages[1]).unwrap().unwrap();
    let args = vec!["baz".into(), json!({"_placeholder": true, "num": 0})];
    let expected = Packet::Event {
        namespace: "/admin".into(),
        id: Some(7),
        args: args.clone(),
        attachments: vec![bytes.clone()],
    };
    assert_eq!(packet, expected);
    assert_eq!(packet.encode(), messages);

    let ack = Packet::Ack { namespace: ROOT, id: 15, args, attachments: vec![bytes] };
    assert_eq!(text_of(&ack.encode()[0]), r#"61-15["baz",{"_placeholder":true,"num":0}]"#);
}

#[test]
fn what_is_wrong_with_a_packet_is_named() {
    let deep = format!("2[\"a\",{}{}]", "[".repeat(200), "]".repeat(200));
    let long = format!("0/{}", "x".repeat(256));
    for (text, expected) in [
        ("", PacketError::Empty),
        ("7", PacketError::UnknownType),
        ("abc", PacketError::UnknownType),
        ("é", PacketError::UnknownType),
        ("5[\"a\"]", PacketError::AttachmentCount),
        ("5-[\"a\"]", PacketError::AttachmentCount),
        ("5+1-[\"a\"]", PacketError::AttachmentCount),
        ("511-[\"a\"]", PacketError::TooManyAttachments),
        ("599999999999999999999-[\"a\"]", PacketError::TooManyAttachments),
        (&*long, PacketError::LongNamespace),
        ("299999999999999999999[\"a\"]", PacketError::BigId),
        ("3[\"a\"]", PacketError::MissingId),
        ("012", PacketError::UnexpectedId),
        ("11", PacketError::UnexpectedId),
        ("2", PacketError::BadJson),
        ("2[\"a\"", PacketError::BadJson),
        ("2[\"a\"]]", PacketError::BadJson),
        ("2abc[\"a\"]", PacketError::BadJson),
        ("2[\"a\",1e999]", PacketError::BadJson),
        ("4", PacketError::BadJson),
        ("0x", PacketError::BadJson),
        (&*deep, PacketError::TooDeep),
        ("0[]", PacketError::WrongPayload),
        ("0\"token\"", PacketError::WrongPayload),
        ("1{}", PacketError::WrongPayload),
        ("4[]", PacketError::WrongPayload),
        ("2{}", PacketError::NotAnArray),
        ("2\"a\"", PacketError::NotAnArray),
        ("31{}", PacketError::NotAnArray),
        ("2[]", PacketError::NoName),
        ("2[null]", PacketError::BadName),
        ("2[[\"a\"]]", PacketError::BadName),
        ("2[{\"_placeholder\":true,\"num\":0}]", PacketError::BadName),
    ] {
        assert_eq!(Packet::parse(text), Err(expected), "{text}");
    }
    for name in
        ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
    {
        assert_eq!(Packet::parse(&format!("2[\"{name}\"]")), Err(PacketError::ReservedName));
        assert!(Packet::parse(&format!("2[\"x{name}\"]")).is_ok());
        assert!(Packet::parse(&format!("31[\"{name}\"]")).is_ok(), "only events have names");
    }
}

#[test]
fn packets_that_lie_about_their_attachments_are_refused() {
    let bytes = || Message::from(Bytes::from_static(b"x"));
    let placeholder = |number: &str| {
        format!(r#"51-["a",{{"in":[{{"_placeholder":true,"num":{number}}}]}}]"#).as_str().into()
    };
    for (messages, expected) in [
        (vec![bytes()], PacketError::UnexpectedBytes),
        (vec![r#"2["a"]"#.into(), bytes()], PacketError::UnexpectedBytes),
        (vec![r#"50-["a"]"#.into(), bytes()], PacketError::UnexpectedBytes),
        (vec![r#"51-["a"]"#.into(), bytes(), bytes()], PacketError::UnexpectedBytes),
        (vec![r#"51-["a"]"#.into(), r#"2["a"]"#.into()], PacketError::MissingBytes),
        (vec![r#"52-["a"]"#.into(), bytes(), "0".into()], PacketError::MissingBytes),
        (vec![placeholder("1")], PacketError::BadPlaceholder),
        (vec![placeholder("-1")], PacketError::BadPlaceholder),
        (vec![placeholder("\"0\"")], PacketError::BadPlaceholder),
        (vec![placeholder("0.5")], PacketError::BadPlaceholder),
    ] {
        let mut decoder = Decoder::new(BYTES_MAX);
        let result: Result<Vec<_>, _> =
            messages.iter().map(|message| decoder.add(message)).collect();
        assert_eq!(result, Err(expected), "{messages:?}");
    }
}

#[test]
fn a_plain_event_may_say_placeholder() {
    let text = r#"2["a",{"_placeholder":true,"num":9}]"#;
    assert!(Decoder::new(BYTES_MAX).add(&text.into()).unwrap().is_some());
}

#[test]
fn a_packet_and_its_attachments_are_bounded_together() {
    let text = Message::from(r#"52-["a"]"#);
    let half = Message::from(Bytes::from(vec![0; BYTES_MAX / 2]));
    let mut decoder = Decoder::new(BYTES_MAX);
    assert_eq!(decoder.add(&text), Ok(None));
    assert_eq!(decoder.add(&half), Ok(None));
    assert_eq!(decoder.add(&half), Err(PacketError::TooBig));
    let long = format!("2[\"{}\"]", "x".repeat(BYTES_MAX));
    assert_eq!(Decoder::new(BYTES_MAX).add(&(&*long).into()), Err(PacketError::TooBig));
}

#[test]
fn an_event_is_made_once_from_whatever_serializes() {
    let data = json!({"orderId": 7});
    let text = event("/", None, &("new_order", &data)).unwrap();
    assert_eq!(text.as_str(), r#"2["new_order",{"orderId":7}]"#);
    let text = event("/admin", Some(3), &("x",)).unwrap();
    assert_eq!(text.as_str(), r#"2/admin,3["x"]"#);
    assert_eq!(ack("/", 4, &[data]).unwrap().as_str(), r#"34[{"orderId":7}]"#);
    assert_eq!(ack("/a", 4, &[(); 0]).unwrap().as_str(), "3/a,4[]");
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner).prop_map(Value::Object),
        ]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let entries = prop::collection::vec(("[a-z]{0,5}", value), 0..4);
    entries.prop_map(Map::from_iter)
}

fn any_packet() -> impl Strategy<Value = Packet> {
    let namespace = || prop_oneof![Just("/".to_owned()), "/[^,]{1,20}"];
    let attachments = || {
        let bytes = any::<Vec<u8>>().prop_map(Bytes::from);
        prop::collection::vec(bytes, 0..4)
    };
    let args = || prop::collection::vec(json_value(), 0..4);
    prop_oneof![
        (namespace(), prop::option::of(object(json_value())))
            .prop_map(|(namespace, auth)| Packet::Connect { namespace: namespace.into(), auth }),
        namespace().prop_map(|namespace| Packet::Disconnect { namespace: namespace.into() }),
        (namespace(), any::<Option<u64>>(), "[a-z]{1,3}", args(), attachments()).prop_map(
            |(namespace, id, name, rest, attachments)| {
                let args = [name.into()].into_iter().chain(rest).collect();
                Packet::Event { namespace: namespace.into(), id, args, attachments }
            }
        ),
        (namespace(), any::<u64>(), args(), attachments()).prop_map(
            |(namespace, id, args, attachments)| Packet::Ack {
                namespace: namespace.into(),
                id,
                args,
                attachments
            }
        ),
        (namespace(), object(json_value())).prop_map(|(namespace, error)| {
            Packet::ConnectError { namespace: namespace.into(), error: error.into() }
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(packet in any_packet()) {
        let mut decoder = Decoder::new(usize::MAX);
        let mut decoded = None;
        for message in packet.encode() {
            prop_assert_eq!(&decoded, &None);
            decoded = decoder.add(&message).unwrap();
        }
        prop_assert_eq!(decoded, Some(packet));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r#"[0-7]?([0-9]{0,3}-)?(/[a-z]*,)?[0-9]{0,3}([\[\]{}",:0-9a-z]|[^.]){0,40}"#) {
        if let Ok((packet, 0)) = Packet::parse(&text) {
            // What is understood can be said again.
            let again = packet.encode();
            prop_assert_eq!(Packet::parse(text_of(&again[0])), Ok((packet, 0)));
        }
    }
}
