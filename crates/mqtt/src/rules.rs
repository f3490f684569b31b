//! Which topics a device may hear and speak on. Derived from what the contract declares beside each
//! event, for the embedded broker and for Mosquitto's files alike.

use kiosk_domain::State;
use kiosk_proto::{EventMeta, event_metas, v1::role::Value as Role};

use crate::topics::{BUZZER_HEARS, BUZZER_SAYS, Topics};

/// Everything, except what a broker says of itself: `#` does not reach topics that begin with `$`.
const EVERYTHING: &str = "#";

/// How the user names of devices begin, and no others.
pub(crate) const USER_PREFIX: &str = "device-";

/// What follows from this event are the board and the orders' states.
const ORDER_CREATED: &str = "order:created";

/// How a device is called: `device-12`. Its password is its token.
pub(crate) fn user_name(device_id: i32) -> String {
    format!("{USER_PREFIX}{device_id}")
}

/// What a device's rights depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Badge {
    role: Role,
    /// The buzzer that it is, if it is one.
    buzzer: Option<String>,
}

impl Badge {
    /// None: there is no such device, or not any more.
    pub(crate) fn of(state: &State, device_id: i32) -> Option<Self> {
        let device = &state.device(device_id)?.device;
        // A device may have named itself when it was paired. It takes no other's calls by that: a name
        // belongs to the device that has been there longest.
        let is_buzzer = |it: &&str| {
            // Mosquitto's rules can't have space at the end of a line.
            if it.trim() != *it {
                return false;
            }
            let mut namesakes = state
                .devices()
                .filter(|other| other.device.role() == Role::Device && other.device.name == **it);
            namesakes.next().is_some_and(|first| first.device.device_id == device_id)
        };
        let name = Some(&*device.name).filter(is_buzzer).map(str::to_owned);
        Some(Self { role: device.role(), buzzer: name })
    }
}

/// Topic filters that say what may be heard and said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    hears: Vec<String>,
    says: Vec<String>,
}

impl Rules {
    /// No bounds: the admin, and the bridge.
    pub(crate) fn everything() -> Self {
        Self { hears: vec![EVERYTHING.to_owned()], says: vec![EVERYTHING.to_owned()] }
    }

    pub(crate) fn of(badge: &Badge, topics: &Topics) -> Self {
        if badge.role == Role::Admin {
            return Self::everything();
        }
        // On MQTT nobody can tell whose an order is, so a customer sees none.
        let sees = |meta: &&EventMeta| {
            let is_strangers = badge.role == Role::Customer && meta.is_about_an_order();
            meta.visible_to(badge.role) && !is_strangers
        };
        let seen = || event_metas().values().filter(sees);
        let mut hears: Vec<String> =
            seen().filter_map(|meta| meta.topic.as_ref()).map(|path| topics.topic(path)).collect();
        hears.push(topics.topic("availability"));
        if seen().any(|meta| meta.name == ORDER_CREATED) {
            hears.extend([topics.topic("board"), topics.order_state("+")]);
        }
        let own = |verbs: &[&str]| -> Vec<String> {
            let buzzer = badge.buzzer.iter();
            buzzer
                .flat_map(|name| verbs.iter().filter_map(|verb| topics.buzzer(name, verb)))
                .collect()
        };
        hears.extend(own(&BUZZER_HEARS));
        hears.sort_unstable();
        Self { hears, says: own(&BUZZER_SAYS) }
    }

    /// Whether all that a filter could ever match may be heard. Members of a shared subscription
    /// hear what its filter matches.
    pub(crate) fn may_hear(&self, filter: &str) -> bool {
        let filter = match filter.strip_prefix("$share/").map(|shared| shared.split_once('/')) {
            Some(Some((_group, filter))) => filter,
            Some(None) => return false,
            None => filter,
        };
        self.hears.iter().any(|allowed| contains(allowed, filter))
    }

    /// Whether this may be said there.
    pub(crate) fn may_say(&self, topic: &str) -> bool {
        !topic.contains(['+', '#']) && self.says.iter().any(|allowed| contains(allowed, topic))
    }

    /// Filters of what may be heard, and of what may be said.
    pub(crate) fn filters(&self) -> (&[String], &[String]) {
        (&self.hears, &self.says)
    }
}

