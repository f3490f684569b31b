//! The operator's terminal, and what is read on it.

use std::process::{Command, Output, Stdio};

use kiosk_tests::{Kioskd, program};
use serde_json::Value;

/// The operator's terminal, at one box.
pub(crate) struct Operator {
    pub(crate) address: String,
}

impl Operator {
    pub(crate) fn at(kioskd: &Kioskd) -> Self {
        Self { address: kioskd.grpc.to_string() }
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(program("kioskctl"));
        command.args(["--address", &self.address]).args(words.split(' ')).stdin(Stdio::null());
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
