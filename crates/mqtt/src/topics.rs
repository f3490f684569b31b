//! The names under `kiosk/<site>`.

use std::fmt;

/// The longest name of a site, in bytes: it is in every topic.
const SITE_BYTES_MAX: usize = 64;

/// What a buzzer is told, each on a topic of its own.
pub(crate) const BUZZER_HEARS: [&str; 2] = ["call", "cancel"];
/// What it says.
pub(crate) const BUZZER_SAYS: [&str; 3] = ["ack", "button", "status"];

/// What all topics of one shop begin with.
#[derive(Debug, Clone)]
pub(crate) struct Topics {
    root: String,
}

impl Topics {
    /// None unless the site is one level of a topic: 1 to 64 bytes, no `/`, wildcard or control
    /// character.
    pub(crate) fn of_site(site: &str) -> Option<Self> {
        let fits = !site.is_empty() && site.len() <= SITE_BYTES_MAX && is_level(site);
        fits.then(|| Topics { root: format!("kiosk/{site}") })
    }

    /// `kiosk/<site>/<path>`.
    pub(crate) fn topic(&self, path: impl fmt::Display) -> String {
        format!("{}/{path}", self.root)
    }

    pub(crate) fn order_state(&self, order_id: &str) -> String {
        self.topic(format_args!("order/{order_id}/state"))
    }

    /// None for an id that would reach beyond its level.
    pub(crate) fn buzzer(&self, buzzer_id: &str, verb: &str) -> Option<String> {
        let fits = !buzzer_id.is_empty() && is_level(buzzer_id);
        fits.then(|| self.topic(format_args!("buzzer/{buzzer_id}/{verb}")))
    }

    /// The buzzer and the last level of a topic that a buzzer speaks on.
    pub(crate) fn buzzer_of<'a>(&self, topic: &'a str) -> Option<(&'a str, &'a str)> {
        let path = topic.strip_prefix(&self.root)?.strip_prefix("/buzzer/")?;
        path.split_once('/')
    }
}

fn is_level(name: &str) -> bool {
    !name.contains(|c: char| matches!(c, '/' | '+' | '#') || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_one_level_of_a_topic() {
        for site in ["", "a/b", "+", "#", "a#", "a\0", "a\n", &"s".repeat(65)] {
            assert!(Topics::of_site(site).is_none(), "{site:?}");
        }
        let topics = Topics::of_site("서울 1호점").unwrap();
        assert_eq!(topics.topic("board"), "kiosk/서울 1호점/board");
    }

    #[test]
    fn a_buzzer_can_not_name_another_topic() {
        let topics = Topics::of_site("s").unwrap();
        assert_eq!(topics.buzzer("7", "call").unwrap(), "kiosk/s/buzzer/7/call");
        for id in ["", "7/call", "+", "#"] {
            assert_eq!(topics.buzzer(id, "call"), None);
        }
    }
}
