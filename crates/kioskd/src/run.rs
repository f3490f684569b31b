//! From configuration to a running box, and to its end.

use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};

use anyhow::Context as _;
use kiosk_hub::{DiskFailed, Failed, Hub, StartError, SystemClock};
use kiosk_mqtt::{
    BridgeConfig, Broker, BrokerConfig, BrokerUrl, Credentials, MosquittoConfig, MosquittoFiles,
};
use kiosk_tls::Tls;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use crate::{
    cafe,
    config::{Config, Mqtt},
    tls,
};

/// From the signal to the end.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// How long clients have to see what was committed last, once everything is on the disk.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// The ends that have an exit code of their own.
#[derive(Debug)]
pub(crate) enum RunError {
    Failed(Failed),
    DataDirHeld(PathBuf),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(failed) => write!(f, "{failed}"),
            Self::DataDirHeld(dir) => write!(f, "another process holds {}", dir.display()),
        }
    }
}

impl std::error::Error for RunError {}

/// Runs until it is told to stop, or can't go on.
pub(crate) fn run(config: &Config) -> anyhow::Result<()> {
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(config));
    // What the drain did not end, ends now.
    runtime.shutdown_background();
    ended
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    let (hub, mut running) = kiosk_hub::start(kiosk_hub::Config {
        data_dir: config.data_dir.clone(),
        free_bytes_min: u64::from(config.disk.free_mb_min) * 1024 * 1024,
        clock: Arc::new(SystemClock),
        is_open: config.demo,
        limits: config.limits.clone(),
    })
    .map_err(start_error)?;
    if config.demo {
        cafe::open(&hub).await?;
    }

    let tls = tls::open(config)?;

    // Everything is bound before anything serves.
    let (grpc, web) = bind(config, &hub, tls.as_ref())?;
    let (broker, broker_url) = broker(config, &hub).await?;
    let bridge = bridge(config, broker.as_ref(), broker_url.clone()).open(hub.clone())?;
    let mosquitto = mosquitto(config, &hub)?;

    info!(address = %grpc.local_addr(), "gRPC");
    info!(address = %web.local_addr(), "HTTP and WebSocket");
    info!(address = %broker_url, embedded = broker.is_some(), "MQTT");
    if let Some(address) = grpc.tls_addr() {
        info!(%address, "gRPC with TLS");
    }
    if let Some(address) = web.tls_addr() {
        info!(%address, "HTTPS and WebSocket with TLS");
    }
    tell_admin_code(config, &hub);
    warn_if_plain(config);

    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let serving = grpc.serve(stop.clone());
    tasks.spawn(async move {
        if let Err(error) = serving.await {
            warn!(%error, "gRPC has ended");
        }
    });
    tasks.spawn(web.serve(stop.clone()));
    tasks.spawn(bridge.run(stop.clone()));
    if let Some(tls) = tls {
        tasks.spawn(tls.keep(stop.clone()));
    }
    if let Some(mosquitto) = mosquitto {
        tasks.spawn(mosquitto.run(stop.clone()));
    }
    tasks.close();
    info!("ready");

    tokio::select! {
        _ = terminate.recv() => info!("told to terminate"),
        _ = interrupt.recv() => info!("interrupted"),
        failed = running.failed() => return Err(RunError::Failed(failed).into()),
    }
    stop.cancel();
    let drained = pin!(async {
        running.drain().await?;
        if timeout(FAREWELL_MAX, tasks.wait()).await.is_err() {
            info!("some clients did not say goodbye");
        }
        if let Some(broker) = broker {
            broker.stop().await;
        }
        Ok::<_, DiskFailed>(())
    });
    match timeout(DRAIN_MAX, drained).await {
        Ok(ended) => ended.map_err(|failed| RunError::Failed(failed.into()).into()),
        Err(_) => {
            warn!("not everything ended in time; nothing acknowledged is lost");
            Ok(())
        }
    }
}

/// Each connection is a file. A shell allows few unless it is asked for more, which anyone may up to
/// the hard limit; under systemd the two are the same.
fn raise_file_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        warn!(%error, ?current, "the limit of open files was not raised");
    }
}

