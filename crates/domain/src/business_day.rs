use std::{fmt, ops::Range};

use jiff::{SignedDuration, ToSpan as _, civil::Date, tz::TimeZone};
use kiosk_proto::Timestamp;

/// A business day as `YYYYMMDD`, so that days sort as numbers. 0: before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDate(pub u32);

impl BusinessDate {
    /// From `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        // jiff also reads other forms of a date; the contract has one.
        let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
        Some(Self::from_civil(date))
    }

    /// The days from this one to another, both included, in order.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        let days = self.civil().into_iter().flat_map(|first| first.series(1.day()));
        days.map(Self::from_civil).take_while(move |day| *day <= last)
    }

    /// None: the calendar has no such day.
    pub(crate) fn civil(self) -> Option<Date> {
        let part = |divisor, modulus| i8::try_from(self.0 / divisor % modulus).ok();
        let year = i16::try_from(self.0 / 10_000).ok()?;
        Date::new(year, part(100, 100)?, part(1, 100)?).ok()
    }

    fn from_civil(date: Date) -> Self {
        // The year is at least -9999, and a clock before year 0 counts as year 0.
        let year = u32::try_from(date.year()).unwrap_or(0);
        Self(
            year * 10_000
                + date.month().unsigned_abs() as u32 * 100
                + date.day().unsigned_abs() as u32,
        )
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }
}

/// The day that a moment belongs to: days begin at `cut_over_hour` (0 to 23) by the wall clock of
/// the shop. An unknown time zone counts as UTC.
pub fn business_date(now: Timestamp, time_zone: &str, cut_over_hour: i8) -> BusinessDate {
    let now = jiff::Timestamp::from_millisecond(now.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = now.to_zoned(TimeZone::get(time_zone).unwrap_or(TimeZone::UTC)).datetime();
    // On the wall clock, not in elapsed time: the day of a clock change also begins at that hour.
    let shifted = local.saturating_sub(SignedDuration::from_hours(cut_over_hour.into()));
    BusinessDate::from_civil(shifted.date())
}

/// `2026-11-21 12:04` by the wall clock of the shop. An unknown time zone counts as UTC.
pub fn wall_clock(time: Timestamp, time_zone: &str) -> String {
    let time = jiff::Timestamp::from_millisecond(time.as_ms()).unwrap_or_default();
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    time.to_zoned(zone).strftime("%F %R").to_string()
}

/// From the first moment that belongs to a day to the first that belongs to the next.
pub(crate) fn business_day(
    date: BusinessDate,
    time_zone: &str,
    cut_over_hour: i8,
) -> Option<Range<Timestamp>> {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let begin = |date: Date| {
        // An hour that the clock skips is the one after; of one it shows twice, the first.
        let begin = zone.to_ambiguous_timestamp(date.at(cut_over_hour, 0, 0, 0)).compatible();
        begin.ok().map(|begin| Timestamp::from_ms(begin.as_millisecond()))
    };
    let date = date.civil()?;
    Some(begin(date)?..begin(date.tomorrow().ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(utc: &str, zone: &str, hour: i8) -> String {
        let now: jiff::Timestamp = utc.parse().unwrap();
        business_date(Timestamp::from_ms(now.as_millisecond()), zone, hour).to_string()
    }

    #[test]
    fn the_day_begins_at_the_cut_over_hour_of_the_shops_zone() {
        assert_eq!(date("2026-11-20T18:59:59Z", "Asia/Seoul", 4), "2026-11-20");
        assert_eq!(date("2026-11-20T19:00:00Z", "Asia/Seoul", 4), "2026-11-21");
        assert_eq!(date("2026-11-20T15:00:00Z", "Asia/Seoul", 0), "2026-11-21");
        // 02:30 does not exist on this night; the wall clock goes from 01:59 to 03:00.
        assert_eq!(date("2026-03-29T00:59:59Z", "Europe/Berlin", 3), "2026-03-28");
        assert_eq!(date("2026-03-29T01:00:00Z", "Europe/Berlin", 3), "2026-03-29");
    }

    #[test]
    fn a_day_goes_from_its_first_moment_to_the_next_days() {
        for (day, zone, hour, from, to) in [
            ("2026-11-21", "Asia/Seoul", 4, "2026-11-20T19:00:00Z", "2026-11-21T19:00:00Z"),
            // Clocks go forward over the cut-over, and back: 23 hours, and 25.
            ("2026-03-28", "Europe/Berlin", 2, "2026-03-28T01:00:00Z", "2026-03-29T01:00:00Z"),
            ("2026-03-29", "Europe/Berlin", 2, "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"),
            ("2026-10-25", "Europe/Berlin", 0, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ] {
            let range = business_day(BusinessDate::parse(day).unwrap(), zone, hour).unwrap();
            let text =
                |at: Timestamp| jiff::Timestamp::from_millisecond(at.as_ms()).unwrap().to_string();
            assert_eq!((&*text(range.start), &*text(range.end)), (from, to), "{day}");
            let day_at = |ms| business_date(Timestamp::from_ms(ms), zone, hour).to_string();
            assert_eq!(day_at(range.start.as_ms()), day);
            assert!(*day_at(range.start.as_ms() - 1) < *day);
            assert_eq!(day_at(range.end.as_ms() - 1), day);
        }
        assert_eq!(business_day(BusinessDate(20260230), "UTC", 0), None);
        assert_eq!(business_day(BusinessDate(0), "UTC", 0), None);
    }

    #[test]
    fn days_follow_each_other_over_months_and_end_with_the_calendar() {
        let days = |from: &str, to: &str| {
            let date = |text| BusinessDate::parse(text).unwrap();
            date(from).through(date(to)).map(|day| day.0).collect::<Vec<_>>()
        };
        assert_eq!(days("2028-02-28", "2028-03-01"), [20280228, 20280229, 20280301]);
        assert_eq!(days("2026-11-21", "2026-11-20"), [0; 0]);
        assert_eq!(days("9999-12-31", "9999-12-31"), [99991231]);
        assert_eq!(BusinessDate(20260230).through(BusinessDate(20260301)).count(), 0);
    }

    #[test]
    fn any_time_has_a_day() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            wall_clock(Timestamp::from_ms(ms), "Asia/Seoul");
            business_date(Timestamp::from_ms(ms), "nowhere", 23);
        }
    }

    #[test]
    fn only_the_contracts_form_of_a_date_is_read() {
        assert_eq!(BusinessDate::parse("2026-11-21"), Some(BusinessDate(20261121)));
        for wrong in [
            "",
            "20261121",
            "2026-13-01",
            "2026-11-21T00:00:00",
            "2026-11-2",
            "-002026-11-21",
            "2026-W47-6",
            "+020261121",
            "20261121Z ",
            "20261121T1",
            "2026112100",
            "20261121[]",
            "20261121 0",
        ] {
            assert_eq!(BusinessDate::parse(wrong), None, "{wrong}");
        }
    }
}
