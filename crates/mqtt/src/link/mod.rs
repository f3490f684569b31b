//! The connection to a broker, and the truth about what the broker has.

mod backoff;
mod config;
mod connection;
mod window;

use std::time::Duration;

use bytes::Bytes;
use rumqttc::Outgoing;
use rumqttc::v5::Event;
use rumqttc::v5::mqttbytes::v5::{ConnAck, Packet, PubAck, PubAckReason, Publish};
use rumqttc::v5::mqttbytes::v5::{SubAck, SubscribeReasonCode};
use tokio::time::{Instant, timeout};

pub use config::{Credentials, LinkConfig};

use backoff::{Backoff, PAUSE_MAX};
use connection::{Connection, PACKET_BYTES_MAX};
use window::Window;

/// Retained on the availability topic while the link is up.
const ONLINE: &str = "online";
/// Left by the broker (as the last will) or by [`Link::close`] when it is not.
const OFFLINE: &str = "offline";

/// How long [`Link::close`] waits for the broker to take the last publishes.
const CLOSE_MAX: Duration = Duration::from_secs(2);

/// What a PUBLISH packet may hold beside topic and payload: fixed header (5 bytes), the topic's
/// length (2), packet id (2), no properties (1).
const PUBLISH_OVERHEAD_BYTES: usize = 10;

/// The longest topic that MQTT can carry.
const TOPIC_BYTES_MAX: usize = 65_535;

/// A message to publish, at QoS 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The topic: no wildcards, 1 to 65,535 bytes.
    pub topic: String,
    /// The payload; empty and retained clears what the broker keeps for the topic.
    pub payload: Bytes,
    /// Whether the broker keeps it for those who subscribe later.
    pub retain: bool,
}

/// What happened on the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkEvent {
    /// Connected. The broker may remember nothing, and the link remembers nothing: publish all
    /// retained state and everything unacknowledged again.
    Up,
    /// Not connected; the next attempt is on its way.
    Down {
        /// What went wrong, for the log.
        reason: String,
        /// The pause before the next attempt.
        retry_in: Duration,
    },
    /// The broker has everything published on this connection up to and including the publish
    /// with this tag. Tags are reported in the order they were given.
    Acknowledged(u64),
    /// A message on one of the subscriptions. It is acknowledged to the broker as it is read.
    Message {
        /// The topic it was published to.
        topic: String,
        /// The payload.
        payload: Bytes,
        /// Whether it was kept by the broker from before the subscription.
        retained: bool,
    },
}

/// Why a message was not taken. Only `NoRoom` passes with time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The link is down, or as much as the window holds is unacknowledged.
    #[error("not connected, or the window is full")]
    NoRoom,
    /// The broker would close the connection over it, now and each time it is repeated.
    #[error("{bytes} bytes are more than the {bytes_max} that the broker takes")]
    TooLarge {
        /// The packet's size.
        bytes: usize,
        /// The smaller of the broker's limit and 256 KiB.
        bytes_max: usize,
    },
    /// Empty, too long, or with a wildcard or NUL.
    #[error("not a topic to publish to")]
    Topic,
}

/// One client's connection to one broker, made again whenever it is lost.
///
/// Everything happens inside [`next`](Link::next), which must be polled for the link to live;
/// publishing only queues. Each connection starts with an empty history (a clean session, fresh
/// packet ids, no pending publishes): what the client library would keep across a reconnect is
/// dropped, because it forgets it itself when the broker has lost the session, and because the
/// caller, whose cursor moves on [`LinkEvent::Acknowledged`] only, publishes it again anyway.
///
/// MQTT 5, since only there does a PUBACK say whether the message was taken or refused.
pub struct Link {
    config: LinkConfig,
    connection: Connection,
    window: Window,
    backoff: Backoff,
    up: Option<Up>,
}

/// What is known only while connected.
struct Up {
    since: Instant,
    packet_bytes_max: usize,
}

impl Link {
    /// Makes a link. It connects when first polled; a broker that is not there is not an error,
    /// it is [`LinkEvent::Down`].
    pub fn new(config: LinkConfig) -> Self {
        let connection = Connection::open(&config, Duration::ZERO);
        Link {
            config,
            connection,
            window: Window::default(),
            backoff: Backoff::default(),
            up: None,
        }
    }

    /// How many publishes are taken now. Zero while down.
    pub fn room(&self) -> usize {
        if self.up.is_some() { self.window.room() } else { 0 }
    }

    /// Queues a message for sending. With a `tag`, the link reports when the broker has this
    /// message and all before it; tags should not fall. Without one nothing is reported, not even
    /// that there is room again.
    ///
    /// # Errors
    ///
    /// `NoRoom` if [`room`](Link::room) is zero; otherwise the message can never be sent.
    pub fn publish(&mut self, message: Publication, tag: Option<u64>) -> Result<(), PublishError> {
        let Some(up) = self.up.as_ref().filter(|_| self.window.room() > 0) else {
            return Err(PublishError::NoRoom);
        };
        let topic = &message.topic;
        if topic.is_empty() || topic.len() > TOPIC_BYTES_MAX || topic.contains(['+', '#', '\0']) {
            return Err(PublishError::Topic);
        }
        let bytes = topic.len() + message.payload.len() + PUBLISH_OVERHEAD_BYTES;
        if bytes > up.packet_bytes_max {
            return Err(PublishError::TooLarge { bytes, bytes_max: up.packet_bytes_max });
        }
        self.send(message, tag)
    }

