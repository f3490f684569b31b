//! Devices in the working set, and the record in history.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_domain::{Command, DeviceCommand, SecretHash};
use kiosk_proto::v1::{AuditEntry, Person, audit_entry::Kind, role::Value as Role};
use support::{Cafe, fill, open_sound, scrub};
use tempfile::tempdir;

fn run(cafe: &mut Cafe, command: DeviceCommand) {
    assert!(cafe.run(&Command::Device(command)));
}

#[test]
fn devices_are_restored_with_what_is_kept_of_their_tokens_and_the_record_is_read_backwards() {
    let mut cafe = Cafe::open();
    for name in ["Door", "Window", "Bar"] {
        run(
            &mut cafe,
            DeviceCommand::Pair {
                role: Role::Kiosk,
                name: name.into(),
                token_hash: SecretHash::new(format!("$6${name}$")).unwrap(),
                address: "192.0.2.7".into(),
                paired_by: Person { id: 0, name: "admin".into() },
            },
        );
    }
    run(&mut cafe, DeviceCommand::Rename { device_id: 2, name: "Glass".into() });
    run(&mut cafe, DeviceCommand::Revoke { device_id: 1, reason: "lost".into() });
    for times in 1..=300 {
        let kind = Kind::TokenRefused.into();
        run(&mut cafe, DeviceCommand::Record(AuditEntry { kind, times, ..Default::default() }));
    }
    let dir = tempdir().unwrap();
    let opened = fill(dir.path(), &cafe);
    let numbers = |before, limit| -> Vec<i32> {
        let entries = opened.reader.audit(before, limit).unwrap();
        entries.iter().map(|entry| entry.entry_num).collect()
    };
    assert_eq!(numbers(None, 3), [305, 304, 303]);
    assert_eq!(numbers(Some(3), 9), [2, 1]);
    assert_eq!(numbers(Some(1), 9), [0; 0]);
    let revoked = &opened.reader.audit(Some(6), 1).unwrap()[0];
    assert_eq!((revoked.kind(), revoked.detail.as_str()), (Kind::Revoked, "lost"));
    drop(opened);

    let mut opened = open_sound(dir.path());
    assert_eq!(opened.state, cafe.state);
    let kept: Vec<_> = opened
        .state
        .devices()
        .map(|it| (it.device.device_id, it.device.name.as_str(), it.token_hash.expose()))
        .collect();
    assert_eq!(kept, [(2, "Glass", "$6$Window$"), (3, "Bar", "$6$Bar$")]);
    scrub(&mut opened.writer).unwrap();
}
