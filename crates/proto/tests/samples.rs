//! `proto/samples` holds one envelope for every event of the contract: what other people's
//! programs may rely on. A change that shows here changes their world.

#![expect(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::{fs, path::PathBuf};

use kiosk_proto::{DESCRIPTORS, EventMeta, envelope, event_metas, v1::Event};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, Value};
use serde_json::Value as Json;

fn sample_path(meta: &EventMeta) -> PathBuf {
    let file = format!("{}.json", meta.name.replace(':', "."));
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/samples").join(file)
}

/// Reads a sample strictly by the descriptors (an unknown field is an error), as an `Event`.
fn event_of(sample: &Json, number: u32) -> Event {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let descriptor = pool.get_message_by_name("kiosk.v1.Event").unwrap();
    let field = descriptor.get_field(number).unwrap();
    let Kind::Message(payload) = field.kind() else { panic!("a payload is a message") };
    let data = DynamicMessage::deserialize(payload, &sample["data"]).unwrap();

    let mut event = DynamicMessage::new(descriptor);
    event.set_field(&field, Value::Message(data));
    let mut event = Event::decode(&*event.encode_to_vec()).unwrap();
    event.position = sample.get("seq").map(|seq| kiosk_proto::v1::Position {
        epoch: sample["epoch"].as_str().unwrap().into(),
        seq: seq.as_u64().unwrap(),
    });
    event.clock_trusted = true;
    event
}

#[test]
fn every_event_has_a_sample_that_is_its_envelope_to_the_letter() {
    for (&number, meta) in event_metas() {
        let path = sample_path(meta);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let sample: Json = serde_json::from_str(&text).unwrap();
        let event = event_of(&sample, number);
        let written: Json = serde_json::from_str(&envelope(&event)).unwrap();
        assert_eq!(written, sample, "{}", path.display());
        assert_eq!(sample["event"], meta.name.as_str());
        assert_eq!(meta.ephemeral, sample.get("seq").is_none(), "{}", meta.name);
    }
}

#[test]
fn a_sample_without_an_event_is_a_leftover() {
    let known: Vec<_> = event_metas().values().map(sample_path).collect();
    let folder = known[0].parent().unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(known.iter().any(|k| k.file_name() == path.file_name()), "{}", path.display());
    }
}

#[test]
fn an_untrusted_clock_and_default_values_are_written_out() {
    let meta = event_metas().iter().find(|(_, m)| m.name == "menu:sold_out_changed").unwrap();
    let sample = serde_json::json!({"data": {"menuId": 3}, "seq": 7, "epoch": "e"});
    let event = Event { clock_trusted: false, ..event_of(&sample, *meta.0) };
    assert_eq!(
        envelope(&event),
        r#"{"event":"menu:sold_out_changed","data":{"menuId":3,"menuName":"","isSoldOut":false,"byStock":false},"seq":7,"epoch":"e","clockTrusted":false}"#
    );
}

#[test]
fn topics_follow_the_contracts_rule_and_names_are_unique() {
    let mut names: Vec<_> = event_metas().values().map(|m| &m.name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), event_metas().len());
    for meta in event_metas().values() {
        let topic = (!meta.ephemeral).then(|| format!("event/{}", meta.name.replace(':', "/")));
        assert_eq!(meta.topic, topic, "{}", meta.name);
    }
}

#[test]
fn room_templates_name_fields_that_exist() {
    for (&number, meta) in event_metas() {
        let event = event_of(
            &serde_json::from_str::<Json>(&fs::read_to_string(sample_path(meta)).unwrap()).unwrap(),
            number,
        );
        let payload = event.payload.as_ref().unwrap();
        let rooms: Vec<_> = meta.rooms(payload).collect();
        assert!(!rooms.is_empty(), "{}", meta.name);
        if meta.name.starts_with("order:") {
            assert!(rooms.contains(&format!("order_{}", payload.text("orderId").unwrap())));
        }
    }
}
