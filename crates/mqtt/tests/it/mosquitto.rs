//! Mosquitto's broker and its command-line clients, for tests.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader as AsyncBufReader, Lines};
use tokio::process::{Child as AsyncChild, ChildStdout, Command as AsyncCommand};
use tokio::time::timeout;

/// How long a test waits for what must come. Above twice the longest time-out of the code under
/// test, 10 s.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A Mosquitto that remembers nothing across a restart, on a loopback port of its own.
/// Killed when dropped.
pub(crate) struct Mosquitto {
    process: Child,
    config: TempDir,
    address: SocketAddr,
}

impl Mosquitto {
    /// Starts it and waits until it says that it runs.
    pub(crate) fn start() -> Self {
        Self::start_with("allow_anonymous true\n")
    }

    /// One that knows who may come in by the files in that directory.
    pub(crate) fn start_for_devices(files: &Path) -> Self {
        let files = files.display();
        Self::start_with(&format!(
            "allow_anonymous false\npassword_file {files}/kiosk.passwd\nacl_file {files}/kiosk.acl\n"
        ))
    }

    fn start_with(access: &str) -> Self {
        let config = TempDir::new().unwrap();
        // Another program may take the port between our look and Mosquitto's bind.
        for _ in 0..10 {
            let address = free_address();
            fs::write(config.path().join("mosquitto.conf"), settings(address.port(), access))
                .unwrap();
            if let Some(process) = run(&config) {
                return Mosquitto { process, config, address };
            }
        }
        panic!("mosquitto did not start on any of ten free ports");
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// SIGKILL, as when the plug is pulled: all sessions and retained messages are gone.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again, empty, on the same port, after [`Mosquitto::kill`].
    pub(crate) fn restart(&mut self) {
        self.process = run(&self.config).expect("mosquitto starts again on its port");
    }

    /// SIGSTOP: its connections stay open, and nothing answers.
    pub(crate) fn stall(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    /// SIGHUP: it reads its files again.
    pub(crate) fn reload(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        let mut sh = {
            let _forking = forking();
            Command::new("sh").args(["-c", &kill]).spawn().unwrap()
        };
        assert!(sh.wait().unwrap().success());
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have been killed by the test already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn settings(port: u16, access: &str) -> String {
    // Root's Mosquitto would become the user `mosquitto`, who need not exist in a container.
    // Without an in-flight limit a message is written to a subscriber before it is acknowledged
    // to the publisher, so that a kill cannot fall between the two.
    format!(
        "user root\nper_listener_settings true\nlistener {port} 127.0.0.1\n{access}\
         persistence false\nmax_queued_messages 10000\nmax_inflight_messages 0\n\
         set_tcp_nodelay true\nlog_dest stderr\nlog_type all\n"
    )
}

/// Runs Mosquitto until it serves; `None` if it ended instead (its port was taken).
fn run(config: &TempDir) -> Option<Child> {
    let forking = forking();
    let mut process = Command::new(program("/usr/sbin/mosquitto", "mosquitto"))
        .arg("-c")
        .arg(config.path().join("mosquitto.conf"))
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(forking);
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    if !log.any(|line| line.contains("running")) {
        process.wait().unwrap();
        return None;
    }
    // Its log must be read to the end, or it would block on a full pipe.
    std::thread::spawn(move || log.for_each(drop));
    Some(process)
}

/// A free port below the range that the kernel hands out for outgoing connections, so that
/// nothing takes it while a killed broker is away.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 90) as u16 * 100;
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// `mosquitto_sub`, line by line, from the moment that its subscription stands.
pub(crate) struct Subscriber {
    output: Lines<AsyncBufReader<ChildStdout>>,
    /// Messages that came before the subscription, on a session from before.
    early: VecDeque<Seen>,
    process: AsyncChild,
}

/// What `mosquitto_sub` prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The broker has (again) taken the subscription.
    Subscribed,
    /// `topic payload`
    Message(String),
}

impl Subscriber {
    /// Subscribes to `filter`; `options` as on `mosquitto_sub`'s command line.
    pub(crate) async fn start(broker: SocketAddr, filter: &str, options: &[&str]) -> Self {
        let forking = forking();
        // Line buffered, since `mosquitto_sub` itself does not flush its debug lines to a pipe.
        let mut process = AsyncCommand::new("stdbuf")
            .args(["-oL", &program("/usr/bin/mosquitto_sub", "mosquitto-clients")])
            .args(["-h", &broker.ip().to_string(), "-p", &broker.port().to_string()])
            .args(["-t", filter, "-d", "-v"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        drop(forking);
        let output = AsyncBufReader::new(process.stdout.take().unwrap()).lines();
        let mut subscriber = Subscriber { output, early: VecDeque::new(), process };
        let mut early = VecDeque::new();
        while let Seen::Message(line) = subscriber.next().await {
            early.push_back(Seen::Message(line));
        }
        Subscriber { early, ..subscriber }
    }

    /// The next message or subscription. Cancel safe.
    pub(crate) async fn next(&mut self) -> Seen {
        if let Some(early) = self.early.pop_front() {
            return early;
        }
        loop {
            let line = self.output.next_line().await.unwrap();
            let line = line.expect("mosquitto_sub goes on until it is killed");
            if line.starts_with("Subscribed (mid") {
                return Seen::Subscribed;
            }
            if !line.starts_with("Client ") {
                return Seen::Message(line);
            }
        }
    }

    /// The next message, `topic payload`.
    pub(crate) async fn message(&mut self) -> String {
        let message = async {
            loop {
                if let Seen::Message(message) = self.next().await {
                    return message;
                }
            }
        };
        timeout(ANSWER_MAX, message).await.expect("a message in time")
    }

    /// SIGKILL: the broker sees a lost connection.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

/// Publishes with `mosquitto_pub` at QoS 1, and waits until the broker has it.
pub(crate) async fn publish(broker: SocketAddr, topic: &str, payload: &str, options: &[&str]) {
    let (succeeded, said) = run_pub(broker, topic, payload, options).await;
    assert!(succeeded, "mosquitto_pub to {topic}: {said}");
}

/// The same, whatever comes of it: what it says on its standard error.
pub(crate) async fn try_publish(
    broker: SocketAddr,
    topic: &str,
    payload: &str,
    options: &[&str],
) -> String {
    run_pub(broker, topic, payload, options).await.1
}

async fn run_pub(
    broker: SocketAddr,
    topic: &str,
    payload: &str,
    options: &[&str],
) -> (bool, String) {
    let forking = forking();
    let process = AsyncCommand::new(program("/usr/bin/mosquitto_pub", "mosquitto-clients"))
        .args(["-h", &broker.ip().to_string(), "-p", &broker.port().to_string()])
        .args(["-q", "1", "-t", topic, "-m", payload])
        .args(options)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    drop(forking);
    let output = process.wait_with_output().await.unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Held while a process is started: between fork and exec it has a copy of each open file, and
/// with that the lock of a data directory that another test has just closed.
pub(crate) fn forking() -> MutexGuard<'static, ()> {
    static FORKING: Mutex<()> = Mutex::new(());
    FORKING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn program(path: &str, package: &str) -> String {
    let found = fs::exists(path).unwrap_or(false);
    assert!(found, "{path} is missing: apt-get install {package}");
    path.to_owned()
}
