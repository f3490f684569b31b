//! The operator's command line: a gRPC client like any other.
//!
//! Exit codes: 0 done; 1 rejected, or a check failed; 2 wrong usage; 69 the service did not answer.

mod bell;
mod bench;
mod cell;
mod cell_member;
mod cli;
mod client;
mod device;
mod event_line;
mod failure;
mod hours;
mod incident;
mod journal;
mod latency;
mod menu;
mod message;
mod order;
mod output;
mod queue;
mod report;
mod roles;
mod seat;
mod setting;
mod simulate;
mod snapshot;
mod staff;
mod statement;
mod stats;
mod token;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::{
    cli::{Cli, Command},
    client::Client,
    failure::Failure,
    output::Output,
    token::Bearer,
};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let output = Output::new(cli.json);
    let bearer = Bearer::load(cli.token_file.as_deref());
    // Who is about to get a token needs none.
    let bearer = match cli.command {
        Command::Pair(_) => bearer.unwrap_or_default(),
        _ => bearer?,
    };
    let address = client::trusting(cli.address, cli.ca.as_deref())?;
    let client = Client::new(address, cli.timeout, bearer);
    match cli.command {
        Command::Order(command) => order::run(command, &client, output).await,
        Command::Menu(command) => menu::run(command, &client, output).await,
        Command::Cell(command) => cell::run(command, &client, output).await,
        Command::Hours => hours::run(&client, output).await,
        Command::Queue(args) => queue::run(args, &client, output).await,
        Command::Seat(command) => seat::run(command, &client, output).await,
        Command::Message(command) => message::run(command, &client, output).await,
        Command::Bell(command) => bell::run(command, &client, output).await,
        Command::Incident(command) => incident::run(command, &client, output).await,
        Command::Report(command) => report::run(command, &client, output).await,
        Command::Setting(command) => setting::run(command, &client, output).await,
        Command::Watch(args) => watch::run(args, &client, output).await,
        Command::Snapshot => snapshot::run(&client, output).await,
        Command::Journal(command) => journal::run(command, output),
        Command::Device(command) => device::run(command, &client, output).await,
        Command::Staff(command) => staff::run(command, &client, output).await,
        Command::Pair(args) => device::pair(args, cli.token_file, &client, output).await,
        Command::Whoami => device::whoami(&client, output).await,
        Command::Roles => roles::run(output),
        Command::Stats => stats::run(&client, output).await,
        Command::Bench(args) => bench::run(args, &client, output).await,
        Command::Simulate(args) => simulate::run(args, client, output).await,
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "kioskctl", &mut script);
            output.text(&String::from_utf8_lossy(&script))
        }
    }
}
