use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::must;

/// Debian's `mosquitto_sub`, killed when dropped.
#[derive(Debug)]
pub struct MosquittoSub {
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl MosquittoSub {
    /// Subscribes with QoS 1, and returns once the broker has granted it.
    pub async fn start(broker: SocketAddr, filter: &str) -> Self {
        Self::start_as(broker, filter, &[]).await
    }

    /// The same, with more options, such as who it is.
    pub async fn start_as(broker: SocketAddr, filter: &str, options: &[&str]) -> Self {
        let (host, port) = (broker.ip().to_string(), broker.port().to_string());
        let mut process = Command::new("stdbuf")
            .args(["-oL", "mosquitto_sub", "-d", "-q", "1", "-h", &host, "-p", &port, "-t", filter])
            // Debug lines go to the same output; only messages begin with "M ".
            .args(["-F", "M %t %p"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("mosquitto_sub: install mosquitto-clients");
        let stdout = process.stdout.take().unwrap();
        let mut subscriber = Self { lines: BufReader::new(stdout).lines(), _process: process };
        while !subscriber.line().await.contains("SUBACK") {}
        subscriber
    }

    /// The next message: its topic and its payload.
    pub async fn next(&mut self) -> (String, String) {
        loop {
            let line = self.line().await;
            if let Some((topic, payload)) = line.strip_prefix("M ").and_then(|m| m.split_once(' '))
            {
                return (topic.into(), payload.into());
            }
        }
    }

    /// Waits until the broker has ended its connection.
    pub async fn ends(&mut self) {
        // It would connect again; what it says first tells enough.
        while let Some(line) = must("its end", self.lines.next_line()).await.unwrap() {
            if line.contains("CONNECT") && !line.contains("CONNACK (0)") {
                return;
            }
        }
    }

    async fn line(&mut self) -> String {
        let line = must("a line of mosquitto_sub", self.lines.next_line()).await.unwrap();
        line.expect("mosquitto_sub has ended")
    }
}

/// An address that nothing listens on.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
