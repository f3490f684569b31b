//! A deadlock of sled's, and that the store does not come to it. (There is another, which needs no
//! more than one writer: the hub's watch is there for that.)
//!
//! sled writes with a pool of seven threads. `flush_async` runs on that pool too and waits there for
//! what is to be written: seven at a time leave no thread that could write it, and the pool does
//! not grow (its count of idle threads has gone below zero and reads as very many).
#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stdout, reason = "how a process says that it goes on")]

mod support;

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

use kiosk_domain::{Change, Counters};
use kiosk_store::{Applied, Batch, Reader};
use support::{Cafe, EPOCH, fill, open_sound};
use tempfile::tempdir;

/// Makes the test one of the parties: so many tasks, or the store.
const PARTY: &str = "KIOSK_STORE_TEST_PARTY";
/// Where the party writes.
const DIR: &str = "KIOSK_STORE_TEST_DIR";

const ROUNDS: u64 = 1_000;
/// How often tasks may be lucky.
const ATTEMPTS: u32 = 20;
/// A process of which nothing is heard for so long, where a round takes microseconds, is stuck.
const SILENCE: Duration = Duration::from_secs(5);
/// The same where nobody should get stuck: the machine may be slow, or stall.
const LONG_SILENCE: Duration = Duration::from_secs(60);

#[derive(Debug, PartialEq, Eq)]
enum End {
    Finished,
    Stuck,
}

#[test]
fn tasks_that_flush_sled_get_stuck_and_the_one_writer_does_not() {
    if let (Ok(party), Some(dir)) = (env::var(PARTY), env::var_os(DIR)) {
        return match party.parse() {
            Ok(tasks) => transact_and_flush(dir.as_ref(), tasks),
            Err(_) => write_among_readers(dir.as_ref()),
        };
    }
    // Most times at the first attempt: seven of them have to wait at the same moment.
    let gets_stuck = (0..ATTEMPTS).any(|_| run("16", SILENCE) == End::Stuck);
    assert!(gets_stuck, "sled now copes: the rule may be relaxed");
    assert_eq!(run("6", LONG_SILENCE), End::Finished, "the cause is another: a thread is left");
    assert_eq!(run("the store", LONG_SILENCE), End::Finished);
}

/// A process of its own: threads that wait for each other can't be ended otherwise.
fn run(party: &str, silence_max: Duration) -> End {
    let dir = tempdir().unwrap();
    let mut process = Command::new(env::current_exe().unwrap())
        .args(["--exact", "tasks_that_flush_sled_get_stuck_and_the_one_writer_does_not"])
        .arg("--nocapture")
        .env(PARTY, party)
        .env(DIR, dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, heard) = sync_channel(1);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    thread::spawn(move || lines.try_for_each(|line| sender.send(line.ok()?).ok()));
    loop {
        match heard.recv_timeout(silence_max) {
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => {
                process.kill().unwrap();
                process.wait().unwrap();
                return End::Stuck;
            }
            Err(RecvTimeoutError::Disconnected) => {
                assert!(process.wait().unwrap().success(), "{party} failed");
                return End::Finished;
            }
        }
    }
}

fn be_heard() {
    println!("goes on");
}

fn transact_and_flush(dir: &Path, tasks: usize) {
    let sled = sled::Config::new().path(dir).open().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let tasks: Vec<_> = (0..tasks)
        .map(|task| {
            let sled = sled.clone();
            runtime.spawn(async move {
                for round in 0..ROUNDS {
                    sled.transaction(|rows| {
                        rows.insert(&task.to_be_bytes(), &round.to_be_bytes())?;
                        Ok::<(), sled::transaction::ConflictableTransactionError>(())
                    })
                    .unwrap();
                    sled.flush_async().await.unwrap();
                    be_heard();
                }
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
}

/// As much as eight of the tasks write, while eight threads read.
fn write_among_readers(dir: &Path) {
    let cafe = Cafe::busy_days(2, 20, 1);
    let mut opened = fill(dir, &cafe);
    let first_seq = opened.applied.seq + cafe.applied().seq + 1;
    let last = Applied { epoch: EPOCH, seq: first_seq + 8 * ROUNDS };
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| read(&opened.reader, &cafe, &is_done));
        }
        for seq in first_seq..=last.seq {
            let key = format!("setting {}", seq % 8);
            let batch = Batch {
                applied: Applied { epoch: EPOCH, seq },
                counters: Counters::default(),
                now_ms: cafe.now_ms,
                changes: &[Change::Setting { key, value: seq.to_string() }],
                requests: &[],
            };
            opened.writer.apply(&batch).unwrap();
            be_heard();
        }
        is_done.store(true, Relaxed);
    });
    opened.writer.close().unwrap();
    drop(opened.reader);
    assert_eq!(open_sound(dir).applied, last);
}

fn read(reader: &Reader, cafe: &Cafe, is_done: &AtomicBool) {
    while !is_done.load(Relaxed) {
        for day in cafe.days() {
            let orders = reader.orders_of_day(day, 0, usize::MAX).unwrap();
            assert_eq!(orders.len(), 20);
        }
    }
}
