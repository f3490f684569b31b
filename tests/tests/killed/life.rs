use std::net::SocketAddr;

use kiosk_tests::{Kioskd, must};
use tokio::sync::watch;

/// A kioskd that serves, until it is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    /// How many were killed before it.
    pub(crate) number: u32,
    pub(crate) grpc: SocketAddr,
    pub(crate) web: SocketAddr,
    /// It will not be killed: who is done may end.
    pub(crate) is_last: bool,
}

pub(crate) type Lives = watch::Receiver<Option<Life>>;

impl Life {
    pub(crate) fn of(kioskd: &Kioskd, number: u32) -> Self {
        Self { number, grpc: kioskd.grpc, web: kioskd.web, is_last: false }
    }

    /// The life after that one, once it has begun.
    pub(crate) async fn after(previous: Option<u32>, lives: &mut Lives) -> Self {
        let newer = |life: &Option<Self>| life.is_some_and(|life| Some(life.number) > previous);
        let life = must("a new life", lives.wait_for(newer)).await.unwrap();
        // `newer` takes no other.
        life.unwrap()
    }
}
