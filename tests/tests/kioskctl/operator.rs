//! The operator's terminal, and what is read on it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use kiosk_tests::{Kioskd, program};
use serde_json::Value;

/// The operator's terminal, at one box.
pub(crate) struct Operator {
    address: String,
    /// Where its token is, if it has one.
    config: PathBuf,
}

impl Operator {
    pub(crate) fn at(kioskd: &Kioskd) -> Self {
        // Not those of whoever runs the test.
        Self { address: kioskd.grpc.to_string(), config: "/nowhere".into() }
    }

    /// At an address where nobody listens.
    pub(crate) fn nowhere(address: SocketAddr) -> Self {
        Self { address: address.to_string(), config: "/nowhere".into() }
    }

    /// The admin's, of a box that asks for credentials; what it gets is kept in that directory.
    pub(crate) fn first_at(kioskd: &Kioskd, config: &Path) -> Self {
        let operator = Self { config: config.into(), ..Self::at(kioskd) };
        let code = kioskd.admin_code.as_ref().unwrap();
        operator.reads(&format!("pair {code} --name Office"));
        operator
    }

    /// A machine with that code.
    pub(crate) fn paired(&self, code: &str, config: &Path) -> Self {
        let operator = Self { config: config.into(), address: self.address.clone() };
        operator.reads(&format!("pair {code}"));
        operator
    }

    /// The same machine, when the box has another address.
    pub(crate) fn moved_to(self, kioskd: &Kioskd) -> Self {
        Self { address: kioskd.grpc.to_string(), ..self }
    }

    pub(crate) fn moved_to_url(&self, url: String) -> Self {
        Self { address: url, config: self.config.clone() }
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(program("kioskctl"));
        command.args(["--address", &self.address]).args(words.split(' ')).stdin(Stdio::null());
        command.env("XDG_CONFIG_HOME", &self.config).env_remove("KIOSK_TOKEN");
        command
    }

    pub(crate) fn ends(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    /// What a command prints that succeeds.
    pub(crate) fn reads(&self, words: &str) -> String {
        let output = self.ends(words);
        assert!(output.status.success(), "{words}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// What a command prints for programs.
    pub(crate) fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.reads(&format!("--json {words}"))).unwrap()
    }

    /// The lines that a command prints that succeeds, their words one space apart.
    pub(crate) fn lines(&self, words: &str) -> Vec<String> {
        self.reads(words).lines().map(squeezed).collect()
    }

    /// The position that a command's mutation caused.
    pub(crate) fn causes(&self, words: &str) -> Position {
        Position::of(&self.json(words)["position"])
    }

    /// What a command says on standard error that ends with this code, and prints nothing.
    pub(crate) fn is_refused(&self, words: &str, code: i32) -> String {
        let output = self.ends(words);
        assert_eq!(output.status.code(), Some(code), "{words}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{words}");
        text(&output.stderr)
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A row of a table, its columns one space apart.
fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A place in the log.
#[derive(Debug, PartialEq)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) seq: u64,
}

impl Position {
    /// Of an event's envelope, where `seq` is a number by contract, or of an answer, where proto3
    /// JSON writes 64-bit numbers as text.
    pub(crate) fn of(value: &Value) -> Self {
        let seq = value["seq"].as_u64().or_else(|| value["seq"].as_str()?.parse().ok());
        Self { epoch: value["epoch"].as_str().unwrap().into(), seq: seq.unwrap() }
    }
}
