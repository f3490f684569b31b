use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{WAIT_MAX, must};

/// A running `kioskd`, killed when dropped.
#[derive(Debug)]
pub struct Kioskd {
    process: Child,
    /// Where gRPC is served.
    pub grpc: SocketAddr,
    /// Where HTTP and WebSocket are served.
    pub web: SocketAddr,
    /// The broker that it publishes to.
    pub mqtt: SocketAddr,
    /// Where gRPC is served with TLS.
    pub grpc_tls: Option<SocketAddr>,
    /// Where HTTPS is served.
    pub web_tls: Option<SocketAddr>,
    /// What pairs an admin, if it has said so.
    pub admin_code: Option<String>,
    errors: Errors,
}

/// The lines of its log that tell of an error.
type Errors = Arc<Mutex<Vec<String>>>;

/// How a `kioskd` is started.
#[derive(Debug, Clone)]
pub struct Start {
    data_dir: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    quiet: bool,
    patience: Duration,
}

impl Start {
    /// The demo café in that directory, each port any that is free, no reserve of disk space.
    pub fn demo(data_dir: &Path) -> Self {
        Self::bare(data_dir).arg("--demo")
    }

    /// The same with what is in that directory and no more.
    pub fn bare(data_dir: &Path) -> Self {
        let any = "127.0.0.1:0".to_owned();
        let variables = vec![
            ("KIOSK__GRPC__LISTEN".into(), any.clone()),
            ("KIOSK__WEB__LISTEN".into(), any.clone()),
            ("KIOSK__MQTT__BROKER_LISTEN".into(), any),
            ("KIOSK__DISK__FREE_MB_MIN".into(), "0".into()),
            ("KIOSK__TLS__GRPC_LISTEN".into(), String::new()),
            ("KIOSK__TLS__WEB_LISTEN".into(), String::new()),
        ];
        let (data_dir, patience) = (data_dir.into(), WAIT_MAX);
        Self { data_dir, arguments: Vec::new(), variables, quiet: false, patience }
    }

    /// With a command-line argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With TLS, each port any that is free.
    #[must_use]
    pub fn with_tls(self) -> Self {
        let any = "127.0.0.1:0";
        self.with("KIOSK__TLS__GRPC_LISTEN", any).with("KIOSK__TLS__WEB_LISTEN", any)
    }

    /// With a configuration variable.
    #[must_use]
    pub fn with(mut self, variable: &str, value: impl ToString) -> Self {
        self.variables.push((variable.into(), value.to_string()));
        self
    }

    /// Of its log, only what is worse than information is repeated: for a test of many starts.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Waits longer for it: it has much to mend.
    #[must_use]
    pub fn patiently(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it and waits until it serves.
    pub fn spawn(&self) -> Kioskd {
        let mut process = self.command().stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(process.stderr.take().unwrap());
        let (ready, wait) = mpsc::sync_channel(1);
        // Its log must be read to the end, or it would block on a full pipe.
        let quiet = self.quiet;
        let errors = Errors::default();
        let told = Arc::clone(&errors);
        thread::spawn(move || follow_log(log, &ready, &told, quiet));
        match wait.recv_timeout(self.patience) {
            Ok(Told { plain: [grpc, web, mqtt], grpc_tls, web_tls, admin_code }) => {
                Kioskd { process, grpc, web, mqtt, grpc_tls, web_tls, admin_code, errors }
            }
            Err(_) => {
                let _ = process.kill();
                panic!("kioskd did not start (its log is above): {:?}", process.wait());
            }
        }
    }

    /// Starts one and kills it so long after, whatever it has come to.
    pub fn spawn_and_kill_after(&self, life: Duration) {
        let mut process = self.command().stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(life);
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// Starts one that is expected to end by itself; its exit code.
    pub fn exit_code(&self) -> Option<i32> {
        self.command().status().unwrap().code()
    }

    /// What would be run: for a test that ends it before it serves.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("kioskd"));
        command.arg("--data-dir").arg(&self.data_dir).stdin(Stdio::null());
        command.args(&self.arguments);
        command.envs(self.variables.iter().map(|(k, v)| (k, v)));
        command
    }
}

/// A binary of this workspace, built beside the test. `cargo xtask test` builds them first.
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let path = me.parent().and_then(Path::parent).unwrap().join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --workspace --bins`", path.display());
    path
}

impl Kioskd {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The errors that it has logged so far.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// SIGKILL: as when the process dies at that moment.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM, then waits for its end, while the clients go on.
    pub async fn terminate(self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait().await
    }

    /// Waits for an end that comes by itself.
    pub async fn wait(mut self) -> ExitStatus {
        let ended = tokio::task::spawn_blocking(move || self.process.wait().unwrap());
        must("kioskd's end", ended).await.unwrap()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.process.id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }
}

impl Drop for Kioskd {
    fn drop(&mut self) {
        // The test may have ended it already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What it says of itself in its log.
struct Told {
    /// gRPC, HTTP, MQTT.
    plain: [SocketAddr; 3],
    grpc_tls: Option<SocketAddr>,
    web_tls: Option<SocketAddr>,
    admin_code: Option<String>,
}

/// Repeats the log for whoever reads the test's output, and reports the addresses once ready.
fn follow_log(log: impl BufRead, ready: &mpsc::SyncSender<Told>, errors: &Errors, quiet: bool) {
    let (mut addresses, mut admin_code) = (Vec::new(), None);
    let (mut grpc_tls, mut web_tls) = (None, None);
    for line in log.lines().map_while(Result::ok) {
        if !quiet || !line.contains(" INFO ") {
            eprintln!("{line}");
        }
        if line.contains(" ERROR ") {
            errors.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        }
        if let Some((_, rest)) = line.split_once(" code=\"") {
            admin_code = rest.split('"').next().map(str::to_owned);
        }
        let address = line.split("address=").nth(1).and_then(|rest| rest.split(' ').next());
        let address = address.map(|a| a.trim_start_matches("mqtt://").parse());
        match address {
            Some(Ok(address)) if line.contains("gRPC with TLS") => grpc_tls = Some(address),
            Some(Ok(address)) if line.contains("HTTPS") => web_tls = Some(address),
            Some(Ok(address)) => addresses.push(address),
            _ => {}
        }
        if line.ends_with("ready")
            && let Ok(plain) = <[SocketAddr; 3]>::try_from(std::mem::take(&mut addresses))
        {
            let admin_code = admin_code.take();
            let _ = ready.send(Told { plain, grpc_tls, web_tls, admin_code });
        }
    }
}
