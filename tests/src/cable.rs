use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::broadcast,
    task::JoinHandle,
};

/// A cable between clients and a server, which can be cut at any byte and led to another server.
#[derive(Debug)]
pub struct Cable {
    /// Where clients connect.
    pub address: SocketAddr,
    server: Arc<Mutex<SocketAddr>>,
    cuts: broadcast::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Cable {
    /// To that server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(Mutex::new(server));
        let cuts = broadcast::Sender::new(1);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&server), cuts.clone()));
        Self { address, server, cuts, accepting }
    }

    /// Resets every connection; new ones can be made at once. How many they were.
    pub fn cut(&self) -> usize {
        self.cuts.send(()).unwrap_or(0)
    }

    /// Leads new connections to another server.
    pub fn lead_to(&self, server: SocketAddr) {
        *self.server.lock().unwrap() = server;
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    server: Arc<Mutex<SocketAddr>>,
    cuts: broadcast::Sender<()>,
) {
    while let Ok((client, _)) = listener.accept().await {
        let to = *server.lock().unwrap();
        tokio::spawn(carry(client, to, cuts.subscribe()));
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, mut cut: broadcast::Receiver<()>) {
    // A server that is away is like a cable that is cut.
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = cut.recv() => {
            for end in [client, server] {
                // What is on its way is lost, as in a cable.
                let _ = end.set_zero_linger();
            }
        }
    }
}
