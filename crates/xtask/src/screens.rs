//! The screens, which npm builds and `kiosk-web` takes in; and their own tests.

use std::env;

use anyhow::{Context as _, Result};

use crate::{os, tools};

/// Beside the crate that serves them.
pub(crate) const FOLDER: &str = "crates/web/ui";

/// Installs what it takes, and builds. Without this there is no `kiosk-web`.
pub(crate) fn build() -> Result<()> {
    tools::install_node_packages(FOLDER)?;
    npm("build")
}

/// Types, style and units: what needs no box.
pub(crate) fn check() -> Result<()> {
    npm("check")?;
    npm("test")
}

/// Runs one of the scripts in its `package.json`.
pub(crate) fn npm(script: &str) -> Result<()> {
    let mut npm = os::command("npm", &["run", "--silent", script]);
    npm.current_dir(os::workspace_root().join(FOLDER));
    let myself = env::current_exe().context("could not find myself")?;
    for (variable, program) in [("KIOSKD", "kioskd"), ("KIOSKCTL", "kioskctl")] {
        npm.env(variable, myself.with_file_name(program));
    }
    println!("$ {} (in {FOLDER})", os::line(&npm));
    os::run(&mut npm).with_context(|| format!("the screens' {script} failed"))
}
