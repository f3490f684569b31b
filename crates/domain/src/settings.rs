use imbl::OrdMap;
use jiff::tz::TimeZone;
use kiosk_proto::v1::{MenuItem, order_status::Value as OrderStatus};

use crate::{
    Rejection,
    hours::{Holidays, Hours, Wrong},
    limits::{LABEL_CHARS_MAX, MINUTES_MAX, SETTING_CHARS_MAX, STATIONS_MAX},
};

/// The known keys, each with its default and the check of a new value.
pub const KNOWN: &[(&str, &str, Check)] = &[
    ("bell_escalate_seconds", "120", wait),
    ("board_clear_minutes", "10", minutes),
    ("business_day_hour", "4", hour),
    ("holidays", "", holidays),
    ("is_kiosk_active", "true", boolean),
    ("is_queue_active", "false", boolean),
    ("kitchen_lag_seconds", "15", lag),
    ("kitchen_late_minutes", "8", minutes),
    ("kitchen_warn_minutes", "5", minutes),
    ("last_order_minutes", "0", last_order),
    ("opening_hours", "", hours),
    ("phones_url", "", address),
    ("queue_absence_seconds", "60", wait),
    ("queue_mode", "auto", queue_mode),
    ("queue_threshold", "20", count),
    ("seat_free_on", "cancelled", seat_free_on),
    ("seat_hold_seconds", "120", wait),
    ("stations", "bar,kitchen,dessert", stations),
    ("time_zone", "Asia/Seoul", zone),
];

type Check = fn(&str) -> Result<(), &'static str>;

/// The settings that were changed; all others have their default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings(pub(crate) OrdMap<String, String>);

impl Settings {
    /// The value of a known key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let (name, default, _) = KNOWN.iter().find(|(name, ..)| *name == key)?;
        Some(self.0.get(*name).map_or(*default, String::as_str))
    }

    /// All known keys with their values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        KNOWN.iter().map(|(key, default, _)| (*key, self.0.get(*key).map_or(*default, |v| v)))
    }

    /// A kitchen screen that has not shown an event for longer raises an incident.
    pub fn kitchen_lag_seconds(&self) -> u64 {
        self.get("kitchen_lag_seconds").and_then(|value| value.parse().ok()).unwrap_or(15)
    }

    /// How long a seat is held for somebody who chooses.
    pub(crate) fn seat_hold_seconds(&self) -> i64 {
        self.get("seat_hold_seconds").and_then(|value| value.parse().ok()).unwrap_or(120)
    }

    /// Whether an order that becomes like this leaves its seat. A completed one was only handed
    /// over: by default its guests sit until staff free the table.
    pub(crate) fn frees_seats(&self, status: OrderStatus) -> bool {
        match status {
            OrderStatus::Cancelled => self.get("seat_free_on") != Some("staff"),
            OrderStatus::Completed => self.get("seat_free_on") == Some("completed"),
            _ => false,
        }
    }

    /// A bell that nobody has answered for longer is raised again.
    pub(crate) fn bell_escalate_seconds(&self) -> i64 {
        self.get("bell_escalate_seconds").and_then(|value| value.parse().ok()).unwrap_or(120)
    }

    /// Where things are made, at least one.
    pub fn stations(&self) -> impl Iterator<Item = &str> {
        self.get("stations").unwrap_or_default().split(',')
    }

    /// Where the item is made: what says nothing is made at the first station.
    pub fn station_of<'a>(&'a self, item: &'a MenuItem) -> &'a str {
        let first = || self.stations().next().unwrap_or_default();
        if item.station.is_empty() { first() } else { &item.station }
    }

    pub(crate) fn is_kiosk_active(&self) -> bool {
        self.get("is_kiosk_active") != Some("false")
    }

    pub(crate) fn time_zone(&self) -> &str {
        self.get("time_zone").unwrap_or("UTC")
    }

    pub(crate) fn business_day_hour(&self) -> i8 {
        self.get("business_day_hour").and_then(|v| v.parse().ok()).unwrap_or(0)
    }
}

pub(crate) fn check(key: &str, value: &str) -> Result<(), Rejection> {
    let known = KNOWN.iter().find(|(name, ..)| *name == key);
    let (.., check) = known.ok_or_else(|| Rejection::SettingUnknown { key: key.into() })?;
    let checked = if value.chars().count() > SETTING_CHARS_MAX {
        Err("it is longer than 1,000 characters")
    } else {
        check(value)
    };
    checked.map_err(|problem| Rejection::SettingInvalid {
        key: key.into(),
        value: wrong_part(key, value).chars().take(100).collect(),
        problem,
    })
}

/// Of a long value only what is wrong with it.
fn wrong_part(key: &str, value: &str) -> String {
    let wrong = match key {
        "opening_hours" => Hours::parse(value).err(),
        "holidays" => Holidays::parse(value).err(),
        _ => None,
    };
    wrong.map_or_else(|| value.into(), |Wrong { part, .. }| part)
}

fn boolean(value: &str) -> Result<(), &'static str> {
    matches!(value, "true" | "false").then_some(()).ok_or("it is \"true\" or \"false\"")
}

fn hour(value: &str) -> Result<(), &'static str> {
    number(value, 0, 23).ok_or("it is an hour from 0 to 23")
}

fn minutes(value: &str) -> Result<(), &'static str> {
    number(value, 1, MINUTES_MAX.unsigned_abs()).ok_or("it is a number of minutes from 1 to 240")
}

