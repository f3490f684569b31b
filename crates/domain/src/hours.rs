//! Reads the settings `opening_hours` and `holidays`.
//!
//! `opening_hours` is empty (always open), one span for every day (`09:00-21:00`), or days with
//! their spans: `mon-fri 09:00-14:00, 17:00-21:00; sat 10:00-02:00; sun closed`. A day that is not
//! named is closed. `holidays` has dates instead of days: `2026-12-25 closed; 2026-12-31
//! 10:00-15:00`; they stand above the days.
//!
//! A span belongs to the day it begins on: one that ends before it begins, or when it begins, goes
//! on to that time of the next day.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};

const DAY_MINUTES: i64 = 24 * 60;

/// Minutes after the midnight that a day begins with; `to` may be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

const WHOLE_DAY: Span = Span { from: 0, to: DAY_MINUTES };

/// What is wrong, and with which part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) part: String,
    pub(crate) problem: &'static str,
}

fn wrong(part: &str, problem: &'static str) -> Wrong {
    Wrong { part: part.into(), problem }
}

const DAY_PROBLEM: &str = "a day is mon, tue, wed, thu, fri, sat or sun";
const SPAN_PROBLEM: &str = "hours are HH:MM-HH:MM from 00:00 to 24:00, or the word closed";
const ENTRY_PROBLEM: &str = "a day or days must be followed by a space and their hours";
const DATE_PROBLEM: &str = "a holiday is YYYY-MM-DD, a space, and its hours or the word closed";
const TWICE_PROBLEM: &str = "it stands there twice";

/// The spans of each weekday, by their beginning.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hours([Vec<Span>; 7]);

impl Default for Hours {
    fn default() -> Self {
        Self(std::array::from_fn(|_| vec![WHOLE_DAY]))
    }
}

impl Hours {
    pub(crate) fn parse(text: &str) -> Result<Self, Wrong> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if let Some(span) = span(text) {
            return Ok(Self(std::array::from_fn(|_| vec![span])));
        }
        let mut named: [Option<Vec<Span>>; 7] = Default::default();
        for entry in text.split(';').map(str::trim) {
            let (days, spans) = entry.split_once(' ').ok_or_else(|| wrong(entry, ENTRY_PROBLEM))?;
            let spans = read_spans(spans)?;
            for day in read_days(days)? {
                if named[day].replace(spans.clone()).is_some() {
                    return Err(wrong(DAYS[day], TWICE_PROBLEM));
                }
            }
        }
        Ok(Self(named.map(Option::unwrap_or_default)))
    }

    pub(crate) fn on(&self, day: Weekday) -> &[Span] {
        self.0
            .get(usize::from(day.to_monday_zero_offset().unsigned_abs()))
            .map_or(&[], Vec::as_slice)
    }
}

/// Dates that have hours of their own.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Holidays(BTreeMap<Date, Vec<Span>>);

impl Holidays {
    pub(crate) fn parse(text: &str) -> Result<Self, Wrong> {
        let mut dates = BTreeMap::new();
        for entry in text.split(';').map(str::trim).filter(|_| !text.is_empty()) {
            let parts = entry.split_once(' ');
            let parsed = parts.and_then(|(date, spans)| Some((read_date(date)?, spans)));
            let (date, spans) = parsed.ok_or_else(|| wrong(entry, DATE_PROBLEM))?;
            if dates.insert(date, read_spans(spans)?).is_some() {
                return Err(wrong(entry, TWICE_PROBLEM));
            }
        }
        Ok(Self(dates))
    }

