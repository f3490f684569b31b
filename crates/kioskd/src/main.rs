//! The café's box: takes the orders, keeps the menu, tells everyone.

mod cafe;
mod config;
mod log;
mod run;
mod secret;
mod tls;

use std::process::ExitCode;

use clap::Parser as _;
use config::{Arguments, Config};
use run::RunError;

/// Exit code: the disk failed under a write, or the store hangs. Nothing acknowledged was lost.
const FAILED: u8 = 70;
/// Exit code: another process holds the data directory.
const DATA_DIR_HELD: u8 = 75;
/// Exit code: the configuration, or the box's CA, needs a person.
const CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments, std::env::vars_os()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("kioskd: {error:#}");
            return ExitCode::from(CONFIGURATION);
        }
    };
    if arguments.check_config {
        return ExitCode::SUCCESS;
    }
    log::start();
    match run::run(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "kioskd ends");
            ExitCode::from(match error.downcast_ref::<RunError>() {
                Some(RunError::Failed(_)) => FAILED,
                Some(RunError::DataDirHeld(_)) => DATA_DIR_HELD,
                // A restart would read the same files.
                None if is_authority_damaged(&error) => CONFIGURATION,
                None => 1,
            })
        }
    }
}

fn is_authority_damaged(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(kiosk_tls::OpenError::Authority { .. }))
}
