//! One connection's life over rumqttc, from the pause before it to its first error.

use std::pin::Pin;
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnectProperties, Filter, LastWill};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{NetworkOptions, Outgoing};
use tokio::time::{sleep, timeout};

use super::window::WINDOW_MAX;
use super::{LinkConfig, OFFLINE, Publication, PublishError};

/// The largest packet in either direction. The library's default is 10 KiB.
pub(super) const PACKET_BYTES_MAX: u32 = 256 * 1024;

/// The shortest that the library allows; a stalled broker is noticed within twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// From the start of an attempt until the broker's CONNACK.
const CONNECT_MAX_S: u64 = 5;

/// The library wraps its packet ids at this number, or at the broker's receive maximum if that
/// is lower. Twice the window, so that an id does not come round while it is in use, and the
/// library need not wait for it, when a broker answers out of order.
const PACKET_IDS: u16 = 2 * WINDOW_MAX as u16;

/// Requests between us and the event loop: a full window, and one each of SUBSCRIBE, `online`,
/// `offline` and DISCONNECT. Never full, because the window bounds what is put in.
const REQUESTS_MAX: usize = WINDOW_MAX + 4;

type Polled = (EventLoop, Result<Event, String>);

/// A client and its event loop, thrown away together at the first error.
pub(super) struct Connection {
    client: AsyncClient,
    /// The poll under way. It owns the event loop, because a poll that is dropped half-way may
    /// have taken a publish from the queue without writing it; kept here, it outlives the
    /// caller's `select!`.
    poll: Pin<Box<dyn Future<Output = Polled> + Send>>,
}

impl Connection {
    /// A connection that is attempted after `pause`.
    pub(super) fn open(config: &LinkConfig, pause: Duration) -> Self {
        let (client, event_loop) = AsyncClient::new(options(config), REQUESTS_MAX);
        let poll = Box::pin(async move {
            sleep(pause).await;
            poll(event_loop).await
        });
        Connection { client, poll }
    }

    /// The next event of the event loop, or why the connection ended. Cancel safe.
    /// After an error only [`Connection::open`] helps.
    pub(super) async fn next(&mut self) -> Result<Event, String> {
        let (event_loop, outcome) = (&mut self.poll).await;
        self.poll = Box::pin(poll(event_loop));
        outcome
    }

    /// Queues one PUBLISH with QoS 1. Fails only for a topic with wildcards.
    pub(super) fn publish(&self, message: Publication) -> Result<(), PublishError> {
        let Publication { topic, payload, retain } = message;
        let queued = self.client.try_publish(topic, QoS::AtLeastOnce, retain, payload);
        queued.map_err(|_| PublishError::Topic)
    }

    /// Queues one SUBSCRIBE for all filters, unless there are none.
    pub(super) fn subscribe(&self, filters: &[String]) -> Result<(), String> {
        if filters.is_empty() {
            return Ok(());
        }
        let subscribe = filters.iter().map(|filter| Filter::new(filter, QoS::AtLeastOnce));
        let queued = self.client.try_subscribe_many(subscribe);
        queued.map_err(|_| format!("not filters to subscribe to: {}", filters.join(" ")))
    }

    /// Sends DISCONNECT, which tells the broker to keep the last will to itself.
    pub(super) async fn disconnect(&mut self) {
        if self.client.try_disconnect().is_err() {
            return;
        }
        while let Ok(event) = self.next().await {
            if event == Event::Outgoing(Outgoing::Disconnect) {
                return;
            }
        }
    }
}

/// Polls once, with a limit: the library waits without one while it writes to a peer that has
/// stopped reading, and does not look at its keep-alive meanwhile.
async fn poll(mut event_loop: EventLoop) -> Polled {
    // The broker may have asked for a longer keep-alive than ours.
    let silence_max = 2 * event_loop.options.keep_alive().max(KEEP_ALIVE);
    let outcome = match timeout(silence_max, event_loop.poll()).await {
        Ok(Ok(event)) => Ok(event),
        Ok(Err(ConnectionError::Timeout(_))) => {
            Err(format!("the broker did not answer within {CONNECT_MAX_S} s"))
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the broker was silent for {} s", silence_max.as_secs())),
    };
    (event_loop, outcome)
}

fn options(config: &LinkConfig) -> MqttOptions {
    let (host, port) = (config.broker.host(), config.broker.port());
    let mut options = MqttOptions::new(&config.client_id, host, port);
    let mut properties = ConnectProperties::new();
    properties.max_packet_size = Some(PACKET_BYTES_MAX);
    let will = LastWill::new(&config.availability_topic, OFFLINE, QoS::AtLeastOnce, true, None);
    let mut network = NetworkOptions::new();
    network.set_tcp_nodelay(true);
    options
        .set_clean_start(true)
        .set_keep_alive(KEEP_ALIVE)
        .set_connection_timeout(CONNECT_MAX_S)
        .set_outgoing_inflight_upper_limit(PACKET_IDS)
        .set_connect_properties(properties)
        .set_last_will(will)
        .set_network_options(network);
    if let Some(credentials) = &config.credentials {
        options.set_credentials(&credentials.username, &credentials.password);
    }
    options
}
