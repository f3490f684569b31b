use std::{io, sync::Arc, time::Duration};

use rustls::ServerConfig;
use tokio::{net::TcpStream, sync::Semaphore, time::timeout};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::device::device_in;

/// Handshakes at once. One that is not finished may hold 64 KiB; one more waits for its turn.
const HANDSHAKES_MAX: usize = 256;
/// What is encrypted and not taken by the kernel yet: a record of the largest size.
const BUFFER_BYTES_MAX: usize = 16 * 1024;
/// The first byte of a client that speaks TLS.
const HANDSHAKE_RECORD: u8 = 0x16;

/// A connection after its handshake.
pub type Stream = TlsStream<TcpStream>;

/// Does the handshakes of one port. Each is awaited in a task of its own, so that nobody waits for
/// another's.
#[derive(Clone)]
pub struct Acceptor {
    config: Arc<ServerConfig>,
    handshakes: Arc<Semaphore>,
    /// For all of a handshake, waiting included.
    handshake_timeout: Duration,
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").field("handshakes", &self.handshakes).finish_non_exhaustive()
    }
}

/// Why there is no connection. Anyone can cause it: nothing to shout about.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// It begins as something else, which is still there to be read.
    #[error("it is no TLS")]
    NotTls(TcpStream),
    /// It was not done in time.
    #[error("the handshake took too long")]
    TimedOut,
    /// The other side left, or the two do not agree.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

impl Acceptor {
    pub(crate) fn new(config: ServerConfig, handshake_timeout: Duration) -> Self {
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
        Self { config: Arc::new(config), handshakes, handshake_timeout }
    }

    /// Does the handshake.
    pub async fn accept(&self, stream: TcpStream) -> Result<Stream, AcceptError> {
        let accepted = timeout(self.handshake_timeout, async {
            let _turn = self.handshakes.acquire().await;
            let mut first = [0];
            if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE_RECORD {
                return Err(AcceptError::NotTls(stream));
            }
            Ok(TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await?)
        });
        let mut accepted = accepted.await.unwrap_or(Err(AcceptError::TimedOut))?;
        accepted.get_mut().1.set_buffer_limit(Some(BUFFER_BYTES_MAX));
        Ok(accepted)
    }
}

/// The device whose certificate the other side has shown, if it has.
pub fn device_of(stream: &Stream) -> Option<i32> {
    device_in(stream.get_ref().1.peer_certificates()?.first()?)
}
