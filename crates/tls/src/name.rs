use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::Arc,
};

use rustls::pki_types::DnsName;
use tracing::debug;

/// So many names are in a certificate: all of it goes to the client in each handshake.
const NAMES_MAX: usize = 64;

/// What clients may call the box by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// As DNS has it, in lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Where the names come from; asked again and again, as addresses change.
pub type Names = Arc<dyn Fn() -> BTreeSet<Name> + Send + Sync>;

/// It is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it must be a host name such as kiosk.example, or an IP address")]
pub struct NoName;

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let name = text.to_ascii_lowercase();
        let is_dns = DnsName::try_from(&*name).is_ok() && !name.ends_with('.');
        if is_dns { Ok(Self::Dns(name)) } else { Err(NoName) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

/// What was configured, the host's name, and the addresses that it has now.
pub fn names_of_this_box(configured: &[Name]) -> BTreeSet<Name> {
    let mut names: BTreeSet<Name> = configured.iter().cloned().collect();
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    names.extend(loopback.map(Name::Ip));
    names.insert(Name::Dns("localhost".into()));
    let host = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
    let label = host.split('.').next().unwrap_or_default();
    names.extend(
        [&host, &format!("{label}.local")].into_iter().filter_map(|name| name.parse().ok()),
    );
    for address in addresses() {
        if names.len() >= NAMES_MAX {
            debug!(%address, "there is no room for it in the certificate");
            break;
        }
        names.insert(Name::Ip(address));
    }
    names
}

/// Those that another machine can reach the box by: a link-local one of IPv6 needs the name of the
/// other machine's interface, which no certificate has.
fn addresses() -> BTreeSet<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        debug!(%error, "the addresses of the box are not known");
        Vec::new()
    });
    let is_reachable = |address: &IpAddr| match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    };
    interfaces.iter().map(|interface| interface.ip()).filter(is_reachable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_or_an_address_and_nothing_else() {
        assert_eq!("Box.Local".parse(), Ok(Name::Dns("box.local".into())));
        assert_eq!("10.0.0.7".parse(), Ok(Name::Ip([10, 0, 0, 7].into())));
        assert_eq!("fd00::1".parse(), Ok(Name::Ip("fd00::1".parse().unwrap())));
        for wrong in ["", "*.local", "a b", "https://box", "box:3443", "box.", "[::1]", "카페"] {
            assert_eq!(wrong.parse::<Name>(), Err(NoName), "{wrong:?}");
        }
    }

    #[test]
    fn this_box_goes_by_what_was_configured_and_what_it_is() {
        let configured = ["kiosk.example".parse().unwrap()];
        let names = names_of_this_box(&configured);
        for name in ["kiosk.example", "localhost", "127.0.0.1", "::1"] {
            assert!(names.contains(&name.parse().unwrap()), "{name} is not in {names:?}");
        }
        assert!(names.iter().any(|name| name.to_string().ends_with(".local")), "{names:?}");
        assert!(!names.iter().any(|name| name.to_string().starts_with("fe80")), "{names:?}");
    }
}