    /// None: the date is no holiday.
    pub(crate) fn on(&self, date: Date) -> Option<&[Span]> {
        self.0.get(&date).map(Vec::as_slice)
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `mon`, `mon-fri`, `fri-mon`, `mon,wed,fri-sun`: each day once.
fn read_days(text: &str) -> Result<Vec<usize>, Wrong> {
    let day = |name: &str| {
        let found = DAYS.iter().position(|day| *day == name);
        found.ok_or_else(|| wrong(name, DAY_PROBLEM))
    };
    let mut days = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (mut at, last) = (day(first)?, day(last)?);
        days.push(at);
        while at != last {
            at = (at + 1) % DAYS.len();
            days.push(at);
        }
    }
    Ok(days)
}

fn read_date(text: &str) -> Option<Date> {
    // jiff also reads other forms of a date.
    text.parse().ok().filter(|_| text.len() == 10 && text.as_bytes().get(4) == Some(&b'-'))
}

fn read_spans(text: &str) -> Result<Vec<Span>, Wrong> {
    if text.trim() == "closed" {
        return Ok(Vec::new());
    }
    let read = |text: &str| span(text).ok_or_else(|| wrong(text, SPAN_PROBLEM));
    let mut spans: Vec<Span> =
        text.split(',').map(str::trim).map(read).collect::<Result<_, _>>()?;
    spans.sort_unstable();
    Ok(spans)
}

/// `HH:MM-HH:MM`, at most to `24:00`.
fn span(text: &str) -> Option<Span> {
    let (from, to) = text.split_once('-')?;
    let from = minute(from)?;
    let to = if to == "24:00" { DAY_MINUTES } else { minute(to)? };
    Some(Span { from, to: if to > from { to } else { to + DAY_MINUTES } })
}

/// `HH:MM`, as minutes after midnight.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, max: i64| {
        let is_plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| is_plain && *number <= max)
    };
    Some(number(hour, 23)? * 60 + number(minute, 59)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> String {
        match Hours::parse(text) {
            Ok(Hours(days)) => {
                let day = |spans: &Vec<Span>| {
                    let spans = spans.iter().map(|span| format!("{}-{}", span.from, span.to));
                    spans.collect::<Vec<_>>().join(",")
                };
                days.iter().map(day).collect::<Vec<_>>().join("|")
            }
            Err(Wrong { part, problem }) => format!("{part}: {problem}"),
        }
    }

    #[test]
    fn hours_are_read_in_their_old_form_and_by_weekday() {
        for (text, expected) in [
            ("", "0-1440|0-1440|0-1440|0-1440|0-1440|0-1440|0-1440"),
            ("09:00-21:00", "540-1260|540-1260|540-1260|540-1260|540-1260|540-1260|540-1260"),
            ("mon-fri 09:00-21:00; sun closed", "540-1260|540-1260|540-1260|540-1260|540-1260||"),
            ("sat-mon 18:00-02:00", "1080-1560|||||1080-1560|1080-1560"),
            ("tue,thu 13:00-18:00,08:00-12:00", "|480-720,780-1080||480-720,780-1080|||"),
            ("wed 00:00-00:00;fri  10:00-11:00", "||0-1440||600-660||"),
            ("sun 18:00-24:00", "||||||1080-1440"),
        ] {
            assert_eq!(hours(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_part() {
        for (text, expected) in [
            ("always", format!("always: {ENTRY_PROBLEM}")),
            ("mon-fri", format!("mon-fri: {ENTRY_PROBLEM}")),
            ("mon 09:00-21:00;", format!(": {ENTRY_PROBLEM}")),
            ("mon 09:00-21:00; Tue 09:00-21:00", format!("Tue: {DAY_PROBLEM}")),
            ("mon-friday 09:00-21:00", format!("friday: {DAY_PROBLEM}")),
            ("mon 9:00-21:00", format!("9:00-21:00: {SPAN_PROBLEM}")),
            ("mon 09:00-24:01", format!("09:00-24:01: {SPAN_PROBLEM}")),
            ("mon 24:00-09:00", format!("24:00-09:00: {SPAN_PROBLEM}")),
            ("mon 09:00-12:00,", format!(": {SPAN_PROBLEM}")),
            ("mon shut", format!("shut: {SPAN_PROBLEM}")),
            ("mon-wed 09:00-21:00; tue closed", format!("tue: {TWICE_PROBLEM}")),
        ] {
            assert_eq!(hours(text), expected, "{text}");
        }
    }

    #[test]
    fn holidays_are_dates_closed_or_with_hours() {
        let text = "2026-12-25 closed; 2026-12-31 10:00-15:00, 22:00-01:00";
        let holidays = Holidays::parse(text).unwrap();
        let on = |date: &str| holidays.on(date.parse().unwrap()).map(<[Span]>::to_vec);
        assert_eq!(on("2026-12-25"), Some(vec![]));
        let spans = vec![Span { from: 600, to: 900 }, Span { from: 1_320, to: 1_500 }];
        assert_eq!(on("2026-12-31"), Some(spans));
        assert_eq!(on("2026-12-26"), None);
        assert_eq!(Holidays::parse("").unwrap(), Holidays::default());
        for (text, part, problem) in [
            ("2026-12-25", "2026-12-25", DATE_PROBLEM),
            ("20261225 closed", "20261225 closed", DATE_PROBLEM),
            ("2026-W52-5 closed", "2026-W52-5 closed", DATE_PROBLEM),
            ("2026-02-29 closed", "2026-02-29 closed", DATE_PROBLEM),
            ("2026-12-25 shut", "shut", SPAN_PROBLEM),
            ("2026-12-25 closed;2026-12-25 closed", "2026-12-25 closed", TWICE_PROBLEM),
        ] {
            assert_eq!(Holidays::parse(text), Err(wrong(part, problem)), "{text}");
        }
    }
}
