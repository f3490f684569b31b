//! The machine we are on: its programs, its system, and how a command is run on it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

/// The root of the work tree; every command starts there, wherever `cargo xtask` was typed.
pub(crate) fn workspace_root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A command in the work tree that finds what [`has_program`] finds, so that a test may start
/// `mosquitto` or `mkfs.ext4` by name although Debian keeps `/usr/sbin` from ordinary users' `PATH`.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace_root()).env("PATH", search_path());
    command
}

/// Cargo, the very one that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    command(&env::var("CARGO").unwrap_or_else(|_| "cargo".into()), arguments)
}

/// Runs the command to its end; an error names it and says how it ended.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("{} ended with {status}", line(command));
    }
    Ok(())
}

/// Whether the command can be started and succeeds; what it prints is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn has_program(name: &str) -> bool {
    env::split_paths(&search_path()).any(|folder| folder.join(name).is_file())
}

/// Whether packages come from Debian's archive or one like it (Raspberry Pi OS, Ubuntu).
pub(crate) fn is_debian_like() -> bool {
    std::fs::read_to_string("/etc/os-release").is_ok_and(|text| names_debian(&text))
}

pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| format!("could not start `{}`", line(command)))
}

fn search_path() -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .collect();
    // Joining fails only for a folder with a separator in its name; splitting can't yield one.
    env::join_paths(folders).unwrap_or(path)
}

/// Reads the `ID` and `ID_LIKE` lines of os-release(5).
fn names_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|ids| ids.trim_matches('"').split(' '))
        .any(|id| id == "debian")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_what_descends_from_it_is_recognised() {
        for (os_release, expected) in [
            ("NAME=x\nID=debian\n", true),
            ("ID=raspbian\nID_LIKE=debian\n", true),
            ("ID=pop\nID_LIKE=\"ubuntu debian\"\n", true),
            ("ID=fedora\n", false),
            ("ID=nixos\nNAME=\"not debian\"\n", false),
            ("", false),
        ] {
            assert_eq!(names_debian(os_release), expected, "{os_release:?}");
        }
    }

    #[test]
    fn a_failed_command_is_named_with_how_it_ended() {
        let error = run(&mut command("false", &["--x"])).unwrap_err();
        assert_eq!(error.to_string(), "false --x ended with exit status: 1");
        let error = run(&mut command("no-such-program", &[])).unwrap_err();
        assert_eq!(error.to_string(), "could not start `no-such-program`");
    }
}
