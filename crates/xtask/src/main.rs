//! The project's commands, `cargo xtask test`, `cargo xtask run` and `cargo xtask screens`.
//!
//! All first install the programs they need (see [`tools`]). There is no other script: what CI
//! does, a contributor does with the same words.
#![expect(clippy::print_stdout, reason = "its output is for the person at the terminal")]

mod demo;
mod os;
mod screens;
mod tests;
mod tools;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  test      everything CI runs: format, clippy, unit, property and end-to-end tests, and the screens'
  run       build and start the demo café on this machine; Ctrl-C stops it
  screens   build the screens, which cargo needs to build anything that serves them";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => tests::run(),
        ["run"] => demo::run(),
        ["screens"] => {
            tools::install_for_screens()?;
            screens::build()
        }
        [demo::ANNOUNCE, kioskd] => demo::announce(kioskd),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("expected one of three commands\n\n{USAGE}"),
    }
}
