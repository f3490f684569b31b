//! The project's two commands, `cargo xtask test` and `cargo xtask run`.
//!
//! Both first install the programs they need (see [`tools`]). There is no other script: what CI
//! does, a contributor does with the same words.
#![expect(clippy::print_stdout, reason = "its output is for the person at the terminal")]

mod demo;
mod os;
mod tests;
mod tools;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  test   everything CI runs: format, clippy, unit, property and end-to-end tests
  run    build and start the demo café on this machine; Ctrl-C stops it";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => tests::run(),
        ["run"] => demo::run(),
        [demo::ANNOUNCE, kioskd] => demo::announce(kioskd),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("expected one of two commands\n\n{USAGE}"),
    }
}
