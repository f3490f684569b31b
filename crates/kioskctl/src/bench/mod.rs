//! Places orders as fast as asked, and measures when they are seen on each wire.
//!
//! All times come from this process's monotonic clock, from the moment a request is sent. What
//! the box itself measures from commit to hand-over is read from its statistics.

mod load;
mod process;
mod report;
mod subscribers;
mod wires;

use clap::Args;

use self::{
    load::Load,
    process::ProcessUse,
    report::{Outcome, Report},
    subscribers::Subscribers,
};
use crate::{client::Client, failure::Failure, menu, output::Output, stats};

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    subscribers: Subscribers,
    /// Measure this process, too: the box, when it runs on this machine.
    #[arg(long)]
    pid: Option<u32>,
}

pub(crate) async fn run(args: BenchArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let menu = load::orderable(&menu::list(client).await?.items)?;
    let mut process = args.pid.map(ProcessUse::start).transpose()?;
    let listening = args.subscribers.start(client, args.load.orders).await?;
    if let Some(process) = &mut process {
        process.connected()?;
    }
    // An older or smaller box may count nothing: then there is nothing to show.
    let before = stats::fetch(client).await.ok();
    let load = args.load.run(client, menu).await?;
    let acknowledged = load.placed.iter().map(|placed| placed.order).collect();
    let seen = listening.finish(acknowledged, client.timeout()).await;
    let after = stats::fetch(client).await.ok();
    let outcome = Outcome {
        load,
        seen,
        process: process.map(ProcessUse::finish).transpose()?,
        stats: before.zip(after),
    };
    let report = Report::new(outcome);
    output.message(&report, Report::tables)?;
    report.verdict()
}