/// All ports of gRPC and HTTP.
fn bind(
    config: &Config,
    hub: &Hub,
    tls: Option<&Tls>,
) -> anyhow::Result<(kiosk_grpc::Server, kiosk_web::Server)> {
    let grpc = kiosk_grpc::Config { listen: config.grpc.listen };
    let services = kiosk_grpc::Services::with_tls(hub, tls.cloned());
    let mut grpc =
        grpc.bind(services.clone()).with_context(|| format!("gRPC on {}", config.grpc.listen))?;
    let web = kiosk_web::Config {
        listen: config.web.listen,
        sessions_max: config.web.sessions_max.into(),
        sessions_per_client_max: config.web.sessions_per_client_max.into(),
        origins: config.web.origins.clone(),
    };
    let mut web = web
        .bind(hub.clone(), services, kiosk_proto::descriptors())
        .with_context(|| format!("HTTP on {}", config.web.listen))?;
    if let Some(tls) = tls {
        if let Some(address) = config.tls.grpc_listen.0 {
            let bound = grpc.with_tls(address, tls);
            grpc = bound.with_context(|| format!("gRPC with TLS on {address}"))?;
        }
        let bound = web.with_tls(tls, config.tls.web_listen.0);
        web = bound.with_context(|| format!("HTTPS on {}", String::from(config.tls.web_listen)))?;
    }
    Ok((grpc, web))
}

/// The embedded broker, unless another one is configured, and where the broker is.
async fn broker(config: &Config, hub: &Hub) -> anyhow::Result<(Option<Broker>, BrokerUrl)> {
    if let Some(external) = config.external_broker() {
        return Ok((None, external));
    }
    let listen = config.mqtt.broker_listen;
    let site = config.mqtt.site.clone();
    let clients_max = config.limits.connections_max.get();
    let broker = BrokerConfig { listen, site, clients_max };
    let broker = Broker::start(broker, hub.clone()).await?;
    let url = broker.local_addr().into();
    Ok((Some(broker), url))
}

/// What publishes, as a user of its own of the embedded broker, or as the one in the configuration.
fn bridge(config: &Config, embedded: Option<&Broker>, broker: BrokerUrl) -> BridgeConfig {
    let Mqtt { site, username, password, .. } = config.mqtt.clone();
    let password = password.expose().to_owned();
    let client_id = format!("kioskd-{site}");
    let configured = || (!username.is_empty()).then_some(Credentials { username, password });
    let credentials = match embedded {
        Some(embedded) => Some(embedded.bridge_credentials().clone()),
        None => configured(),
    };
    BridgeConfig { site, broker, client_id, credentials }
}

/// The files that let the box's devices in to an external Mosquitto, if it is to have some.
fn mosquitto(config: &Config, hub: &Hub) -> anyhow::Result<Option<MosquittoFiles>> {
    let Mqtt { site, username, password, mosquitto_dir: dir, .. } = config.mqtt.clone();
    let password = password.expose().to_owned();
    if dir.as_os_str().is_empty() {
        return Ok(None);
    }
    let bridge = Credentials { username, password };
    let files = MosquittoConfig { dir, site, bridge }.open(hub.clone());
    Ok(Some(files.context("mqtt.mosquitto_dir")?))
}

/// On the console, or in the journal: who can read that has the box in hand.
fn tell_admin_code(config: &Config, hub: &Hub) {
    if config.demo {
        warn!("demo: whoever reaches this machine's own ports is the admin");
        return;
    }
    let access = hub.access();
    let code = if config.new_admin { access.admin_code() } else { access.first_admin_code() };
    if let Some(code) = code {
        info!(code = code.text.expose(), "this code pairs an admin, once: kioskctl pair <code>");
    }
}

fn warn_if_plain(config: &Config) {
    for address in [config.grpc.listen, config.web.listen, config.mqtt.broker_listen] {
        if !address.ip().is_loopback() {
            warn!(%address, "who listens on this network can read tokens: [tls] has ports for it");
        }
    }
}

fn start_error(error: StartError) -> anyhow::Error {
    match error {
        StartError::Locked(dir) => RunError::DataDirHeld(dir).into(),
        error => anyhow::Error::from(error).context("the data directory can't be used"),
    }
}
