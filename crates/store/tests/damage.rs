//! What a bad sector, a worn card or a bug of sled does to the files is never believed.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use kiosk_store::Applied;
use support::{Answers, Cafe, copy, fill, open, open_sound, scrub};
use tempfile::{TempDir, tempdir};

/// sled's background panics are counted for the process, which has one store in production.
static ONE_STORE: Mutex<()> = Mutex::new(());

#[test]
fn a_flipped_bit_is_mended_or_put_aside_and_never_believed() {
    damage_many_times(210, flip_a_bit, &[PUT_ASIDE_AT_OPEN]);
}

#[test]
fn a_lost_sector_is_mended_or_put_aside_and_never_believed() {
    damage_many_times(100, lose_a_sector, &[PUT_ASIDE_AT_OPEN, SEEN_LATER]);
}

const PUT_ASIDE_AT_OPEN: &str = "put aside at open";
const SEEN_LATER: &str = "seen by the scrub, a query or a batch";
/// The damage was to what sled had superseded, or it took a tail that the journal has.
const NO_HARM: &str = "no harm";

/// The outcomes that a test must reach are some in a hundred: it goes on until it has, to so many.
const TIMES_MAX: usize = 1_000;
/// Where sled puts things is not the same in every store, and some have no place for an outcome: so
/// many times, and a new one is made.
const TIMES_A_STORE: usize = 250;

/// Half of the times to a store that was closed and opened again: then sled has a snapshot, and
/// finds damage in a page only when it reads it, where without one it reads its log up to the
/// damage and drops what comes after.
fn damage_many_times(times: usize, damage: fn(&Path, &mut Random) -> String, must_reach: &[&str]) {
    let _one = ONE_STORE.lock().unwrap_or_else(PoisonError::into_inner);
    let cafe = Cafe::busy_days(5, 60, 30);
    let mut stores = fresh_and_opened_again(&cafe);
    let mut random = Random(0x5EED);
    let mut tally = BTreeMap::<&str, u32>::new();
    for time in 0..TIMES_MAX {
        if time >= times && must_reach.iter().all(|outcome| tally.contains_key(outcome)) {
            break;
        }
        if time > 0 && time % TIMES_A_STORE == 0 {
            stores = fresh_and_opened_again(&cafe);
        }
        let sound = if time % 2 == 0 { &stores.0 } else { &stores.1 };
        let dir = tempdir().unwrap();
        copy(sound.path(), dir.path());
        let what = damage(&dir.path().join("sled"), &mut random);
        *tally.entry(outcome(&cafe, dir.path(), &what)).or_default() += 1;
    }
    println!("{tally:?}");
    assert!(must_reach.iter().all(|outcome| tally.contains_key(outcome)), "{tally:?}");
}

fn fresh_and_opened_again(cafe: &Cafe) -> (TempDir, TempDir) {
    let (fresh, opened_again) = (tempdir().unwrap(), tempdir().unwrap());
    drop(fill(fresh.path(), cafe));
    copy(fresh.path(), opened_again.path());
    drop(open_sound(opened_again.path()));
    (fresh, opened_again)
}

/// What became of a store with damage somewhere; fails if damage is believed.
fn outcome(cafe: &Cafe, dir: &Path, what: &str) -> &'static str {
    let mut opened = open(dir).unwrap_or_else(|e| panic!("{what}: {e}"));
    if opened.put_aside.is_some() {
        assert_eq!(opened.applied, Applied::default(), "{what}");
        return PUT_ASIDE_AT_OPEN;
    }
    // Less may have been applied, as after a crash, but what is there is the truth of that moment.
    assert_eq!(cafe.state_at(opened.applied), Some(opened.state), "{what}");
    let seen = cafe
        .catch_up(&mut opened.writer, opened.applied)
        .and_then(|()| scrub(&mut opened.writer))
        .and_then(|()| cafe.check_answers(&opened.reader));
    drop((opened.writer, opened.reader));
    match seen {
        Ok(answers) => {
            assert_eq!(answers, Answers::True, "{what}");
            NO_HARM
        }
        Err(_) => {
            let again = open(dir).unwrap();
            assert!(again.put_aside.is_some(), "{what}");
            SEEN_LATER
        }
    }
}

/// In a random file, at a random byte that is in use.
fn flip_a_bit(sled_dir: &Path, random: &mut Random) -> String {
    let files: Vec<PathBuf> = fs::read_dir(sled_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    // Most of the bytes are in `db`; the others are small and get their share all the same.
    let db = sled_dir.join("db");
    let path = if random.below(4) == 0 { &files[random.below(files.len())] } else { &db };
    let mut bytes = fs::read(path).unwrap();
    let at = loop {
        let at = random.below(bytes.len());
        if bytes[at] != 0 {
            break at;
        }
    };
    let bit = random.below(8);
    bytes[at] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
    format!("bit {bit} of byte {at} of {}", path.display())
}

/// A sector of the data file reads as zeros.
fn lose_a_sector(sled_dir: &Path, random: &mut Random) -> String {
    let path = sled_dir.join("db");
    let mut bytes = fs::read(&path).unwrap();
    let sectors = bytes.chunks_mut(4096);
    let mut in_use: Vec<_> =
        sectors.enumerate().filter(|(_, sector)| sector.iter().any(|byte| *byte != 0)).collect();
    let chosen = random.below(in_use.len());
    let (number, sector) = &mut in_use[chosen];
    sector.fill(0);
    let what = format!("sector {number}");
    fs::write(path, bytes).unwrap();
    what
}

/// xorshift64*: the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}
