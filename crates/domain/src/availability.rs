//! When customers may order an item: spans of the day, by the wall clock of the shop.
//!
//! On the night of a clock change an hour is missing or comes twice. What begins or ends in it does
//! so when the clock on the wall shows that time, so no case is special.

use jiff::{
    civil::{DateTime, Weekday},
    tz::TimeZone,
};
use kiosk_proto::{
    Timestamp,
    v1::{AvailableSpan, MenuItem, available_span::Day},
};

use crate::{ItemWish, Rejection, State};

const DAY_MINUTES: u16 = 24 * 60;

/// From one minute of the day to another; over midnight when it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    /// Its first minute.
    from: u16,
    /// The minute after its last, up to 24:00.
    to: u16,
}

impl TimeSpan {
    /// From `HH:MM` to `HH:MM`; the second may be `24:00`. An error says what is wrong with which.
    pub fn parse(from: &str, to: &str) -> Result<Self, (&'static str, &'static str)> {
        let last = "it is HH:MM, 00:00 to 23:59";
        let from = minute_of_day(from).filter(|minute| *minute < DAY_MINUTES);
        let from = from.ok_or(("from", last))?;
        let to = minute_of_day(to).ok_or(("to", "it is HH:MM, 00:00 to 24:00"))?;
        if from == to {
            return Err(("to", "it ends when it begins; the whole day is 00:00 to 24:00"));
        }
        Ok(Self { from, to })
    }

    /// Whether a minute of the day it begins on is in it.
    fn has_today(self, minute: u16) -> bool {
        minute >= self.from && (minute < self.to || self.to < self.from)
    }

    /// Whether a minute of the day after that is in it.
    fn has_tomorrow(self, minute: u16) -> bool {
        self.to < self.from && minute < self.to
    }
}

/// `HH:MM` and nothing else.
fn minute_of_day(text: &str) -> Option<u16> {
    let digits = |text: &str| -> Option<u16> {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| plain)
    };
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    let fits = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
    fits.then_some(hour * 60 + minute)
}

/// Whether a customer may order the item at that time on the shop's wall clock.
pub fn is_available(item: &MenuItem, at: DateTime) -> bool {
    item.available.is_empty() || item.available.iter().any(|span| covers(span, at))
}

fn covers(span: &AvailableSpan, at: DateTime) -> bool {
    // Only what could be read was ever committed; a damaged log may hold anything.
    let Ok(times) = TimeSpan::parse(&span.from, &span.to) else { return false };
    let minute = u16::from(at.hour().unsigned_abs()) * 60 + u16::from(at.minute().unsigned_abs());
    let is_on = |weekday: Weekday| {
        span.days.is_empty()
            || span.days().any(|day| day as i32 == i32::from(weekday.to_monday_one_offset()))
    };
    let today = at.weekday();
    (times.has_today(minute) && is_on(today))
        || (times.has_tomorrow(minute) && is_on(today.previous()))
}

/// Refuses an order of customers for what is not to be had now.
pub(crate) fn check(state: &State, wishes: &[ItemWish], now: Timestamp) -> Result<(), Rejection> {
    let items = wishes.iter().filter_map(|wish| state.menu.get(&wish.menu_id));
    let mut timed = items.filter(|item| !item.available.is_empty()).peekable();
    // Most items are always to be had: nobody asks what time it is.
    if timed.peek().is_none() {
        return Ok(());
    }
    let at = local_time(now, state.settings.time_zone());
    match timed.find(|item| !is_available(item, at)) {
        None => Ok(()),
        Some(item) => Err(Rejection::NotAvailable {
            menu_id: item.menu_id,
            menu_name: item.name.clone(),
            when: describe(&item.available),
        }),
    }
}

/// What a clock on the shop's wall shows.
fn local_time(now: Timestamp, time_zone: &str) -> DateTime {
    let now = jiff::Timestamp::from_millisecond(now.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC)).datetime()
}

/// `Mon Tue 11:00-14:00; daily 18:00-20:00`.
fn describe(spans: &[AvailableSpan]) -> String {
    let span = |span: &AvailableSpan| {
        let days: Vec<&str> = span.days().map(short_name).collect();
        let days = if days.is_empty() { "daily".into() } else { days.join(" ") };
        format!("{days} {}-{}", span.from, span.to)
    };
    spans.iter().map(span).collect::<Vec<_>>().join("; ")
}

