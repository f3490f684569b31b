//! `cargo xtask run`: a café on this machine, to try things on.
//!
//! This process becomes `kioskd` (by exec), so that Ctrl-C, signals and the exit code are
//! `kioskd`'s own and nothing stands between it and its terminal. What there is to say once it is
//! ready is said by a second, short-lived process that watches for that.

use std::env;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::PathBuf;
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{os, screens, tools};

/// The hidden subcommand by which we start the announcing process.
pub(crate) const ANNOUNCE: &str = "announce-demo";

/// A first start on a slow SD card takes a few seconds; after this something is wrong.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(50);
/// How long a listener that does not answer may hold up one poll.
const POLL_TIMEOUT: Duration = Duration::from_secs(1);

/// Builds and starts the demo café; returns only if that failed.
pub(crate) fn run() -> Result<()> {
    tools::install_for_demo()?;
    let addresses = Addresses::from_environment()?;
    addresses.check_free()?;
    screens::build()?;
    os::run(&mut os::cargo(&["build", "--workspace", "--bins"]))?;
    let myself = env::current_exe().context("could not find myself")?;
    let data_dir = os::workspace_root().join("target/demo");
    Command::new(&myself)
        .args([ANNOUNCE, &process::id().to_string()])
        .spawn()
        .context("could not start the process that announces the demo")?;
    let mut kioskd = Command::new(beside(myself, "kioskd"));
    kioskd.arg("--demo").arg("--data-dir").arg(data_dir);
    let error = kioskd.exec();
    Err(error).with_context(|| format!("could not start `{}`", os::line(&kioskd)))
}

/// Waits until `kioskd` is ready, then says what can be tried. It has the process id given, and is
/// our parent for as long as it lives. Says nothing when it ends before: it has said why itself.
pub(crate) fn announce(kioskd: &str) -> Result<()> {
    let addresses = Addresses::from_environment()?;
    if wait_until_ready(addresses.web, READY_WITHIN, || parent_id().to_string() == kioskd)? {
        let kioskctl = beside(env::current_exe()?, "kioskctl");
        println!("{}", addresses.announcement(&kioskctl.display().to_string()));
    }
    Ok(())
}

/// Where the demo listens: `kioskd`'s defaults, or what its own environment variables say.
struct Addresses {
    grpc: SocketAddr,
    web: SocketAddr,
    mqtt: SocketAddr,
}

impl Addresses {
    const KEYS: [(&str, &str); 3] = [
        ("KIOSK__GRPC__LISTEN", "127.0.0.1:50051"),
        ("KIOSK__WEB__LISTEN", "127.0.0.1:3001"),
        ("KIOSK__MQTT__BROKER_LISTEN", "127.0.0.1:1883"),
    ];

    fn from_environment() -> Result<Self> {
        let [grpc, web, mqtt] = Self::KEYS.map(|(key, default)| {
            let value = env::var(key).unwrap_or_else(|_| default.into());
            value.parse().with_context(|| format!("{key}={value} is not <address>:<port>"))
        });
        Ok(Self { grpc: grpc?, web: web?, mqtt: mqtt? })
    }

    /// A port that is taken would be `kioskd`'s to report, but only after the build, and what
    /// answers on it could be taken for the demo.
    fn check_free(&self) -> Result<()> {
        for (address, (key, _)) in [self.grpc, self.web, self.mqtt].into_iter().zip(Self::KEYS) {
            TcpListener::bind(address).with_context(|| {
                format!("{address} can't be used; stop what listens there, or set {key}")
            })?;
        }
        Ok(())
    }

