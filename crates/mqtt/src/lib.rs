//! The MQTT wire: the shop's buzzers, signs and displays.
//!
//! The [`Bridge`] follows the log and publishes it. Its [`Link`] is the connection to a broker, any
//! broker, by [`BrokerUrl`]: it publishes at QoS 1, says what the broker has acknowledged, and
//! connects again for as long as it takes. [`Broker`] is a broker inside this process for the demo
//! and the small shop; a larger one runs Mosquitto and changes the URL.

mod bridge;
mod broker;
mod link;
mod mosquitto;
mod rules;
mod topics;
mod url;

pub use bridge::{Bridge, BridgeConfig, BridgeError};
pub use broker::{Broker, BrokerConfig, BrokerError};
pub use link::{Credentials, Link, LinkConfig, LinkEvent, Publication, PublishError};
pub use mosquitto::{MosquittoConfig, MosquittoError, MosquittoFiles};
pub use url::{BrokerUrl, BrokerUrlError};