fn wait(value: &str) -> Result<(), &'static str> {
    number(value, 5, 3_600).ok_or("it is a number of seconds from 5 to 3600")
}

/// Empty, or where a browser finds the box: what follows the host is the box's own.
fn address(value: &str) -> Result<(), &'static str> {
    let host = ["http://", "https://"].iter().find_map(|scheme| value.strip_prefix(scheme));
    let is_of_host =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'[' | b']');
    let is_host = |host: &str| !host.is_empty() && host.bytes().all(is_of_host);
    (value.is_empty() || host.is_some_and(is_host))
        .then_some(())
        .ok_or("it is empty, or http:// or https:// with a host and perhaps a port")
}

fn queue_mode(value: &str) -> Result<(), &'static str> {
    matches!(value, "auto" | "always").then_some(()).ok_or("it is \"auto\" or \"always\"")
}

fn seat_free_on(value: &str) -> Result<(), &'static str> {
    matches!(value, "staff" | "cancelled" | "completed")
        .then_some(())
        .ok_or("it is \"staff\", \"cancelled\" or \"completed\"")
}

fn lag(value: &str) -> Result<(), &'static str> {
    number(value, 1, 3_600).ok_or("it is a number of seconds from 1 to 3600")
}

fn count(value: &str) -> Result<(), &'static str> {
    number(value, 1, 10_000).ok_or("it is a number from 1 to 10000")
}

fn zone(value: &str) -> Result<(), &'static str> {
    TimeZone::get(value).map(|_| ()).map_err(|_| "it is an IANA time zone such as Asia/Seoul")
}

fn last_order(value: &str) -> Result<(), &'static str> {
    number(value, 0, 240).ok_or("it is a number of minutes from 0 to 240")
}

fn hours(value: &str) -> Result<(), &'static str> {
    Hours::parse(value).map(|_| ()).map_err(|wrong| wrong.problem)
}

fn holidays(value: &str) -> Result<(), &'static str> {
    Holidays::parse(value).map(|_| ()).map_err(|wrong| wrong.problem)
}

fn stations(value: &str) -> Result<(), &'static str> {
    let names: Vec<&str> = value.split(',').collect();
    let mut different = names.clone();
    different.sort_unstable();
    different.dedup();
    let is_name = |name: &&str| {
        let plain = name.trim() == *name && !name.chars().any(char::is_control);
        plain && (1..=LABEL_CHARS_MAX).contains(&name.chars().count())
    };
    let fits = names.len() <= STATIONS_MAX && names.len() == different.len();
    let known = fits && names.iter().all(is_name);
    known.then_some(()).ok_or("it is 1 to 10 different names with commas between: bar,kitchen")
}

fn number(value: &str, min: u32, max: u32) -> Option<()> {
    let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = value.parse().ok().filter(|_| plain)?;
    (min..=max).contains(&number).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_passes_its_own_check_and_keys_are_sorted() {
        for (key, default, _) in KNOWN {
            check(key, default).unwrap();
        }
        assert!(KNOWN.is_sorted_by_key(|(key, ..)| key));
    }

    #[test]
    fn wrong_values_are_refused_with_what_is_allowed() {
        for (key, value) in [
            ("business_day_hour", "24"),
            ("business_day_hour", "+4"),
            ("is_kiosk_active", "TRUE"),
            ("opening_hours", "9:00-21:00"),
            ("opening_hours", "09:00-25:00"),
            ("opening_hours", "09:00-24:01"),
            ("opening_hours", " 9:00-21:00"),
            ("opening_hours", "+9:00-21:00"),
            ("opening_hours", "09:0 -21:00"),
            ("opening_hours", "09: 0-21:00"),
            ("opening_hours", "é9:0-21:00"),
            ("stations", ""),
            ("stations", "bar,"),
            ("stations", "bar, kitchen"),
            ("stations", "bar,kitchen,bar"),
            ("stations", "a,b,c,d,e,f,g,h,i,j,k"),
            ("time_zone", ""),
            ("time_zone", "../../etc/passwd"),
            ("business_day_hour", "4 "),
            ("business_day_hour", "００"),
            ("time_zone", "Mars/Base"),
            ("kitchen_lag_seconds", "0"),
            ("bell_escalate_seconds", "4"),
            ("seat_free_on", "done"),
            ("seat_hold_seconds", "3601"),
            ("queue_threshold", ""),
            ("queue_mode", "staff"),
            ("queue_absence_seconds", "4"),
            ("queue_treshold", "5"),
        ] {
            assert!(check(key, value).is_err(), "{key} = {value}");
        }
        check("opening_hours", "09:00-21:30").unwrap();
        check("opening_hours", "09:00-24:00").unwrap();
    }

    #[test]
    fn of_long_hours_only_the_wrong_part_is_named() {
        let value = "mon-fri 09:00-21:00; sat 10:00-25:00; sun closed";
        let refused = check("opening_hours", value).unwrap_err().to_string();
        let problem = "hours are HH:MM-HH:MM from 00:00 to 24:00, or the word closed";
        assert_eq!(refused, format!("opening_hours can't be \"10:00-25:00\": {problem}"));
        let long = "x".repeat(1_001);
        let refused = check("holidays", &long).unwrap_err().to_string();
        assert!(refused.ends_with("it is longer than 1,000 characters"), "{refused}");
    }
}
