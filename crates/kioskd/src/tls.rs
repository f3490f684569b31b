//! Where TLS is served, and with what.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use kiosk_hub::{Clock as _, SystemClock};
use kiosk_tls::{Name, Tls, names_of_this_box};
use serde::{Deserialize, Serialize};
use tracing::info;

use crate::config::Config;

/// The section `[tls]`. The CA is made when one of the two is on for the first time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) grpc_listen: Listen,
    pub(crate) web_listen: Listen,
    /// What the box is called by beside its host name and its addresses.
    pub(crate) names: Vec<ListedName>,
}

/// An address; empty: it is off.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ListedName(Name);

impl Default for Section {
    /// The ports of other machines. Not every kernel has IPv6.
    fn default() -> Self {
        let all = |port| Listen(Some(([0, 0, 0, 0], port).into()));
        Self { grpc_listen: all(50_052), web_listen: all(3_443), names: Vec::new() }
    }
}

impl Section {
    /// For a demo, which other machines must not reach.
    pub(crate) fn turn_off_unless_told(&mut self) {
        let default = Self::default();
        for (listen, default) in [
            (&mut self.grpc_listen, default.grpc_listen),
            (&mut self.web_listen, default.web_listen),
        ] {
            if *listen == default {
                *listen = Listen(None);
            }
        }
    }

    /// Those that are on.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        [self.grpc_listen.0, self.web_listen.0].into_iter().flatten()
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let address = text.parse().map(|address| Self(Some(address)));
        address.map_err(|_| "it must be an address such as [::]:3443, or empty".into())
    }
}

impl From<Listen> for String {
    fn from(listen: Listen) -> Self {
        listen.0.map(|address| address.to_string()).unwrap_or_default()
    }
}

impl TryFrom<String> for ListedName {
    type Error = kiosk_tls::NoName;

    fn try_from(text: String) -> Result<Self, kiosk_tls::NoName> {
        text.parse().map(Self)
    }
}

impl From<ListedName> for String {
    fn from(name: ListedName) -> Self {
        name.0.to_string()
    }
}

/// The box's CA and certificate, if TLS is on. The data directory must be held already.
pub(crate) fn open(config: &Config) -> anyhow::Result<Option<Tls>> {
    if config.tls.addresses().next().is_none() {
        return Ok(None);
    }
    let configured: Vec<Name> = config.tls.names.iter().map(|name| name.0.clone()).collect();
    let tls = kiosk_tls::Config {
        folder: config.data_dir.join("tls"),
        names: Arc::new(move || names_of_this_box(&configured)),
        now: Arc::new(|| SystemClock.now().as_ms() / 1000),
        handshake_timeout: config.limits.handshake(),
    };
    let tls = tls.open().context("TLS")?;
    info!(fingerprint = tls.ca_fingerprint(), "the box's CA (SHA-256): /setup shows it too");
    Ok(Some(tls))
}
