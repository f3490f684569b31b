//! A box with a clock and names that a test sets, and clients with clocks of their own.

use std::{
    collections::BTreeSet,
    fmt, fs,
    net::Ipv4Addr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use kiosk_tls::{Acceptor, Config, Name, OpenError, Tls, device_of};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use x509_parser::{certificate::X509Certificate, parse_x509_certificate};

pub(crate) const DAY: i64 = 24 * 60 * 60;
/// 2026-12-01.
pub(crate) const TODAY: i64 = 1_796_083_200;
/// Far longer than anything takes on a loaded machine.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Waits for what must come.
pub(crate) async fn must<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(WAIT_MAX, future).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

pub(crate) struct TestBox {
    pub(crate) dir: TempDir,
    clock: Arc<AtomicI64>,
    names: Arc<Mutex<BTreeSet<Name>>>,
}

impl TestBox {
    pub(crate) fn new() -> Self {
        let names = ["localhost", "127.0.0.1"].map(|name| name.parse().unwrap());
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(AtomicI64::new(TODAY)),
            names: Arc::new(Mutex::new(names.into())),
        }
    }

    pub(crate) fn set_clock(&self, seconds: i64) {
        self.clock.store(seconds, SeqCst);
    }

    pub(crate) fn set_names(&self, names: &[&str]) {
        *self.names.lock().unwrap() = names.iter().map(|name| name.parse().unwrap()).collect();
    }

    pub(crate) fn try_open(&self) -> Result<Tls, OpenError> {
        let (clock, names) = (Arc::clone(&self.clock), Arc::clone(&self.names));
        let names = Arc::new(move || names.lock().unwrap().clone());
        let now = Arc::new(move || clock.load(SeqCst));
        Config {
            folder: self.dir.path().join("tls"),
            names,
            now,
            handshake_timeout: Duration::from_secs(5),
        }
        .open()
    }

    /// As the process does at its start.
    pub(crate) fn open(&self) -> Tls {
        self.try_open().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("tls").join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
}

/// A port whose connections say what they hear.
pub(crate) struct Port {
    listener: TcpListener,
    acceptor: Acceptor,
}

/// What a client has to show.
pub(crate) struct Identity {
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// The client's side, and the device that the box's side took it for; or why one of them refused.
pub(crate) type Met = Result<(TlsStream<TcpStream>, Option<i32>), String>;

impl Port {
    pub(crate) async fn open(tls: &Tls) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self { listener, acceptor: tls.acceptor("h2", true).unwrap() }
    }

    /// Begins a handshake that is never ended.
    pub(crate) async fn keep_waiting(&self, begin: &[u8]) -> Silent {
        let address = self.listener.local_addr().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let (accepted, _) = self.listener.accept().await.unwrap();
        stream.write_all(begin).await.unwrap();
        let acceptor = self.acceptor.clone();
        let handshake = tokio::spawn(async move { acceptor.accept(accepted).await.is_ok() });
        Silent { stream, handshake }
    }

    /// Lets a client connect, and echoes what it says from then on.
    pub(crate) async fn meet(&self, client: ClientConfig) -> Met {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = self.listener.accept().await.unwrap();
        let acceptor = self.acceptor.clone();
        let boxes = tokio::spawn(async move {
            let mut stream = acceptor.accept(accepted).await.map_err(|error| error.to_string())?;
            let device = device_of(&stream);
            tokio::spawn(async move {
                stream.write_u8(b'!').await?;
                loop {
                    let byte = stream.read_u8().await?;
                    stream.write_u8(byte).await?;
                }
                #[expect(unreachable_code, reason = "it says of which type the end is")]
                std::io::Result::Ok(())
            });
            Ok::<_, String>(device)
        });
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = async {
            let mut stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
            // With TLS 1.3 a client hears only afterwards that it was refused.
            stream.read_u8().await?;
            std::io::Result::Ok(stream)
        };
        let connected = must("a handshake", connecting).await.map_err(|error| error.to_string());
        let accepted = must("the box's side", boxes).await.unwrap();
        Ok((connected?, accepted?))
    }
}

pub(crate) struct Silent {
    pub(crate) stream: TcpStream,
    pub(crate) handshake: tokio::task::JoinHandle<bool>,
}

/// A client that trusts the box's CA, at this time.
pub(crate) fn client(tls: &Tls, now: i64) -> ClientConfig {
    client_with(tls, now, None, &[&TLS12, &TLS13])
}

/// The same with something to show, and a choice of versions.
pub(crate) fn client_with(
    tls: &Tls,
    now: i64,
    identity: Option<Identity>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(tls.ca_der().to_vec())).unwrap();
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_details(provider, Arc::new(At(now)))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(Identity { chain, key }) => {
            let chain = CertificateDer::pem_slice_iter(chain.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain.map(Result::unwrap).collect(), key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// A client's clock.
struct At(i64);

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.unsigned_abs())))
    }
}

/// What the box has shown.
pub(crate) fn shown(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

pub(crate) fn from_pem(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

pub(crate) fn parsed(der: &[u8]) -> X509Certificate<'_> {
    parse_x509_certificate(der).unwrap().1
}