    fn announcement(&self, kioskctl: &str) -> String {
        let Self { grpc, web, mqtt } = self;
        let (mqtt_host, mqtt_port) = (mqtt.ip(), mqtt.port());
        format!(
            "
The demo café is open.

  gRPC       {grpc}
  HTTP       http://{web}/    (/healthz, /readyz, /metrics)
  WebSocket  ws://{web}/ws
  MQTT       mqtt://{mqtt}

Three things to try, each in a terminal of its own:

  1. Watch everything that happens:
     {kioskctl} --address http://{grpc} watch
  2. Be a buzzer:
     mosquitto_sub -h {mqtt_host} -p {mqtt_port} -v -t 'kiosk/+/buzzer/+/call'
  3. Place an order for that buzzer, make it, and call its customer:
     order=$({kioskctl} --address http://{grpc} order place 17 --buzzer 1 | grep -o 'ORD-.*')
     {kioskctl} --address http://{grpc} order status $order making
     {kioskctl} --address http://{grpc} order status $order ready

Ctrl-C closes the café; its orders stay in target/demo.
"
        )
    }
}

/// The program of that name in the folder of this one: cargo puts all of the workspace's there.
fn beside(myself: PathBuf, program: &str) -> PathBuf {
    myself.with_file_name(program)
}

/// `false` when `is_alive` said no before the server was ready; an error after `patience`.
fn wait_until_ready(
    web: SocketAddr,
    patience: Duration,
    is_alive: impl Fn() -> bool,
) -> Result<bool> {
    let started = Instant::now();
    while is_alive() {
        if is_ready(web) {
            return Ok(true);
        }
        if started.elapsed() >= patience {
            bail!("http://{web}/readyz has not said that it is ready for {patience:?}");
        }
        thread::sleep(POLL_EVERY);
    }
    Ok(false)
}

fn is_ready(web: SocketAddr) -> bool {
    status_line(web).is_ok_and(|line| line.starts_with(b"HTTP/1.") && line.ends_with(b" 200"))
}

/// The first bytes of the answer, up to the status code: `HTTP/1.1 200`.
fn status_line(web: SocketAddr) -> std::io::Result<[u8; 12]> {
    let mut stream = TcpStream::connect_timeout(&web, POLL_TIMEOUT)?;
    stream.set_read_timeout(Some(POLL_TIMEOUT))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {web}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut line = [0; 12];
    stream.read_exact(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    /// A web server that answers each connection with the next status.
    fn server(statuses: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for status in statuses {
                let (mut stream, _) = listener.accept().unwrap();
                // To its end: closing with something unread resets the connection, answer and all.
                let lines = BufReader::new(&stream).lines().map(Result::unwrap);
                assert!(lines.take_while(|line| !line.is_empty()).count() > 0);
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn it_waits_until_the_server_says_that_it_is_ready() {
        let web = server(&["503 Service Unavailable", "503 Service Unavailable", "200 OK"]);
        assert!(wait_until_ready(web, PATIENCE, || true).unwrap());
    }

    #[test]
    fn it_stops_waiting_when_the_server_is_gone() {
        let web = server(&[]);
        assert!(!wait_until_ready(web, PATIENCE, || false).unwrap());
    }

    #[test]
    fn it_says_so_when_the_server_does_not_become_ready() {
        let web = server(&[]);
        let error = wait_until_ready(web, Duration::ZERO, || true).unwrap_err();
        assert!(error.to_string().contains(&web.to_string()), "{error}");
    }

    #[test]
    fn a_port_that_is_taken_is_named_with_the_key_that_changes_it() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        let addresses = Addresses { grpc: any, web: any, mqtt: taken.local_addr().unwrap() };
        let error = addresses.check_free().unwrap_err().to_string();
        assert!(error.starts_with(&addresses.mqtt.to_string()), "{error}");
        assert!(error.contains("KIOSK__MQTT__BROKER_LISTEN"), "{error}");
    }

    #[test]
    fn every_address_and_three_things_to_try_are_announced() {
        let addresses = Addresses::from_environment().unwrap();
        let text = addresses.announcement("kioskctl");
        for address in [addresses.grpc, addresses.web, addresses.mqtt] {
            assert!(text.contains(&address.to_string()), "{text}");
        }
        for number in ["1. ", "2. ", "3. "] {
            assert!(text.contains(number), "{text}");
        }
    }
}
