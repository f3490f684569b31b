//! What a data directory holds, made whole: journal, store and state at one position.

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use kiosk_journal::{AppendError, Item, Log, NewRecord};
use kiosk_proto::{Timestamp, v1::JournalRecord};
use kiosk_store::{Applied, Opened};
use prost::Message as _;
use tracing::{info, warn};

use crate::{
    Clock, Config, Position, Snapshot, StartError,
    applier::put_aside,
    catch_up::{CaughtUp, catch_up, without_store},
    incident,
    stats::Stats,
};

/// Everything that a hub is made of, at the position of the snapshot.
pub(crate) struct Recovered {
    pub(crate) journal: kiosk_journal::Writer,
    pub(crate) store: CaughtUp,
    pub(crate) store_config: kiosk_store::Config,
    pub(crate) stats: Arc<Stats>,
    /// Of the newest record.
    pub(crate) newest_time: Timestamp,
    pub(crate) snapshot: Snapshot,
}

/// Opens the journal, which repairs its own tail, and the store, which catches up with it. What had
/// to be mended becomes an event; where history can't be proved any more, a new epoch begins.
pub(crate) fn recover(config: &Config) -> Result<Recovered, StartError> {
    let dir = &config.data_dir;
    let opened = kiosk_journal::open(&kiosk_journal::Config::new(dir.join("journal")))?;
    let mut incidents: Vec<String> = opened.damage.iter().map(ToString::to_string).collect();
    let mut journal = opened.writer;

    let store_config = kiosk_store::Config::new(dir.join("state"));
    let stats = Arc::new(Stats::default());
    let store = caught_up_store(&store_config, &journal.log(), dir, &stats, &mut incidents)?;
    incidents.extend(store.gaps.iter().map(ToString::to_string));
    if store.applied_seq >= journal.next_seq() {
        incidents.push(format!(
            "the journal ends before event {}, which the store has: it was cut or replaced",
            store.applied_seq
        ));
        journal.start_epoch(store.applied_seq)?;
    } else if store.gaps.iter().any(|gap| gap.epoch == Some(journal.epoch())) {
        journal.start_epoch(0)?;
    }

    let newest_time = newest_time(&journal)?;
    let is_told = raise(&mut journal, &*config.clock, incidents)?;
    let log = journal.log();
    let store = if is_told {
        or_without(store.go_on(&log).map_err(Into::into), &log, &stats)?
    } else {
        store
    };
    let position = Position { epoch: journal.epoch(), seq: journal.next_seq() - 1 };
    info!(epoch = %position.epoch, seq = position.seq, "the journal and the store are open");
    let snapshot = Snapshot { position, state: store.state.clone() };
    Ok(Recovered { journal, store, store_config, stats, newest_time, snapshot })
}

/// Without a store that can be opened or written, the box shows what the journal has, and the
/// store's thread goes on trying.
fn caught_up_store(
    config: &kiosk_store::Config,
    log: &Log,
    data_dir: &Path,
    stats: &Stats,
    incidents: &mut Vec<String>,
) -> Result<CaughtUp, StartError> {
    let caught_up = open_store(config, log, data_dir).and_then(|opened| {
        incidents.extend(opened.put_aside.as_ref().map(put_aside));
        // However long it takes: nobody watches a start.
        Ok(catch_up(log, opened, &|| {})?)
    });
    or_without(caught_up, log, stats)
}

/// What can't be done without a store is not a reason to show nothing.
fn or_without(
    caught_up: Result<CaughtUp, StartError>,
    log: &Log,
    stats: &Stats,
) -> Result<CaughtUp, StartError> {
    match caught_up {
        Err(error @ (StartError::Store(_) | StartError::Write(_))) => {
            warn!(error = &error as &dyn std::error::Error, "no orders are taken: no store");
            stats.store_lacks_room.store(error.is_for_want_of_room(), Relaxed);
            Ok(without_store(log)?)
        }
        caught_up => caught_up,
    }
}

/// A store that follows from another journal (one of the two was restored from a backup) is put
/// aside like a damaged one.
fn open_store(
    config: &kiosk_store::Config,
    log: &Log,
    data_dir: &Path,
) -> Result<Opened, StartError> {
    let opened = kiosk_store::open(config)?;
    if follows_from(opened.applied, log)? {
        return Ok(opened);
    }
    drop(opened);
    let condemned = kiosk_store::condemn(config, "it follows from another journal");
    condemned.map_err(|source| StartError::DataDir { dir: data_dir.into(), source })?;
    Ok(kiosk_store::open(config)?)
}

fn follows_from(applied: Applied, log: &Log) -> Result<bool, StartError> {
    if applied.seq == 0 {
        return Ok(true);
    }
    Ok(match log.reader(applied.seq).next()? {
        Some(Item::Record(record)) => record.epoch.get() == applied.epoch,
        // Damaged there: nothing speaks against it.
        Some(Item::Gap(_)) => true,
        // The journal is shorter: its end was lost, or it is another one.
        None => applied.epoch == log.epoch().get(),
    })
}

/// Of the newest record; the beginning of time for an empty log.
fn newest_time(journal: &kiosk_journal::Writer) -> Result<Timestamp, StartError> {
    let mut reader = journal.log().reader(journal.next_seq().saturating_sub(1));
    Ok(match reader.next()? {
        Some(Item::Record(record)) => {
            let decoded = JournalRecord::decode(&*record.payload).unwrap_or_default();
            decoded.time.unwrap_or_default()
        }
        _ => Timestamp::default(),
    })
}

/// What start-up had to mend is an event, for everyone to see. Whether there was any.
fn raise(
    journal: &mut kiosk_journal::Writer,
    clock: &dyn Clock,
    incidents: Vec<String>,
) -> Result<bool, StartError> {
    let is_told = !incidents.is_empty();
    for (reason, seq) in incidents.into_iter().zip(journal.next_seq()..) {
        warn!(reason, "an incident is raised");
        let record = incident::record(reason, clock.now(), clock.is_trusted(), seq);
        let payload = record.encode_to_vec();
        match journal.append(&[NewRecord { events: NonZeroU32::MIN, payload: &payload }]) {
            // A full disk must not keep the box from showing what it has.
            Ok(_) | Err(AppendError::NoSpace) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(is_told)
}
