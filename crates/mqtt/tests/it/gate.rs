//! A way to a broker that a test can shut.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on to a broker while it is open. Shut, it lets them wait.
///
/// A broker that comes back empty acknowledges what nobody has subscribed to yet. With the
/// publisher held back until the subscriber is there again, the subscriber can tell whether
/// anything is missing.
pub(crate) struct Gate {
    address: SocketAddr,
    is_open: watch::Sender<bool>,
    arrivals: watch::Receiver<u32>,
    passing: JoinHandle<()>,
}

impl Gate {
    /// An open way to the broker.
    pub(crate) async fn to(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_open, open) = watch::channel(true);
        let (arrived, arrivals) = watch::channel(0);
        let passing = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                arrived.send_modify(|count| *count += 1);
                tokio::spawn(pass(stream, broker, open.clone()));
            }
        });
        Gate { address, is_open, arrivals, passing }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts what has passed, and lets nothing more through.
    pub(crate) fn shut(&self) {
        self.is_open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// Waits for the next who comes.
    pub(crate) async fn arrival(&mut self) {
        self.arrivals.mark_unchanged();
        self.arrivals.changed().await.unwrap();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn pass(mut client: TcpStream, broker: SocketAddr, mut open: watch::Receiver<bool>) {
    // Either side may end at any time, and the test may end before.
    let Ok(_) = open.wait_for(|open| *open).await else { return };
    let Ok(mut broker) = TcpStream::connect(broker).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut broker) => {}
        _ = open.wait_for(|open| !*open) => {}
    }
}