/// Whether whatever `filter` matches, `allowed` matches too. Level by level: beginning with the same
/// text says nothing.
fn contains(allowed: &str, filter: &str) -> bool {
    // A wildcard on the first level does not reach topics that begin with `$`.
    if allowed.starts_with(['+', '#']) && filter.starts_with('$') {
        return false;
    }
    let (mut allowed, mut filter) = (allowed.split('/'), filter.split('/'));
    loop {
        match (allowed.next(), filter.next()) {
            // Also the level above: `a/#` matches `a`.
            (Some("#"), _) | (None, None) => return true,
            (_, Some("#")) | (None, Some(_)) | (Some(_), None) => return false,
            (Some("+"), Some(_)) => {}
            (Some(level), Some(wish)) if level == wish => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn rules(role: Role, buzzer: Option<&str>) -> Rules {
        let topics = Topics::of_site("cafe").unwrap();
        Rules::of(&Badge { role, buzzer: buzzer.map(str::to_owned) }, &topics)
    }

    #[test]
    fn a_buzzer_hears_its_calls_and_what_its_role_sees_and_nothing_of_others() {
        let buzzer = rules(Role::Device, Some("12"));
        for allowed in [
            "kiosk/cafe/availability",
            "kiosk/cafe/board",
            "kiosk/cafe/order/+/state",
            "kiosk/cafe/order/ORD-1-a/state",
            "kiosk/cafe/event/order/created",
            "kiosk/cafe/buzzer/12/call",
            "kiosk/cafe/buzzer/12/cancel",
            "$share/signs/kiosk/cafe/board",
        ] {
            assert!(buzzer.may_hear(allowed), "{allowed}");
        }
        for denied in [
            "#",
            "+/cafe/board",
            "kiosk/#",
            "kiosk/cafe/#",
            "kiosk/cafe/+",
            "kiosk/cafe/board/#",
            "kiosk/cafe/event/#",
            "kiosk/cafe/event/+/+",
            "kiosk/cafe/event/order/+",
            "kiosk/cafe/event/cell/balance_changed",
            "kiosk/cafe/event/message/created",
            "kiosk/cafe/order/+/+",
            "kiosk/cafe/order/#",
            "kiosk/cafe/buzzer/+/call",
            "kiosk/cafe/buzzer/12/+",
            "kiosk/cafe/buzzer/12/#",
            "kiosk/cafe/buzzer/12/ack",
            "kiosk/cafe/buzzer/13/call",
            "kiosk/cafe/buzzer/1/call",
            "kiosk/other/board",
            "homeassistant/#",
            "$SYS/#",
            "$share/signs/#",
            "$share/signs/kiosk/cafe/buzzer/+/call",
            "$share/signs",
            "$share/kiosk/cafe/board",
            "",
        ] {
            assert!(!buzzer.may_hear(denied), "{denied}");
        }
    }

    #[test]
    fn a_buzzer_speaks_for_itself_and_no_other_role_speaks() {
        let buzzer = rules(Role::Device, Some("12"));
        for verb in BUZZER_SAYS {
            assert!(buzzer.may_say(&format!("kiosk/cafe/buzzer/12/{verb}")));
            assert!(!buzzer.may_say(&format!("kiosk/cafe/buzzer/13/{verb}")));
        }
        for denied in [
            "kiosk/cafe/buzzer/12/call",
            "kiosk/cafe/board",
            "kiosk/cafe/availability",
            "kiosk/cafe/event/order/created",
            "kiosk/cafe/order/ORD-1-a/state",
            "homeassistant/device/12/config",
            "kiosk/cafe/buzzer/+/ack",
            "#",
        ] {
            assert!(!buzzer.may_say(denied), "{denied}");
        }
        let silent =
            [Role::Staff, Role::Kiosk, Role::Board, Role::Customer, Role::Pos, Role::Printer];
        for role in silent {
            assert_eq!(rules(role, None).says, [""; 0], "{role:?}");
        }
    }

    #[test]
    fn the_admin_has_no_bounds_but_the_brokers_own_topics() {
        let admin = rules(Role::Admin, None);
        for topic in ["#", "kiosk/cafe/#", "+/+", "homeassistant/#", "$share/g/#"] {
            assert!(admin.may_hear(topic), "{topic}");
        }
        assert!(admin.may_say("kiosk/cafe/buzzer/12/call"));
        assert!(!admin.may_hear("$SYS/#") && !admin.may_hear("$share/g/$SYS/#"));
        assert!(!admin.may_say("$SYS/broker/version"));
    }

    #[test]
    fn each_role_hears_the_events_that_the_contract_shows_it_and_customers_no_orders() {
        let topics = Topics::of_site("cafe").unwrap();
        for role in [Role::Staff, Role::Kiosk, Role::Board, Role::Pos, Role::Printer, Role::Device]
        {
            for meta in event_metas().values() {
                let Some(path) = &meta.topic else { continue };
                let may_hear = rules(role, None).may_hear(&topics.topic(path));
                assert_eq!(may_hear, meta.visible_to(role), "{role:?} {}", meta.name);
            }
        }
        let customer = rules(Role::Customer, None);
        for order in ["event/order/created", "board", "order/+/state"] {
            assert!(!customer.may_hear(&topics.topic(order)), "{order}");
        }
        assert!(rules(Role::Unspecified, None).hears == [topics.topic("availability")]);
    }

    /// As the standard has it, written another way than [`contains`].
    fn matches(filter: &[String], topic: &[String]) -> bool {
        let is_hidden = topic.first().is_some_and(|level| level.starts_with('$'));
        match (filter.first().map(String::as_str), topic.first()) {
            (Some("+" | "#"), Some(_)) if is_hidden => false,
            _ => matches_below(filter, topic),
        }
    }

    fn matches_below(filter: &[String], topic: &[String]) -> bool {
        match filter {
            [] => topic.is_empty(),
            [last] if last == "#" => true,
            [level, filter @ ..] => match topic {
                [] => false,
                [own, topic @ ..] => (level == "+" || level == own) && matches_below(filter, topic),
            },
        }
    }

    /// Few different levels, so that much matches; `#` only where it may be.
    fn filter() -> impl Strategy<Value = Vec<String>> {
        let level = prop_oneof![4 => "[ab]", 2 => Just("+".to_owned()), 1 => Just(String::new())];
        let first = prop_oneof![8 => "[ab]", 3 => Just("+".to_owned()), 1 => Just("$a".to_owned())];
        (first, vec(level, 0..4), any::<bool>()).prop_map(|(first, rest, is_open)| {
            let end = is_open.then(|| "#".to_owned());
            // Alone, `#` is a filter too.
            let first = Some(first).filter(|it| !(is_open && rest.is_empty() && it == "b"));
            first.into_iter().chain(rest).chain(end).collect()
        })
    }

    fn topic() -> impl Strategy<Value = Vec<String>> {
        let first = prop_oneof![8 => "[ab]", 1 => Just("$a".to_owned())];
        (first, vec("[ab]?", 0..5))
            .prop_map(|(first, rest)| std::iter::once(first).chain(rest).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn whatever_an_allowed_filter_matches_is_allowed(
            allowed in vec(filter(), 1..4),
            wish in filter(),
            topics in vec(topic(), 40),
            is_shared in any::<bool>(),
        ) {
            let hears = allowed.iter().map(|filter| filter.join("/")).collect();
            let rules = Rules { hears, says: Vec::new() };
            let prefix = if is_shared { "$share/g/" } else { "" };
            if rules.may_hear(&format!("{prefix}{}", wish.join("/"))) {
                for topic in topics.iter().filter(|topic| matches(&wish, topic)) {
                    prop_assert!(allowed.iter().any(|filter| matches(filter, topic)), "{topic:?}");
                }
            }
        }

        /// Neither is it too strict: what a rule says word by word, and each topic below it.
        #[test]
        fn a_rule_allows_itself_and_each_topic_that_it_matches(rule in filter(), topic in topic()) {
            let rules = Rules { hears: vec![rule.join("/")], says: Vec::new() };
            prop_assert!(rules.may_hear(&rule.join("/")));
            prop_assert_eq!(rules.may_hear(&topic.join("/")), matches(&rule, &topic));
        }
    }
}
