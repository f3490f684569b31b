use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use tonic::transport::Endpoint;
use uuid::Uuid;

use crate::{
    bell::BellCommand,
    bench::BenchArgs,
    cell::CellCommand,
    device::{DeviceCommand, PairArgs},
    incident::IncidentCommand,
    journal::JournalCommand,
    menu::MenuCommand,
    message::MessageCommand,
    order::OrderCommand,
    queue::QueueArgs,
    report::ReportCommand,
    seat::SeatCommand,
    setting::SettingCommand,
    simulate::SimulateArgs,
    staff::StaffCommand,
    watch::WatchArgs,
};

/// Heads what every command takes in its help.
const GLOBAL: &str = "Global options";

/// Operate a kiosk box: orders, menu, cells, seats, staff, settings, live events, load.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    /// Where the box listens for gRPC.
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        env = "KIOSK_ADDRESS",
        default_value = "http://127.0.0.1:50051",
        value_parser = parse_address
    )]
    pub(crate) address: Endpoint,

    /// The box's CA, as its /ca.pem has it: for an address that begins with https.
    #[arg(long, global = true, help_heading = GLOBAL, env = "KIOSK_CA", value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// Print canonical proto3 JSON instead of tables, one object a line.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,

    /// Seconds to wait for an answer, repeats included.
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL,
        default_value = "10",
        value_name = "SECONDS",
        value_parser = parse_seconds
    )]
    pub(crate) timeout: Duration,

    /// Where the token is that `kioskctl pair` got; without it, `KIOSK_TOKEN`, else
    /// ~/.config/kioskctl/token.
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Place, show, move on, recall and cancel orders.
    #[command(subcommand)]
    Order(OrderCommand),
    /// What can be ordered, and how much of it is left.
    #[command(subcommand)]
    Menu(MenuCommand),
    /// Groups with prepaid points.
    #[command(subcommand)]
    Cell(CellCommand),
    /// Whether kiosks may order now, and when that changes.
    Hours,
    /// The orders that wait, for how long, and how good such estimates were lately.
    Queue(QueueArgs),
    /// Tables and seats: the plan, and who has which.
    #[command(subcommand)]
    Seat(SeatCommand),
    /// What staff tell each other.
    #[command(subcommand)]
    Message(MessageCommand),
    /// The bell that calls staff to a table.
    #[command(subcommand)]
    Bell(BellCommand),
    /// What is, or was, not as it must be with the box and its screens.
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// Close of day, and what was sold.
    #[command(subcommand)]
    Report(ReportCommand),
    /// Make this machine a device of the box, with a code.
    Pair(PairArgs),
    /// Who this machine is to the box.
    Whoami,
    /// The devices that are let in, and the record of who was and who was not.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Who may sign in at screens, with a password or a PIN.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Who may call and see what.
    Roles,
    /// The box's settings.
    #[command(subcommand)]
    Setting(SettingCommand),
    /// Follow the events as they happen.
    Watch(WatchArgs),
    /// The working set, and the position it is true at.
    Snapshot,
    /// The journal's files, read directly.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Connections, deliveries, latencies, store.
    Stats,
    /// Place orders as fast as asked, and measure when they are seen on each wire.
    Bench(BenchArgs),
    /// Play a café's day: customers, a crew and the staff's errands, at any speed.
    Simulate(SimulateArgs),
    /// Print the completion script of a shell.
    Completion {
        /// The shell to complete for.
        shell: Shell,
    },
}

/// What every mutation takes.
#[derive(Debug, Args)]
pub(crate) struct Mutation {
    /// Repeat an earlier request: the same id with the same content is carried out once.
    #[arg(long, value_name = "UUID")]
    request_id: Option<Uuid>,
}

impl Mutation {
    /// Whether it stands for one certain request.
    pub(crate) fn is_repeat(&self) -> bool {
        self.request_id.is_some()
    }

    /// The id given, or a new one.
    pub(crate) fn request_id(&self) -> String {
        self.request_id.unwrap_or_else(Uuid::new_v4).to_string()
    }
}

fn parse_address(text: &str) -> Result<Endpoint, String> {
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let endpoint = Endpoint::from_shared(url).map_err(|error| error.to_string())?;
    match (endpoint.uri().scheme_str(), endpoint.uri().authority()) {
        (Some("http" | "https"), Some(_)) => Ok(endpoint),
        _ => Err("expected http://HOST:PORT or https://HOST:PORT".into()),
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    if !(0.001..=3600.0).contains(&seconds) {
        return Err("expected 0.001 to 3600 seconds".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_address_needs_a_host() {
        assert_eq!(parse_address("box:50051").unwrap().uri(), "http://box:50051/");
        assert!(parse_address("https://box:50052").is_ok());
        assert!(parse_address("ftp://box").is_err());
        assert!(parse_address("").is_err());
    }

    #[test]
    fn a_timeout_is_a_bounded_number_of_seconds() {
        assert_eq!(parse_seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "NaN", "inf", "1e9", "soon"] {
            assert!(parse_seconds(wrong).is_err(), "{wrong}");
        }
    }
}
