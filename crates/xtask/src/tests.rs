//! `cargo xtask test`: what CI runs, in the order in which a person wants to hear of a mistake.

use anyhow::{Context, Result};

use crate::{os, screens, tools};

/// A part, with its title.
type Step = (&'static str, fn() -> Result<()>);

/// Cheap and certain first. The screens come before all that takes them in, and the build before the
/// tests because the end-to-end tests start `kioskd` and `kioskctl` as a café does, as programs:
/// cargo does not build those for them. It names the tests too so that dependencies get the same
/// features and are not compiled twice.
const STEPS: [Step; 7] = [
    ("Format", || cargo(&["fmt", "--all", "--check"])),
    ("Screens", screens::build),
    ("Screens' parts", screens::check),
    ("Lint", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    ("Build", || cargo(&["build", "--workspace", "--bins", "--tests"])),
    ("Test", || cargo(&["test", "--workspace"])),
    ("Screens in a browser", || screens::npm("test:browser")),
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    heading(0, "Tools");
    tools::install_for_tests()?;
    for (index, (title, step)) in STEPS.into_iter().enumerate() {
        heading(index + 1, title);
        step().with_context(|| format!("step {}, {title}, failed", index + 1))?;
    }
    println!("\nAll {} steps passed.", STEPS.len());
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<()> {
    println!("$ cargo {}", arguments.join(" "));
    os::run(&mut os::cargo(arguments))
}

fn heading(number: usize, title: &str) {
    println!("\n=== {number}/{}  {title} ===", STEPS.len());
}
