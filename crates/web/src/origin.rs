//! Which web pages may act on the box. A browser says from which page a request comes, in `Origin`;
//! what is no browser says nothing. Without this any page that a visitor opens could place orders.

use std::net::Ipv4Addr;

use hyper::{
    HeaderMap,
    header::{HOST, HeaderValue, ORIGIN},
    http::uri::Authority,
};
use serde::{Deserialize, Serialize};

/// The origin of a web page: `https://pos.example`, with a port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// From where a request comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// From no page: a program.
    None,
    /// From a page of the box itself.
    Own,
    /// From a page of a site that the configuration names: it may do all, and read the answers.
    Allowed(HeaderValue),
    /// From any other page: it must change nothing and open no session.
    Foreign,
}

impl Page {
    /// Where a request with these headers comes from.
    pub(crate) fn of(headers: &HeaderMap, allowed: &[Origin]) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (None, _) => return Self::None,
            (Some(origin), None) => origin,
            _ => return Self::Foreign,
        };
        let Ok(text) = origin.to_str() else { return Self::Foreign };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        // `null` has no host: a sandboxed page, or one that hides itself.
        let from_host = text.split_once("://").map(|(_, from)| from);
        if let (Some(from), Some(host)) = (from_host, host)
            && from.eq_ignore_ascii_case(host)
        {
            return Self::Own;
        }
        if allowed.iter().any(|allowed| allowed.0.eq_ignore_ascii_case(text)) {
            return Self::Allowed(origin.clone());
        }
        Self::Foreign
    }
}

/// Whether the box is called by a name that anybody may have made up for its address: a page of that name
/// is the box's own as far as its browser can tell (DNS rebinding).
pub(crate) fn is_by_public_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST) else { return false };
    let Ok(Ok(authority)) = host.to_str().map(str::parse::<Authority>) else { return true };
    let name = authority.host().trim_end_matches('.');
    let is_address = name.starts_with('[') || name.parse::<Ipv4Addr>().is_ok();
    let is_of_the_house =
        !name.contains('.') || [".localhost", ".local"].iter().any(|domain| name.ends_with(domain));
    !is_address && !is_of_the_house
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_of_host = |c: char| c.is_ascii_graphic() && !"/?#@*,\"\\".contains(c);
        match host {
            Some(host) if !host.is_empty() && host.chars().all(is_of_host) => Ok(Self(text)),
            _ => Err("an origin is http://host:port or https://host, with nothing after it"),
        }
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_boxs_own_by_its_host_or_allowed_by_its_whole_origin() {
        let allowed = [Origin::try_from("https://pos.example".to_owned()).unwrap()];
        let check = |host: &str, origins: &[&str], expected: Page| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            for origin in origins {
                headers.append(ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(Page::of(&headers, &allowed), expected, "{origins:?} at {host}");
        };
        check("box:3001", &[], Page::None);
        check("box:3001", &["http://box:3001"], Page::Own);
        check("BOX:3001", &["http://box:3001"], Page::Own);
        // Behind something that ends TLS.
        check("box", &["https://box"], Page::Own);
        let pos = HeaderValue::from_static("https://pos.example");
        check("box:3001", &["https://pos.example"], Page::Allowed(pos));
        for foreign in [
            "http://box",
            "http://box:3002",
            "http://evil.example",
            "http://pos.example",
            "https://pos.example.evil",
            "https://pos.example:444",
            "null",
            "",
            "box:3001",
            "http://box:3001/",
        ] {
            check("box:3001", &[foreign], Page::Foreign);
        }
        check("box:3001", &["http://box:3001", "http://evil.example"], Page::Foreign);
    }

    #[test]
    fn a_public_name_is_told_from_those_of_the_house() {
        let check = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            is_by_public_name(&headers)
        };
        for public in ["evil.example", "evil.example:3001", "127.0.0.1.evil.example", "a.b.", "a b"]
        {
            assert!(check(public), "{public}");
        }
        let own =
            ["127.0.0.1:3001", "10.0.0.7", "[::1]:3001", "[fe80::1]", "localhost", "box:3001"];
        for own in own.into_iter().chain(["kiosk.local", "kiosk.local.:3001", "a.localhost"]) {
            assert!(!check(own), "{own}");
        }
        assert!(!is_by_public_name(&HeaderMap::new()));
    }

    #[test]
    fn only_an_origin_is_an_origin() {
        for wrong in
            ["", "pos", "ftp://pos", "https://", "https://pos/", "https://*", "https://a b"]
        {
            assert!(Origin::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
        }
        for right in ["http://localhost:5173", "https://pos.example", "http://[::1]:8080"] {
            assert!(Origin::try_from(right.to_owned()).is_ok(), "{right:?}");
        }
    }
}
