//! On a real directory.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use kiosk_journal::{
    AppendError, Config, Damage, Disk, GROUP_BYTES_MAX, Item, Log, OpenError, PAYLOAD_BYTES_MAX,
    ReadError, Writer, open, verify,
};

use crate::common::{SEGMENT_BYTES, events, files, gaps, payloads, read_from, record, writer_on};

fn writer_in(dir: &tempfile::TempDir) -> Writer {
    writer_on(Arc::new(Disk::create(dir.path()).unwrap()))
}

/// A log of several segments; returns its payloads.
fn fill(writer: &mut Writer, records: usize) -> Vec<Vec<u8>> {
    let all: Vec<Vec<u8>> = (0..records).map(|n| format!("order {n:04}").into_bytes()).collect();
    for payload in &all {
        writer.append(&[record(payload)]).unwrap();
    }
    all
}

#[test]
fn what_was_appended_is_read_back_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    assert_eq!(writer.next_seq(), 1);
    let epoch = writer.epoch();
    assert_eq!(writer.append(&[events(2, b"a"), events(3, b"")]).unwrap(), 5);
    assert_eq!(writer.append(&[record(b"c")]).unwrap(), 6);
    assert_eq!(writer.append(&[]).unwrap(), 6);
    drop(writer);

    let writer = writer_in(&dir);
    assert_eq!((writer.next_seq(), writer.epoch()), (7, epoch));
    let items = read_from(&writer.log(), 1);
    assert_eq!(payloads(&items), [b"a".to_vec(), b"".to_vec(), b"c".to_vec()]);
    let Item::Record(second) = &items[1] else { panic!("{items:?}") };
    assert_eq!((second.first_seq, second.events, second.epoch), (3, 3, epoch));
}

#[test]
fn a_reader_starts_at_any_position() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let all = fill(&mut writer, 30);
    assert!(files(dir.path()).len() > 3);
    for from in 0..=31 {
        let skipped = (from as usize).saturating_sub(1);
        assert_eq!(payloads(&read_from(&writer.log(), from)), all[skipped..], "from {from}");
    }
}

#[test]
fn a_record_that_reaches_into_the_position_is_returned_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    writer.append(&[events(3, b"one to three"), record(b"four")]).unwrap();
    let items = read_from(&writer.log(), 3);
    assert_eq!(payloads(&items), [b"one to three".to_vec(), b"four".to_vec()]);
}

#[test]
fn a_reader_follows_the_writer_over_segments() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let mut reader = writer.log().reader(1);
    for n in 0..50_u32 {
        assert_eq!(reader.next().unwrap(), None);
        writer.append(&[record(&n.to_le_bytes()), record(b"second")]).unwrap();
        for expected in [&n.to_le_bytes()[..], b"second"] {
            let Some(Item::Record(record)) = reader.next().unwrap() else { panic!("at {n}") };
            assert_eq!(record.payload, expected);
        }
    }
}

#[test]
fn a_reader_in_another_thread_sees_every_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let mut reader = writer.log().reader(1);
    let follower = std::thread::spawn(move || {
        let mut seen = Vec::new();
        while seen.len() < 400 {
            match reader.next().unwrap() {
                Some(Item::Record(record)) => seen.push(record.payload),
                Some(Item::Gap(damage)) => panic!("{damage}"),
                None => std::thread::yield_now(),
            }
        }
        seen
    });
    let log = writer.log();
    let mut all = Vec::new();
    for _ in 0..10 {
        all.extend(fill(&mut writer, 40));
        while log.compress_closed().unwrap().is_some() {}
    }
    assert_eq!(follower.join().unwrap(), all);
}

#[test]
fn what_is_too_large_is_refused_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let large = vec![b'x'; PAYLOAD_BYTES_MAX];
    let larger = vec![b'x'; PAYLOAD_BYTES_MAX + 1];
    let error = writer.append(&[record(b"a"), record(&larger)]).unwrap_err();
    assert!(
        matches!(error, AppendError::RecordTooLarge { bytes } if bytes == larger.len()),
        "{error}"
    );
    let group = vec![record(&large); GROUP_BYTES_MAX / PAYLOAD_BYTES_MAX + 1];
    let error = writer.append(&group).unwrap_err();
    assert!(matches!(error, AppendError::GroupTooLarge { .. }), "{error}");
    assert_eq!(writer.next_seq(), 1);

    writer.append(&[record(&large); 64]).unwrap();
    assert_eq!(payloads(&read_from(&writer.log(), 1)), vec![large; 64]);
    assert_eq!(verify(dir.path()).unwrap().damage, []);
}

