//! The journal's files, without a box.

use std::{fs, num::NonZeroU32, path::Path};

use kiosk_journal::{Config, NewRecord, open};
use kiosk_proto::v1::{event::Payload, *};
use prost::Message as _;

use crate::support::kioskctl;

/// One record of settings' changes to the values.
fn record(values: &[&str]) -> Vec<u8> {
    let events = values.iter().map(|value| {
        let change =
            SettingChanged { key: "k".into(), value: (*value).into(), ..Default::default() };
        Event { payload: Some(Payload::SettingsChanged(change)), ..Default::default() }
    });
    let events = events.collect();
    JournalRecord { clock_trusted: true, events, ..Default::default() }.encode_to_vec()
}

fn write(data_dir: &Path, payloads: &[(u32, Vec<u8>)]) {
    let mut writer = open(&Config::new(data_dir.join("journal"))).unwrap().writer;
    for (events, payload) in payloads {
        let events = NonZeroU32::new(*events).unwrap();
        writer.append(&[NewRecord { events, payload }]).unwrap();
    }
}

async fn journal(data_dir: &Path, args: &[&str]) -> (i32, String, String) {
    let data_dir = data_dir.to_str().unwrap();
    let args = [&["journal"], args, &["--data-dir", data_dir]].concat();
    kioskctl("http://127.0.0.1:1", &args).end().await
}

#[tokio::test]
async fn a_journal_is_dumped_as_the_envelopes_of_its_events() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[(2, record(&["a", "b"])), (1, record(&["c"]))]);
    let (code, stdout, stderr) = journal(dir.path(), &["dump", "--from", "2"]).await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let facts: Vec<_> = lines.iter().map(|l| (&l["seq"], &l["data"]["value"])).collect();
    assert_eq!(facts, [(&2.into(), &"b".into()), (&3.into(), &"c".into())]);
    assert_eq!(
        (&lines[0]["event"], lines[0]["epoch"].as_str().unwrap().len()),
        (&"settings:changed".into(), 16)
    );
}

#[tokio::test]
async fn what_is_kept_of_a_pin_is_not_dumped() {
    let dir = tempfile::tempdir().unwrap();
    let pin_hash = Some("$argon2id$secret".into());
    let member = CellMember { member_id: 3, name: "Mina".into(), has_pin: true, pin_hash };
    let change = CellMemberChanged { member: Some(member), ..Default::default() };
    let payload = Some(Payload::CellMemberChanged(change));
    let events = vec![Event { payload, ..Default::default() }];
    let record = JournalRecord { events, ..Default::default() }.encode_to_vec();
    write(dir.path(), &[(1, record)]);
    let (code, stdout, _) = journal(dir.path(), &["dump"]).await;
    assert_eq!(code, 0);
    assert!(stdout.contains("Mina") && !stdout.contains("secret"), "{stdout}");
}

#[tokio::test]
async fn a_sound_journal_verifies_and_a_damaged_one_exits_1() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[(2, record(&["a", "b"])), (1, record(&["c"])), (1, record(&["d"]))]);
    let (code, stdout, stderr) = journal(dir.path(), &["verify", "--json"]).await;
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(
        (&report["records"], &report["events"], &report["lastSeq"]),
        (&3.into(), &4.into(), &4.into())
    );

    let segment = fs::read_dir(dir.path().join("journal")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&segment).unwrap();
    // The value `c` stands once: in the record between two sound ones.
    let c = bytes.windows(3).position(|w| w == b"\x12\x01c").unwrap();
    bytes[c + 2] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let (code, stdout, stderr) = journal(dir.path(), &["verify"]).await;
    assert_eq!((code, stderr.as_str()), (1, "kioskctl: the journal is damaged in one place\n"));
    assert!(stdout.contains("event 3 is missing"), "{stdout}");
    let (code, stdout, stderr) = journal(dir.path(), &["dump"]).await;
    assert_eq!((code, stdout.lines().count()), (1, 3), "what can be read is printed: {stdout}");
    assert!(stderr.contains("event 3 is missing"), "{stderr}");
}

#[tokio::test]
async fn a_record_that_is_not_what_it_claims_is_told() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[(2, record(&["a"])), (1, b"\xff".to_vec())]);
    let (code, stdout, stderr) = journal(dir.path(), &["dump"]).await;
    assert_eq!((code, stdout.lines().count()), (1, 1));
    assert!(stderr.contains("record of event 1: 2 events announced, 1 held"), "{stderr}");
    assert!(stderr.contains("record of event 3: "), "{stderr}");
}

#[tokio::test]
async fn a_directory_without_a_journal_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, stderr) = journal(dir.path(), &["verify"]).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("No such file"), "{stderr}");
}
