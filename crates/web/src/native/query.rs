use kiosk_proto::v1;
use percent_encoding::percent_decode_str;

use crate::presence::NAME_CHARS_MAX;

/// What a client says in the query of `/ws`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Query {
    /// `epoch=…&seq=…`: the last event it has. A client that resumes in its handshake sees nothing
    /// out of order.
    pub(crate) after: Option<v1::Position>,
    /// `name=…`: what it calls itself; may be empty.
    pub(crate) name: String,
}

impl Query {
    /// Parameters that are not known are passed over: proxies and pages add some of their own.
    pub(crate) fn parse(query: &str) -> Result<Self, &'static str> {
        let value = |key: &str| {
            query.split('&').find_map(|pair| pair.split_once('=').filter(|(k, _)| *k == key))
        };
        let after = match (value("epoch"), value("seq")) {
            (None, None) => None,
            (Some((_, epoch)), Some((_, seq))) => {
                let seq = seq.parse().map_err(|_| "seq must be a number")?;
                Some(v1::Position { epoch: epoch.into(), seq })
            }
            _ => return Err("epoch and seq belong together"),
        };
        let name = value("name").map_or("", |(_, name)| name).replace('+', " ");
        let name = percent_decode_str(&name).decode_utf8().map_err(|_| "name must be UTF-8")?;
        if name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
            return Err("name must have at most 64 characters, and no control characters");
        }
        Ok(Self { after, name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_has_a_position_and_a_name() {
        let check = |query: &str, seq: Option<u64>, name: &str| {
            let parsed = Query::parse(query).unwrap();
            assert_eq!(
                (parsed.after.map(|after| after.seq), &*parsed.name),
                (seq, name),
                "{query}"
            );
        };
        check("", None, "");
        check("epoch=a&seq=7", Some(7), "");
        check("name=Kitchen+1&x=y", None, "Kitchen 1");
        check("seq=7&name=%EC%A3%BC%EB%B0%A9&epoch=a", Some(7), "주방");
        let long = format!("name={}", "x".repeat(65));
        for wrong in ["epoch=a", "seq=1", "epoch=a&seq=", "name=%FF", "name=%00", &long] {
            assert!(Query::parse(wrong).is_err(), "{wrong}");
        }
    }
}
