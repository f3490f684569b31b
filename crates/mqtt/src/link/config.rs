//! Which broker, as whom, and what for.

use std::fmt;

use crate::BrokerUrl;

/// What a link is made from.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// The broker.
    pub broker: BrokerUrl,
    /// The MQTT client id. One at a time: a broker drops the older of two connections that
    /// share an id.
    pub client_id: String,
    /// User name and password, for a broker that asks for them.
    pub credentials: Option<Credentials>,
    /// Where `online` and `offline` are retained.
    pub availability_topic: String,
    /// Topic filters, subscribed to with QoS 1 on each connection.
    pub subscriptions: Vec<String>,
}

/// What a broker with accounts asks for.
#[derive(Clone)]
pub struct Credentials {
    /// The account's name.
    pub username: String,
    /// The account's password. Sent as it is: MQTT without TLS hides nothing.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}
