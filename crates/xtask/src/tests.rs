//! `cargo xtask test`: what CI runs, in the order in which a person wants to hear of a mistake.

use anyhow::{Context, Result};

use crate::{os, tools};

/// Cheap and certain first. The build comes before the tests because the end-to-end tests start
/// `kioskd` and `kioskctl` as a café does, as programs: cargo does not build those for them. It
/// names the tests too so that dependencies get the same features and are not compiled twice.
const STEPS: [(&str, &[&str]); 4] = [
    ("Format", &["fmt", "--all", "--check"]),
    ("Lint", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ("Build", &["build", "--workspace", "--bins", "--tests"]),
    ("Test", &["test", "--workspace"]),
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    heading(0, "Tools");
    tools::install_for_tests()?;
    for (index, (title, arguments)) in STEPS.into_iter().enumerate() {
        heading(index + 1, title);
        let mut cargo = os::cargo(arguments);
        println!("$ cargo {}", arguments.join(" "));
        os::run(&mut cargo).with_context(|| format!("step {}, {title}, failed", index + 1))?;
    }
    println!("\nAll {} steps passed.", STEPS.len());
    Ok(())
}

fn heading(number: usize, title: &str) {
    println!("\n=== {number}/{}  {title} ===", STEPS.len());
}
