use std::fmt::Debug;

use tokio::io::{AsyncRead, AsyncWrite};

/// Bytes in both directions.
pub trait Io: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Debug + Send + Sync + Unpin> Io for T {}

/// What HTTP is spoken over, and a WebSocket after it: TCP, with TLS or without.
pub type Wire = Box<dyn Io>;