    /// Waits for the next event; never ends. Cancel safe: nothing is lost when the future is
    /// dropped, as in a branch of `select!`.
    ///
    /// Polling must not pause for more than 2 s: with a keep-alive of 5 s, a broker takes a
    /// client that it has not heard for 7.5 s for dead.
    pub async fn next(&mut self) -> LinkEvent {
        loop {
            if let Some(event) = self.step().await {
                return event;
            }
        }
    }

    /// Leaves in good order: retains `offline`, waits up to 2 s until the broker has everything
    /// that was published, and disconnects. A link that is dropped instead looks like a crash,
    /// and the broker says `offline` by the last will.
    pub async fn close(mut self) {
        if self.up.is_some() && timeout(CLOSE_MAX, self.say_goodbye()).await.is_err() {
            tracing::warn!(broker = %self.config.broker, "the broker did not take the farewell");
        }
    }

    async fn say_goodbye(&mut self) {
        if self.say(OFFLINE).is_err() {
            return;
        }
        while !self.window.is_empty() {
            if let Some(LinkEvent::Down { .. }) = self.step().await {
                return;
            }
        }
        self.connection.disconnect().await;
    }

    /// One thing that happens on the connection, whether or not the caller need know.
    async fn step(&mut self) -> Option<LinkEvent> {
        let seen = match self.connection.next().await {
            Ok(event) => self.handle(event),
            Err(reason) => Err(reason),
        };
        seen.unwrap_or_else(|reason| Some(self.reconnect(reason)))
    }

    fn handle(&mut self, event: Event) -> Result<Option<LinkEvent>, String> {
        match event {
            Event::Incoming(Packet::ConnAck(connack)) => self.connected(&connack).map(Some),
            Event::Incoming(Packet::SubAck(suback)) => self.subscribed(&suback).map(|()| None),
            Event::Incoming(Packet::PubAck(puback)) => self.acknowledged(&puback),
            Event::Incoming(Packet::Publish(publish)) => Ok(received(publish)),
            Event::Outgoing(Outgoing::Publish(packet_id)) => {
                self.window.sent(packet_id);
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn connected(&mut self, connack: &ConnAck) -> Result<LinkEvent, String> {
        let limit = connack.properties.as_ref().and_then(|p| p.max_packet_size);
        let limit = limit.map_or(PACKET_BYTES_MAX, |bytes| bytes.min(PACKET_BYTES_MAX));
        self.up = Some(Up { since: Instant::now(), packet_bytes_max: limit as usize });
        self.connection.subscribe(&self.config.subscriptions)?;
        self.say(ONLINE)?;
        Ok(LinkEvent::Up)
    }

    /// A refused subscription is a broken link: buttons that nobody hears must not go unnoticed.
    fn subscribed(&self, suback: &SubAck) -> Result<(), String> {
        let mut answers = self.config.subscriptions.iter().zip(&suback.return_codes);
        match answers.find(|(_, code)| !matches!(code, SubscribeReasonCode::Success(_))) {
            Some((filter, code)) => Err(format!("subscription to {filter} refused: {code:?}")),
            None => Ok(()),
        }
    }

    /// A refused publish breaks the connection too: the cursor must not pass it, and after the
    /// pause it is tried again (a quota has recovered, an access list has been put right).
    fn acknowledged(&mut self, puback: &PubAck) -> Result<Option<LinkEvent>, String> {
        match puback.reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => {
                Ok(self.window.acknowledged(puback.pkid).map(LinkEvent::Acknowledged))
            }
            reason => Err(format!("publish refused: {reason:?}")),
        }
    }

    fn reconnect(&mut self, reason: String) -> LinkEvent {
        // Only time proves a connection: a broker that answers CONNECT and then refuses what is
        // published would otherwise be tried again every 0.2 s.
        if self.up.take().is_some_and(|up| up.since.elapsed() > PAUSE_MAX) {
            self.backoff.reset();
        }
        let retry_in = self.backoff.next_pause();
        self.window = Window::default();
        self.connection = Connection::open(&self.config, retry_in);
        LinkEvent::Down { reason, retry_in }
    }

    fn say(&mut self, availability: &'static str) -> Result<(), String> {
        let topic = self.config.availability_topic.clone();
        let payload = Bytes::from_static(availability.as_bytes());
        let said = self.send(Publication { topic, payload, retain: true }, None);
        said.map_err(|error| format!("availability topic: {error}"))
    }

    fn send(&mut self, message: Publication, tag: Option<u64>) -> Result<(), PublishError> {
        self.connection.publish(message)?;
        self.window.queued(tag);
        Ok(())
    }
}

/// MQTT topics are UTF-8; one that is not comes from a broken broker and names nothing of ours.
fn received(publish: Publish) -> Option<LinkEvent> {
    let topic = String::from_utf8(publish.topic.into()).ok()?;
    Some(LinkEvent::Message { topic, payload: publish.payload, retained: publish.retain })
}
