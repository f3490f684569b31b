//! Where a broker is, as written in the configuration.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::Deserialize;

/// The port IANA gave MQTT without TLS.
const PORT_DEFAULT: u16 = 1883;

/// A broker's address: `mqtt://host` or `mqtt://host:port`; the port is 1883 if left out.
///
/// Nothing else may be in it. Credentials have keys of their own in the configuration, because
/// an address is logged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BrokerUrl {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    host: String,
    port: u16,
}

impl BrokerUrl {
    /// The host as it is looked up; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Why a text is not the address of a broker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerUrlError {
    /// Another scheme than `mqtt`, or none.
    #[error("a broker's address starts with mqtt:// (TLS to a broker is not supported)")]
    Scheme,
    /// `user:password@` before the host.
    #[error("credentials do not belong in a broker's address, which is logged")]
    Credentials,
    /// No host, an IPv6 address without brackets, or a path behind the address.
    #[error("a broker's address is mqtt://host or mqtt://host:port")]
    Host,
    /// A port that is not 1 to 65535.
    #[error("a broker's port is a number from 1 to 65535")]
    Port,
}

impl FromStr for BrokerUrl {
    type Err = BrokerUrlError;

    fn from_str(text: &str) -> Result<Self, BrokerUrlError> {
        let address = text.strip_prefix("mqtt://").ok_or(BrokerUrlError::Scheme)?;
        let address = address.strip_suffix('/').unwrap_or(address);
        if address.contains('@') {
            return Err(BrokerUrlError::Credentials);
        }
        // The colons inside an IPv6 address's brackets are not the port's.
        let host_end = match address.find(']') {
            Some(bracket) if address.starts_with('[') => bracket + 1,
            _ => address.find(':').unwrap_or(address.len()),
        };
        let (host, port) = address.split_at(host_end);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let in_brackets = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let valid = match in_brackets {
            Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(allowed),
        };
        if !valid || !(port.is_empty() || port.starts_with(':')) {
            return Err(BrokerUrlError::Host);
        }
        let port = match port.strip_prefix(':') {
            None => PORT_DEFAULT,
            Some(digits) => match digits.parse() {
                Ok(port) if port != 0 => port,
                _ => return Err(BrokerUrlError::Port),
            },
        };
        Ok(BrokerUrl { host: host.to_owned(), port })
    }
}

impl TryFrom<String> for BrokerUrl {
    type Error = BrokerUrlError;

    fn try_from(text: String) -> Result<Self, BrokerUrlError> {
        text.parse()
    }
}

/// The URL of the embedded broker, from the address that it is bound to.
impl From<SocketAddr> for BrokerUrl {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            SocketAddr::V4(v4) => v4.ip().to_string(),
            SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
        };
        BrokerUrl { host, port: address.port() }
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtt://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused_by_name() {
        let cases = [
            ("mqtt://broker.lan", Ok("mqtt://broker.lan:1883")),
            ("mqtt://127.0.0.1:1884/", Ok("mqtt://127.0.0.1:1884")),
            ("mqtt://[::1]:1885", Ok("mqtt://[::1]:1885")),
            ("mqtt://[::1]", Ok("mqtt://[::1]:1883")),
            ("mqtts://broker", Err(BrokerUrlError::Scheme)),
            ("broker:1883", Err(BrokerUrlError::Scheme)),
            ("mqtt://me:secret@broker", Err(BrokerUrlError::Credentials)),
            ("mqtt://", Err(BrokerUrlError::Host)),
            ("mqtt://broker/path", Err(BrokerUrlError::Host)),
            ("mqtt://[::1", Err(BrokerUrlError::Host)),
            ("mqtt://broker:0", Err(BrokerUrlError::Port)),
            ("mqtt://broker:65536", Err(BrokerUrlError::Port)),
            ("mqtt://::1", Err(BrokerUrlError::Host)),
        ];
        for (text, expected) in cases {
            let read = text.parse::<BrokerUrl>().map(|url| url.to_string());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn the_address_of_a_listener_reads_back() {
        for listener in ["127.0.0.1:41883", "[::1]:41883"] {
            let url = BrokerUrl::from(listener.parse::<SocketAddr>().unwrap());
            assert_eq!(url.to_string().parse(), Ok(url));
        }
    }
}
