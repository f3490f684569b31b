//! A door with TLS for clients of these tests that know none: what goes in plainly at one end comes
//! out of a TLS connection of its own. It keeps little, so that who stalls is stalled.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kiosk_hub::{Clock as _, SystemClock};
use kiosk_tls::{Tls, names_of_this_box};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional_with_sizes,
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

const KERNEL_BYTES: u32 = 4_096;

/// A CA of the test's own.
pub(crate) fn new_ca(dir: &TempDir) -> Tls {
    let folder = dir.path().join("tls");
    let names = Arc::new(|| names_of_this_box(&[]));
    let now = Arc::new(|| SystemClock.now().as_ms() / 1000);
    kiosk_tls::Config { folder, names, now, handshake_timeout: Duration::from_secs(5) }
        .open()
        .unwrap()
}

/// A client that trusts it.
pub(crate) fn connector(tls: &Tls) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(tls.ca_der().to_vec())).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// After the handshake.
pub(crate) async fn connect(connector: &TlsConnector, stream: TcpStream) -> TlsStream<TcpStream> {
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.unwrap()
}

pub(crate) struct Tunnel {
    pub(crate) entrance: SocketAddr,
    digging: JoinHandle<()>,
}

impl Tunnel {
    pub(crate) fn to(exit: SocketAddr, tls: &Tls) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(KERNEL_BYTES).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1024).unwrap();
        let entrance = listener.local_addr().unwrap();
        let connector = connector(tls);
        let digging = tokio::spawn(async move {
            while let Ok((plain, _)) = listener.accept().await {
                let connector = connector.clone();
                tokio::spawn(async move {
                    let socket = TcpSocket::new_v4().unwrap();
                    socket.set_recv_buffer_size(KERNEL_BYTES).unwrap();
                    // The box may be gone.
                    let Ok(stream) = socket.connect(exit).await else { return };
                    plain.set_nodelay(true).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let (mut plain, mut stream) = (plain, connect(&connector, stream).await);
                    // How it ends is the business of both its ends.
                    let _ =
                        copy_bidirectional_with_sizes(&mut plain, &mut stream, 1024, 1024).await;
                });
            }
        });
        Self { entrance, digging }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.digging.abort();
    }
}