#[test]
fn a_new_epoch_goes_on_with_the_next_seq() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let mut reader = writer.log().reader(1);
    let first = writer.epoch();
    // In an empty segment, in a used one, and twice in a row.
    let second = writer.start_epoch(0).unwrap();
    writer.append(&[record(b"a")]).unwrap();
    assert!(matches!(reader.next().unwrap(), Some(Item::Record(r)) if r.epoch == second));
    writer.start_epoch(0).unwrap();
    let last = writer.start_epoch(0).unwrap();
    writer.append(&[record(b"b")]).unwrap();
    assert!(matches!(reader.next().unwrap(), Some(Item::Record(r)) if r.epoch == last));
    assert!(first != second && second != last);
    drop(writer);

    let writer = writer_in(&dir);
    assert_eq!((writer.epoch(), writer.next_seq()), (last, 3));
    assert_eq!(payloads(&read_from(&writer.log(), 1)), [b"a".to_vec(), b"b".to_vec()]);
    assert_eq!(verify(dir.path()).unwrap().damage, []);
}

#[test]
fn a_missing_segment_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let all = fill(&mut writer, 30);
    let (log, names) = (writer.log(), files(dir.path()));
    let first_of = |name: &String| name[..20].parse::<u64>().unwrap();
    fs::remove_file(dir.path().join(&names[1])).unwrap();
    let missing = first_of(&names[1])..first_of(&names[2]);

    let items = read_from(&log, 1);
    let offset = fs::metadata(dir.path().join(&names[0])).unwrap().len();
    let gap = Damage {
        file: names[0].clone(),
        offset,
        missing: missing.clone(),
        epoch: Some(writer.epoch()),
    };
    assert_eq!(gaps(&items), [&gap]);
    assert_eq!(items.len() as u64, all.len() as u64 - (missing.end - missing.start) + 1);
    assert_eq!(verify(dir.path()).unwrap().damage, [gap]);

    // From inside what is missing, and from behind it.
    assert_eq!(gaps(&read_from(&log, missing.end - 1))[0].missing, missing.end - 1..missing.end);
    assert_eq!(payloads(&read_from(&log, missing.end)), all[missing.end as usize - 1..]);
}

#[test]
fn a_log_whose_newest_segment_is_gone_continues_under_a_new_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    fill(&mut writer, 30);
    let epoch = writer.epoch();
    while writer.log().compress_closed().unwrap().is_some() {}
    drop(writer);
    fs::remove_file(dir.path().join(files(dir.path()).pop().unwrap())).unwrap();
    let reported = verify(dir.path()).unwrap().damage;
    assert_eq!(reported.len(), 1);

    let opened = open(&Config::new(dir.path())).unwrap();
    assert_eq!(opened.damage.as_ref(), reported.first());
    assert_ne!(opened.writer.epoch(), epoch);
    assert_eq!(opened.writer.next_seq(), reported[0].missing.end);
    drop(opened);
    assert_eq!(open(&Config::new(dir.path())).unwrap().damage, None);
}

#[test]
fn closed_segments_shrink_and_stay_readable_also_for_the_zstd_program() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        open(&Config { dir: dir.path().into(), segment_bytes_max: 20_000 }).unwrap().writer;
    let all = fill(&mut writer, 2_000);
    let plain = fs::read(dir.path().join(&files(dir.path())[0])).unwrap();
    let log = writer.log();
    let first = log.compress_closed().unwrap().unwrap();
    assert_eq!(first.plain_bytes, plain.len() as u64);
    assert!(first.compressed_bytes < first.plain_bytes / 2, "{first:?}");
    while log.compress_closed().unwrap().is_some() {}

    let names = files(dir.path());
    assert!(names.iter().rev().skip(1).all(|name| name.ends_with(".log.zst")), "{names:?}");
    assert!(names.last().unwrap().ends_with(".log"));
    assert_eq!(payloads(&read_from(&log, 1)), all);
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.records, report.damage), (2_000, vec![]));
    assert_eq!(report.compressed_segments, report.segments - 1);

    match Command::new("zstd").args(["-dcq"]).arg(dir.path().join(&names[0])).output() {
        Ok(output) => assert!(output.status.success() && output.stdout == plain),
        Err(error) => println!("skipped: the zstd program can't be run: {error}"),
    }
}

