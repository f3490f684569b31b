//! Devices where random steps don't come.

use kiosk_domain::{Command, DeviceCommand, Rejection, SecretHash, decide, limits};
use kiosk_proto::v1::{Person, event::Payload, role::Value as Role};

use crate::cafe::{Cafe, MORNING_MS, stamp};

fn pair(name: &str) -> Command {
    Command::Device(DeviceCommand::Pair {
        role: Role::Board,
        name: name.into(),
        token_hash: SecretHash::new("$6$a$b".into()).unwrap(),
        address: String::new(),
        paired_by: Person::default(),
    })
}

#[test]
fn there_is_a_bound_of_devices_and_one_that_is_revoked_makes_room() {
    let mut state = Cafe::open().state;
    let stamp = stamp(MORNING_MS, 0, Role::Admin);
    let run = |state: &mut kiosk_domain::State, command: Command| -> Result<(), Rejection> {
        decide(state, &command, &stamp)?.iter().for_each(|event| drop(state.apply(event)));
        Ok(())
    };
    for _ in 0..limits::DEVICES_MAX {
        run(&mut state, pair("")).unwrap();
    }
    let full = run(&mut state, pair("")).unwrap_err();
    assert_eq!(full, Rejection::TooMany { what: "devices", max: limits::DEVICES_MAX });
    let revoke = DeviceCommand::Revoke { device_id: 7, reason: String::new() };
    run(&mut state, Command::Device(revoke)).unwrap();
    run(&mut state, pair("")).unwrap();
    let newest = state.devices().last().unwrap().device.device_id;
    assert_eq!(usize::try_from(newest), Ok(limits::DEVICES_MAX + 1), "no id is given twice");
}

#[test]
fn a_name_has_at_most_fifty_characters() {
    let state = Cafe::open().state;
    let stamp = stamp(MORNING_MS, 0, Role::Admin);
    assert!(decide(&state, &pair(&"가".repeat(50)), &stamp).is_ok());
    let long = decide(&state, &pair(&"가".repeat(51)), &stamp).unwrap_err();
    assert_eq!(
        long.to_string(),
        "the device can't be like this: its name has 51 characters, not 1 to 50"
    );
}

#[test]
fn a_device_without_a_hash_or_with_one_that_is_too_long_is_none() {
    let mut state = Cafe::open().state;
    let stamp = stamp(MORNING_MS, 0, Role::Admin);
    let events = decide(&state, &pair(""), &stamp).unwrap();
    let Payload::DeviceChanged(device) = &events[0] else { panic!("a device comes first") };
    for token_hash in [None, Some("x".repeat(limits::SECRET_HASH_BYTES_MAX + 1))] {
        let damaged = kiosk_proto::v1::Device { token_hash, ..device.clone() };
        assert!(state.apply(&Payload::DeviceChanged(damaged)).is_empty());
    }
    assert_eq!(state.devices().count(), 0);
}
