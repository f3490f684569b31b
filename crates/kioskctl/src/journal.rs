use std::{error::Error, path::PathBuf};

use clap::{Args, Subcommand};
use kiosk_journal::{Damage, Item, Log, ReadError, Record, Report, verify};
use kiosk_proto::{
    Secrets as _, envelope,
    v1::{Event, JournalRecord, Position},
};
use prost::Message as _;
use serde::Serialize;

use crate::{
    failure::Failure,
    output::{Output, grouped},
};

/// Where the journal is in the box's data directory.
const JOURNAL: &str = "journal";

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Read and check every record; fails when anything is damaged. The box may be running.
    Verify(DataArgs),
    /// Print every event as its JSON envelope, one a line. The box may be running.
    Dump {
        #[command(flatten)]
        data: DataArgs,
        /// Begin with this event.
        #[arg(long, default_value = "1", value_name = "SEQ")]
        from: u64,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The box's data directory.
    #[arg(long, env = "KIOSK_DATA_DIR")]
    data_dir: PathBuf,
}

impl DataArgs {
    fn journal(&self) -> PathBuf {
        self.data_dir.join(JOURNAL)
    }
}

/// Reads the files themselves: the box need not run.
pub(crate) fn run(command: JournalCommand, output: Output) -> Result<(), Failure> {
    match command {
        JournalCommand::Verify(data) => {
            let report = verify(&data.journal()).map_err(unreadable)?;
            output.message(&VerifyReport::from(&report), VerifyReport::text)?;
            sound(report.damage.len())
        }
        JournalCommand::Dump { data, from } => {
            let Some(log) = Log::snapshot(&data.journal()).map_err(unreadable)? else {
                return Ok(());
            };
            dump(&log, from, output)
        }
    }
}

/// Prints what can be read and says what can't.
fn dump(log: &Log, from: u64, output: Output) -> Result<(), Failure> {
    let mut reader = log.reader(from);
    let mut faults = 0;
    while let Some(item) = reader.next().map_err(unreadable)? {
        let fault = match item {
            Item::Record(record) => print(&record, from, output)?,
            Item::Gap(damage) => Some(damage.to_string()),
        };
        if let Some(fault) = fault {
            eprintln!("kioskctl: {fault}");
            faults += 1;
        }
    }
    sound(faults)
}

/// Prints the record's events from this seq on; returns what is wrong with it, if anything.
fn print(record: &Record, from: u64, output: Output) -> Result<Option<String>, Failure> {
    let decoded = match JournalRecord::decode(&*record.payload) {
        Ok(decoded) => decoded,
        Err(error) => return Ok(Some(format!("record of event {}: {error}", record.first_seq))),
    };
    let JournalRecord { time, clock_trusted, mut events, .. } = decoded;
    // The file has what no wire shows.
    events.iter_mut().for_each(Event::clear_secrets);
    let count = events.len();
    let mut lines = String::new();
    for (event, seq) in events.into_iter().zip(record.first_seq..).filter(|(_, seq)| *seq >= from) {
        let position = Some(Position { epoch: record.epoch.to_string(), seq });
        lines += &envelope(&Event { position, time, clock_trusted, ..event });
        lines.push('\n');
    }
    output.text(&lines)?;
    Ok((count != record.events as usize).then(|| {
        let (first, events) = (record.first_seq, record.events);
        format!("record of event {first}: {events} events announced, {count} held")
    }))
}

fn sound(faults: usize) -> Result<(), Failure> {
    match faults {
        0 => Ok(()),
        1 => Err(Failure::Check("the journal is damaged in one place".into())),
        faults => Err(Failure::Check(format!("the journal is damaged in {faults} places"))),
    }
}

fn unreadable(error: ReadError) -> Failure {
    let cause = error.source().map(|source| format!(": {source}"));
    Failure::Check(format!("{error}{}", cause.unwrap_or_default()))
}

/// [`Report`] as `--json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerifyReport {
    epoch: Option<String>,
    /// 0 in an empty journal.
    last_seq: u64,
    segments: usize,
    compressed_segments: usize,
    records: u64,
    events: u64,
    payload_bytes: u64,
    /// Of a group that is being written, or was torn by a power cut: no damage.
    torn_bytes: u64,
    damage: Vec<DamageReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DamageReport {
    file: String,
    offset: u64,
    /// The first missing event, and how many.
    missing_seq: u64,
    missing_events: u64,
    description: String,
}

impl From<&Report> for VerifyReport {
    fn from(report: &Report) -> Self {
        Self {
            epoch: report.epoch.map(|epoch| epoch.to_string()),
            last_seq: report.next_seq.saturating_sub(1),
            segments: report.segments,
            compressed_segments: report.compressed_segments,
            records: report.records,
            events: report.events,
            payload_bytes: report.payload_bytes,
            torn_bytes: report.torn_bytes,
            damage: report.damage.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Damage> for DamageReport {
    fn from(damage: &Damage) -> Self {
        Self {
            file: damage.file.clone(),
            offset: damage.offset,
            missing_seq: damage.missing.start,
            missing_events: damage.missing.end.saturating_sub(damage.missing.start),
            description: damage.to_string(),
        }
    }
}

impl VerifyReport {
    fn text(&self) -> String {
        let count = |number: u64| grouped(i64::try_from(number).unwrap_or(i64::MAX));
        let mut text = format!(
            "position  {}:{}\nsegments  {}, {} of them compressed\nrecords   {}\n\
             events    {}\nbytes     {}\n",
            self.epoch.as_deref().unwrap_or("-"),
            self.last_seq,
            self.segments,
            self.compressed_segments,
            count(self.records),
            count(self.events),
            count(self.payload_bytes),
        );
        if self.torn_bytes > 0 {
            text += &format!("unfinished at the end: {} bytes\n", self.torn_bytes);
        }
        for damage in &self.damage {
            text += &format!("{}\n", damage.description);
        }
        text
    }
}
