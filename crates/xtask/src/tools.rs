//! The programs that are not crates: what they are for, and how they come onto the machine.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::os;

/// A program that one of the two commands needs beside Rust and a linker.
struct Tool {
    /// Or a file, by its whole path.
    program: &'static str,
    /// Debian's package that has it.
    package: &'static str,
    what_for: &'static str,
    /// The first of them that needs it; the tests need every tool.
    since: Command,
}

/// Each needs what those before it need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Command {
    Screens,
    Demo,
    Tests,
}

const TOOLS: [Tool; 11] = [
    Tool {
        program: "mosquitto_sub",
        package: "mosquitto-clients",
        what_for: "sees what a buzzer sees",
        since: Command::Demo,
    },
    Tool {
        program: "mosquitto",
        package: "mosquitto",
        what_for: "the external broker that tests kill, stall and wipe",
        since: Command::Tests,
    },
    Tool {
        program: "zstd",
        package: "zstd",
        what_for: "reads closed journal segments independently of our own code",
        since: Command::Tests,
    },
    Tool {
        program: "mkfs.ext4",
        package: "e2fsprogs",
        what_for: "makes the file systems whose power is cut and that fill up",
        since: Command::Tests,
    },
    Tool {
        program: "curl",
        package: "curl",
        what_for: "an HTTP client that is not ours",
        since: Command::Tests,
    },
    Tool {
        program: "openssl",
        package: "openssl",
        what_for: "a TLS client that is not ours",
        since: Command::Tests,
    },
    Tool {
        program: "stdbuf",
        package: "coreutils",
        what_for: "makes mosquitto_sub print each message at once",
        since: Command::Tests,
    },
    Tool {
        program: "node",
        package: "nodejs",
        what_for: "builds the screens, and runs the clients that are not ours",
        since: Command::Screens,
    },
    Tool {
        program: "npm",
        package: "npm",
        what_for: "installs what the screens are built with, and those clients' libraries",
        since: Command::Screens,
    },
    Tool {
        program: "chromium",
        package: "chromium",
        what_for: "the browser that the screens are tested in",
        since: Command::Tests,
    },
    Tool {
        program: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        package: "fonts-noto-cjk",
        what_for: "the Korean letters on them, which have to fit",
        since: Command::Tests,
    },
];

/// The clients that the end-to-end tests run with Node; git ignores their `node_modules`.
const NODE_CLIENTS: &str = "tests/clients";

/// Installs all that `cargo xtask test` needs; on a system other than Debian, fails with a list.
pub(crate) fn install_for_tests() -> Result<()> {
    install_rust_components()?;
    install(Command::Tests)?;
    install_node_packages(NODE_CLIENTS)
}

/// Installs all that `cargo xtask run` needs; on a system other than Debian, fails with a list.
pub(crate) fn install_for_demo() -> Result<()> {
    install(Command::Demo)
}

/// Installs all that `cargo xtask screens` needs; on a system other than Debian, fails with a list.
pub(crate) fn install_for_screens() -> Result<()> {
    install(Command::Screens)
}

fn install(command: Command) -> Result<()> {
    let is_missing = |tool: &&Tool| tool.since <= command && !os::has_program(tool.program);
    let missing: Vec<&Tool> = TOOLS.iter().filter(is_missing).collect();
    if missing.is_empty() {
        println!("every program is there");
        return Ok(());
    }
    if !os::is_debian_like() {
        bail!("{}\ninstall them with this system's package manager", describe(&missing));
    }
    println!("{}\ninstalling them from Debian's archive", describe(&missing));
    as_root(&["apt-get", "update", "--quiet"])?;
    let mut install = vec!["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"];
    install.extend(missing.iter().map(|tool| tool.package));
    as_root(&install)?;
    if missing.iter().any(|tool| tool.package == "mosquitto") {
        stop_the_service_debian_starts()?;
    }
    match missing.iter().find(|tool| !os::has_program(tool.program)) {
        Some(tool) => bail!("{} has no program {}", tool.package, tool.program),
        None => Ok(()),
    }
}

/// Debian's mosquitto package starts a broker on port 1883 at once and at every boot. Nobody asked
/// for that one: the tests start their own, and the demo's broker wants the port. Called only when
/// the package was installed by us a moment ago, so never stops a broker that was there before.
fn stop_the_service_debian_starts() -> Result<()> {
    as_root(&["service", "mosquitto", "stop"])?;
    as_root(&["update-rc.d", "mosquitto", "disable"])
}

/// The exact versions that the lock file names, from the npm registry; how is in its `.npmrc`.
pub(crate) fn install_node_packages(of: &str) -> Result<()> {
    let folder = os::workspace_root().join(of);
    // npm writes this file last: what is newer than the lock file is complete, and needs no network.
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed > modified(&folder.join("package-lock.json")) {
        println!("the Node packages of {of} are there");
        return Ok(());
    }
    println!("the Node packages of {of}, from the npm registry");
    let mut npm = os::command("npm", &["ci", "--no-audit", "--no-fund"]);
    npm.current_dir(folder);
    println!("$ {}", os::line(&npm));
    os::run(&mut npm).with_context(|| format!("could not install the Node packages of {of}"))
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn install_rust_components() -> Result<()> {
    for component in ["rustfmt", "clippy"] {
        let subcommand = if component == "rustfmt" { "fmt" } else { component };
        if os::succeeds(&mut os::cargo(&[subcommand, "--version"])) {
            continue;
        }
        if !os::has_program("rustup") {
            bail!("cargo {subcommand} is missing: install {component} as this Rust was installed");
        }
        println!("cargo {subcommand} is missing: adding {component} with rustup");
        os::run(&mut os::command("rustup", &["component", "add", component]))?;
    }
    Ok(())
}

/// Runs a system command, through sudo when needed, without letting it ask questions.
fn as_root(words: &[&str]) -> Result<()> {
    let mut arguments = vec!["env", "DEBIAN_FRONTEND=noninteractive"];
    arguments.extend(words);
    let (program, arguments) = match (os::is_root(), os::has_program("sudo")) {
        (true, _) => (arguments[0], &arguments[1..]),
        (false, true) => ("sudo", &arguments[..]),
        (false, false) => bail!("not root, and there is no sudo; as root: {}", words.join(" ")),
    };
    let mut command = os::command(program, arguments);
    println!("$ {}", os::line(&command));
    os::run(&mut command).context("could not install what is missing")
}

fn describe(missing: &[&Tool]) -> String {
    let line =
        |tool: &&Tool| format!("  {} (package {}): {}", tool.program, tool.package, tool.what_for);
    format!("missing programs:\n{}", missing.iter().map(line).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named_with_its_package_and_its_purpose() {
        assert_eq!(
            describe(&[&TOOLS[0], &TOOLS[3]]),
            "missing programs:\n  \
             mosquitto_sub (package mosquitto-clients): sees what a buzzer sees\n  \
             mkfs.ext4 (package e2fsprogs): makes the file systems whose power is cut and that fill up"
        );
    }
}
