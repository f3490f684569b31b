//! Which web pages may act on the box. A browser says from which page a request comes, in `Origin`;
//! what is no browser says nothing. Without this any page that a visitor opens could place orders.

use hyper::{
    HeaderMap,
    header::{HOST, HeaderValue, ORIGIN},
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