fn short_name(day: Day) -> &'static str {
    match day {
        Day::Unspecified => "?",
        Day::Monday => "Mon",
        Day::Tuesday => "Tue",
        Day::Wednesday => "Wed",
        Day::Thursday => "Thu",
        Day::Friday => "Fri",
        Day::Saturday => "Sat",
        Day::Sunday => "Sun",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(spans: &[(&[Day], &str, &str)]) -> MenuItem {
        let span = |(days, from, to): &(&[Day], &str, &str)| AvailableSpan {
            days: days.iter().map(|day| *day as i32).collect(),
            from: (*from).into(),
            to: (*to).into(),
        };
        MenuItem { available: spans.iter().map(span).collect(), ..MenuItem::default() }
    }

    #[track_caller]
    fn check(item: &MenuItem, cases: &[(&str, bool)]) {
        for (at, expected) in cases {
            assert_eq!(is_available(item, at.parse().unwrap()), *expected, "{at}");
        }
    }

    #[test]
    fn without_spans_it_is_always_to_be_had() {
        check(&item(&[]), &[("2026-11-21T00:00", true), ("2026-11-21T23:59:59", true)]);
    }

    #[test]
    fn a_span_has_its_first_minute_and_not_its_last() {
        let lunch = item(&[(&[], "11:00", "14:00")]);
        check(
            &lunch,
            &[
                ("2026-11-21T10:59:59", false),
                ("2026-11-21T11:00", true),
                ("2026-11-21T13:59:59.999", true),
                ("2026-11-21T14:00", false),
            ],
        );
        let evening = item(&[(&[], "22:00", "24:00"), (&[], "00:00", "00:01")]);
        check(
            &evening,
            &[
                ("2026-11-21T23:59:59", true),
                ("2026-11-22T00:00:59", true),
                ("2026-11-22T00:01", false),
                ("2026-11-22T21:59", false),
            ],
        );
    }

    #[test]
    fn a_span_over_midnight_belongs_to_the_day_it_begins_on() {
        // 2026-11-20 is a Friday.
        let night = item(&[(&[Day::Friday, Day::Sunday], "22:00", "02:00")]);
        check(
            &night,
            &[
                ("2026-11-20T01:00", false),
                ("2026-11-20T21:59", false),
                ("2026-11-20T22:00", true),
                ("2026-11-21T01:59", true),
                ("2026-11-21T02:00", false),
                ("2026-11-21T22:00", false),
                ("2026-11-22T01:00", false),
                ("2026-11-22T23:00", true),
                ("2026-11-23T00:00", true),
                ("2026-11-23T22:00", false),
            ],
        );
    }

    #[test]
    fn a_clock_change_moves_nothing_on_the_wall() {
        let at = |utc: &str| {
            let now: jiff::Timestamp = utc.parse().unwrap();
            local_time(Timestamp::from_ms(now.as_millisecond()), "Europe/Berlin")
        };
        let early = item(&[(&[], "01:30", "02:30")]);
        // 02:00 to 03:00 does not exist on this night: it ends when the clock says 03:00.
        assert!(is_available(&early, at("2026-03-29T00:59:59Z")));
        assert!(!is_available(&early, at("2026-03-29T01:00:00Z")));
        // On this one it comes twice, and so does its part that is in the span.
        assert!(is_available(&early, at("2026-10-25T00:29:59Z")));
        assert!(!is_available(&early, at("2026-10-25T00:30:00Z")));
        assert!(is_available(&early, at("2026-10-25T01:29:59Z")));
        assert!(!is_available(&early, at("2026-10-25T01:30:00Z")));
    }

    #[test]
    fn only_hours_and_minutes_are_times() {
        for (from, to, field) in [
            ("", "10:00", "from"),
            ("24:00", "10:00", "from"),
            ("9:00", "10:00", "from"),
            ("09:60", "10:00", "from"),
            ("+9:00", "10:00", "from"),
            ("09:00:00", "10:00", "from"),
            ("09:00", "24:01", "to"),
            ("09:00", "é0:0", "to"),
            ("09:00", "09:00", "to"),
        ] {
            assert_eq!(TimeSpan::parse(from, to).unwrap_err().0, field, "{from}-{to}");
        }
        assert!(TimeSpan::parse("00:00", "24:00").is_ok());
    }

    #[test]
    fn a_person_can_read_when() {
        let both =
            item(&[(&[Day::Monday, Day::Sunday], "11:00", "14:00"), (&[], "22:00", "02:00")]);
        assert_eq!(describe(&both.available), "Mon Sun 11:00-14:00; daily 22:00-02:00");
    }
}
