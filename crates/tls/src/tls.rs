use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    server::{
        ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
        danger::ClientCertVerifier,
    },
    sign::CertifiedKey,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Acceptor, CsrError, Names, Now, OpenError,
    authority::Authority,
    leaf::Leaf,
    moment::{Provider, read},
};

/// How soon a new address of the box is in its certificate: it starts before there is a network.
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Where the CA is, and what the box goes by.
#[derive(Clone)]
pub struct Config {
    /// For the files. Made on the first start, by the CA.
    pub folder: PathBuf,
    /// What the certificate must have.
    pub names: Names,
    /// The box's clock.
    pub now: Now,
    /// For all of a handshake, also for waiting until it is its turn.
    pub handshake_timeout: Duration,
}

/// The box's CA, and its certificate of the day. Cloning it is cheap.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    config: Config,
    authority: Authority,
    leaf: RwLock<Arc<Leaf>>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl Config {
    /// Makes what is missing, and what is due.
    pub fn open(self) -> Result<Tls, OpenError> {
        let now = read(&self.now);
        let authority = Authority::open(&self.folder, now)?;
        let names = (self.names)();
        let leaf = match Leaf::read(&self.folder, &authority) {
            Ok(leaf) => leaf,
            Err(problem) => {
                info!(problem, "the box's certificate is made");
                Leaf::make(&self.folder, &authority, &names, now, None)?
            }
        };
        let leaf = RwLock::new(Arc::new(leaf));
        let tls = Tls(Arc::new(Inner { config: self, authority, leaf }));
        tls.renew_if_due()?;
        Ok(tls)
    }
}

impl Tls {
    /// The CA's certificate, for who is to trust it.
    pub fn ca_pem(&self) -> &str {
        &self.0.authority.pem
    }

    /// The same as bytes, which phones ask for.
    pub fn ca_der(&self) -> &[u8] {
        &self.0.authority.der
    }

    /// SHA-256 of it, for people to compare: `AB:CD:…`, 32 bytes.
    pub fn ca_fingerprint(&self) -> String {
        self.0.authority.fingerprint()
    }

    /// Signs a device's request (PEM): its certificate and the CA's. Of the request only the public
    /// key is taken; the certificate is for a client, and says the device's id.
    pub fn sign_device(&self, csr_pem: &str, device_id: i32) -> Result<String, CsrError> {
        self.0.authority.sign_device(csr_pem, device_id, read(&self.0.config.now))
    }

    /// For a port that speaks one protocol (`h2`, `http/1.1`). If it asks for the certificates of
    /// devices, they may show one, or none; browsers would ask their users for one.
    pub fn acceptor(&self, protocol: &str, asks_for_devices: bool) -> Result<Acceptor, OpenError> {
        let provider = Arc::new(ring::default_provider());
        let time = Arc::new(Provider(Arc::clone(&self.0.config.now)));
        let builder = ServerConfig::builder_with_details(Arc::clone(&provider), time)
            .with_safe_default_protocol_versions()?;
        let builder = if asks_for_devices {
            builder.with_client_cert_verifier(self.device_verifier(provider)?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_cert_resolver(Arc::clone(&self.0) as _);
        config.alpn_protocols = vec![protocol.into()];
        // Who comes back brings what is needed to go on: the box keeps nothing of it.
        config.ticketer = ring::Ticketer::new()?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Acceptor::new(config, self.0.config.handshake_timeout))
    }

    /// Makes another certificate when it is time; those who connect from now on see it.
    pub fn renew_if_due(&self) -> Result<(), OpenError> {
        let Inner { config, authority, leaf } = &*self.0;
        let (now, names) = (read(&config.now), (config.names)());
        let old = self.0.leaf();
        let Some(why) = old.why_renew(&names, now) else { return Ok(()) };
        let new = Leaf::make(&config.folder, authority, &names, now, Some(&old))?;
        *leaf.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
        info!(why, "the box has a new certificate");
        Ok(())
    }

    /// Renews it whenever it is time, until told to stop.
    pub async fn keep(self, stop: CancellationToken) {
        let checking = async {
            loop {
                sleep(CHECK_INTERVAL).await;
                let tls = self.clone();
                // It syncs files.
                match tokio::task::spawn_blocking(move || tls.renew_if_due()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => warn!(%error, "the box's certificate was not renewed"),
                    Err(error) => warn!(%error, "the box's certificate was not checked"),
                }
            }
        };
        stop.run_until_cancelled(checking).await;
    }

    fn device_verifier(
        &self,
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, OpenError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.authority.der.clone())?;
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .allow_unauthenticated()
            .build()
            .map_err(|error| OpenError::Crypto(error.to_string()))
    }
}

impl Inner {
    fn leaf(&self) -> Arc<Leaf> {
        Arc::clone(&self.leaf.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Inner {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.leaf().certified))
    }
}
