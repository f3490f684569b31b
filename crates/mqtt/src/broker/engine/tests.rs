use bytes::Bytes;
use kiosk_hub::{Config, Limits, SystemClock};
use tokio::net::TcpListener;

use super::*;
use crate::topics::Topics;
use crate::{Link, LinkConfig, LinkEvent, Publication};

const LAN: &str = "192.0.2.7:50000";
const THIS_MACHINE: &str = "127.0.0.1:50000";

#[tokio::test]
async fn a_gadget_that_floods_is_refused_and_the_bridge_never_is() {
    let dir = tempfile::tempdir().unwrap();
    let (data_dir, clock) = (dir.path().to_owned(), Arc::new(SystemClock));
    let config =
        Config { data_dir, free_bytes_min: 0, clock, is_open: false, limits: Limits::default() };
    let (hub, running) = kiosk_hub::start(config).unwrap();
    let door = Arc::new(Door::new(hub, Topics::of_site("cafe").unwrap()).unwrap());
    let limit = u64::from(MESSAGES_PER_SECOND_MAX);
    assert_eq!(flood(&door, THIS_MACHINE, 8 * limit).await, None);
    let refused = flood(&door, LAN, 8 * limit).await;
    assert_eq!(refused.as_deref(), Some("publish refused: QuotaExceeded"));
    running.drain().await.unwrap();
}

/// Publishes `count` messages as fast as they are taken, to a broker that is made to believe
/// that they come from `peer`. Returns why it broke the connection, if it did.
async fn flood(door: &Arc<Door>, peer: &str, count: u64) -> Option<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut link = Link::new(LinkConfig {
        broker: listener.local_addr().unwrap().into(),
        client_id: "flood".to_owned(),
        credentials: Some(door.bridge().clone()),
        availability_topic: "flood/availability".to_owned(),
        subscriptions: Vec::new(),
    });
    let peer = peer.parse().unwrap();
    let engine = Engine::new(1, Arc::clone(door), CancellationToken::new());
    let broker = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        engine.serve(stream, peer, Arc::default()).await;
    });
    let (mut next, mut acknowledged) = (1, 0);
    while acknowledged < count {
        while next <= count && link.room() > 0 {
            let message =
                Publication { topic: "flood".to_owned(), payload: Bytes::new(), retain: false };
            link.publish(message, Some(next)).unwrap();
            next += 1;
        }
        match link.next().await {
            LinkEvent::Acknowledged(tag) => acknowledged = tag,
            LinkEvent::Down { reason, .. } => return Some(reason),
            LinkEvent::Up | LinkEvent::Message { .. } => {}
        }
    }
    broker.abort();
    None
}
