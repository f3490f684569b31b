use std::{net::SocketAddr, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::must;

/// Unmodified `socket.io-client`s in a process of Node's, on strings.
#[derive(Debug)]
pub struct SocketIoClients {
    commands: ChildStdin,
    seen: Lines<BufReader<ChildStdout>>,
    _node: Child,
}

impl SocketIoClients {
    /// For a server at that address.
    pub fn of(address: SocketAddr) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        assert!(folder.join("node_modules").exists(), "run `npm ci` in {}", folder.display());
        let mut node = Command::new("node");
        node.arg(folder.join("socketio.js")).arg(address.to_string());
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut node = node.spawn().unwrap();
        let commands = node.stdin.take().unwrap();
        let seen = BufReader::new(node.stdout.take().unwrap()).lines();
        Self { commands, seen, _node: node }
    }

    /// Connects a client of that name, with the options of `io()`.
    pub async fn connect(&mut self, name: &str, options: Value) {
        self.command(json!({"do": "connect", "as": name, "with": options})).await;
    }

    /// Emits, without a callback.
    pub async fn emit(&mut self, name: &str, args: Value) {
        self.command(json!({"do": "emit", "as": name, "args": args, "callback": false})).await;
    }

    /// Emits; the arguments that the callback gets, which must be the next thing seen.
    pub async fn ask(&mut self, name: &str, args: Value) -> Value {
        let command = json!({"do": "emit", "as": name, "args": args, "callback": true});
        self.command(command).await;
        self.next_of(name, "callback").await["args"].clone()
    }

    /// Disconnects.
    pub async fn leave(&mut self, name: &str) {
        self.command(json!({"do": "leave", "as": name})).await;
    }

    /// The next thing that any client has seen, which must come.
    pub async fn next(&mut self) -> Value {
        let line = must("something seen", self.seen.next_line()).await.unwrap();
        serde_json::from_str(&line.expect("node has ended")).unwrap()
    }

    /// The next thing seen, which must be of that client and kind.
    pub async fn next_of(&mut self, name: &str, what: &str) -> Value {
        let mut seen = self.next().await;
        // The box looks at the line of orders once a second: what it tells of that may come at any time.
        while seen["event"] == "queue:updated" {
            seen = self.next().await;
        }
        assert_eq!((&seen["as"], &seen["what"]), (&json!(name), &json!(what)), "{seen}");
        seen
    }

    /// The next event, which must be of that client and name; its arguments.
    pub async fn next_event(&mut self, name: &str, event: &str) -> Vec<Value> {
        let seen = self.next_of(name, "event").await;
        assert_eq!(seen["event"], event, "{seen}");
        seen["args"].as_array().unwrap().clone()
    }

    async fn command(&mut self, command: Value) {
        self.commands.write_all(format!("{command}\n").as_bytes()).await.unwrap();
    }
}