#[test]
fn a_reader_goes_on_while_its_segment_is_compressed_under_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let all = fill(&mut writer, 30);
    let log = writer.log();
    for read_before in 0..all.len() {
        let mut reader = log.reader(1);
        let mut seen = 0;
        while seen < read_before {
            assert!(
                matches!(reader.next().unwrap(), Some(Item::Record(r)) if r.payload == all[seen])
            );
            seen += 1;
        }
        log.compress_closed().unwrap();
        while let Some(Item::Record(record)) = reader.next().unwrap() {
            assert_eq!(record.payload, all[seen]);
            seen += 1;
        }
        assert_eq!(seen, all.len());
    }
}

#[test]
fn both_forms_of_a_segment_are_one_segment() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    let all = fill(&mut writer, 30);
    let log = writer.log();
    let name = files(dir.path())[0].clone();
    let plain = fs::read(dir.path().join(&name)).unwrap();
    log.compress_closed().unwrap();
    fs::write(dir.path().join(&name), plain).unwrap();
    let report = verify(dir.path()).unwrap();
    assert_eq!((report.segments, report.compressed_segments), (files(dir.path()).len() - 1, 0));
    assert_eq!(payloads(&read_from(&log, 1)), all);
    assert_eq!(log.compress_closed().unwrap().unwrap().file, format!("{name}.zst"));
    assert!(!dir.path().join(&name).exists());
    assert_eq!(payloads(&read_from(&log, 1)), all);
}

#[test]
fn another_process_can_verify_and_read_while_the_log_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    assert!(Log::snapshot(dir.path()).unwrap().is_some());
    let path = dir.path().to_owned();
    let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(0);
    let verifier = std::thread::spawn(move || {
        let mut rounds = 0_u32;
        let mut last = 0;
        loop {
            let done =
                stopped.try_recv().is_err_and(|e| e == std::sync::mpsc::TryRecvError::Disconnected);
            let report = verify(&path).unwrap();
            assert_eq!(report.damage, []);
            assert!(report.records >= last);
            last = report.records;
            rounds += 1;
            if done {
                return (rounds, last);
            }
        }
    });
    for _ in 0..20 {
        fill(&mut writer, 40);
        while writer.log().compress_closed().unwrap().is_some() {}
    }
    drop(stop);
    let (rounds, last) = verifier.join().unwrap();
    assert!(rounds >= 2 && last == 800, "{rounds} rounds, {last} records");
}

#[test]
fn a_later_format_is_refused_and_not_repaired() {
    let dir = tempfile::tempdir().unwrap();
    drop(writer_in(&dir));
    let path = dir.path().join(&files(dir.path())[0]);
    let mut header = fs::read(&path).unwrap();
    header[8] = 2;
    let crc = crc32c::crc32c(&header[..32]);
    header[32..].copy_from_slice(&crc.to_le_bytes());
    fs::write(&path, &header).unwrap();
    let error = open(&Config::new(dir.path())).unwrap_err();
    let OpenError::Read(ReadError::Version { version: 2, .. }) = error else { panic!("{error}") };
    assert_eq!(fs::read(&path).unwrap(), header);
}

#[test]
fn foreign_files_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer_in(&dir);
    for name in ["1.log", "+0000000000000000009.log", "notes.txt", "99999999999999999999.log"] {
        fs::write(dir.path().join(name), b"?").unwrap();
    }
    let all = fill(&mut writer, 30);
    drop(writer);
    let writer = writer_in(&dir);
    assert_eq!(payloads(&read_from(&writer.log(), 1)), all);
    assert!(dir.path().join("notes.txt").exists());
}

#[test]
fn an_empty_directory_verifies_as_an_empty_log_and_a_missing_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(verify(dir.path()).unwrap(), Default::default());
    assert!(Log::snapshot(dir.path()).unwrap().is_none());
    assert!(matches!(verify(&dir.path().join("no")), Err(ReadError::Io { .. })));
    assert_eq!(SEGMENT_BYTES, 400, "the other tests count on a few records per segment");
}
