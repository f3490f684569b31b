//! When the café is open: what the settings `opening_hours`, `holidays` and `last_order_minutes`
//! say of a moment.

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use kiosk_proto::{
    Timestamp,
    v1::{Activity, activity_reason::Value as Reason},
};

use crate::{
    Rejection, Settings,
    hours::{Holidays, Hours, Span},
};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How far ahead the next opening is looked for.
const OPENING_DAYS_MAX: i32 = 400;
/// How far ahead a closing time is looked for.
const CLOSING_DAYS_MAX: i32 = 8;
/// Who is open for longer than this without a break has no closing time.
const ENDLESS_MS: i64 = 6 * DAY_MS;

impl Settings {
    /// Whether the answer of [`Settings::activity`] depends on the time.
    pub fn has_hours(&self) -> bool {
        ["opening_hours", "holidays"].iter().any(|key| self.get(key) != Some(""))
    }

    /// Whether kiosks may order at that moment, and when that changes.
    pub fn activity(&self, now: Timestamp) -> Activity {
        let is_kiosk_active = self.is_kiosk_active();
        let mut activity =
            if self.has_hours() { Calendar::of(self).activity(now) } else { always_open() };
        activity.is_kiosk_active = is_kiosk_active;
        if !is_kiosk_active {
            activity.reason = Reason::KioskInactive.into();
        }
        activity.accepts_kiosk_orders = activity.reason() == Reason::Open;
        activity
    }

    /// Why a kiosk may not order now, if so.
    pub(crate) fn refusal_of_kiosks(&self, now: Timestamp) -> Option<Rejection> {
        let activity = self.activity(now);
        let opens_at = activity.opens_at;
        match activity.reason() {
            Reason::KioskInactive => Some(Rejection::KioskInactive),
            Reason::Closed => Some(Rejection::Closed { opens_at }),
            Reason::Holiday => Some(Rejection::Holiday { opens_at }),
            Reason::LastOrder => Some(Rejection::LastOrder { opens_at }),
            Reason::Open | Reason::Unspecified => None,
        }
    }
}

fn always_open() -> Activity {
    Activity { is_open: true, reason: Reason::Open.into(), ..Activity::default() }
}

/// The settings, read.
struct Calendar {
    hours: Hours,
    holidays: Holidays,
    last_order_ms: i64,
    zone: TimeZone,
}

/// A time of being open, in Unix milliseconds; the end is no more part of it.
#[derive(Clone, Copy)]
struct Shift {
    from_ms: i64,
    to_ms: i64,
}

impl Calendar {
    /// The settings were checked when they were set; what can't be read counts as not set.
    fn of(settings: &Settings) -> Self {
        let text = |key| settings.get(key).unwrap_or_default();
        let minutes: i64 = text("last_order_minutes").parse().unwrap_or(0);
        Self {
            hours: Hours::parse(text("opening_hours")).unwrap_or_default(),
            holidays: Holidays::parse(text("holidays")).unwrap_or_default(),
            last_order_ms: minutes * MINUTE_MS,
            zone: TimeZone::get(settings.time_zone()).unwrap_or(TimeZone::UTC),
        }
    }

    fn activity(&self, now: Timestamp) -> Activity {
        let now_ms = now.as_ms();
        let today = self.date(now_ms);
        let time = |ms| Some(Timestamp::from_ms(ms));
        // A shift that is on may have begun yesterday.
        let Some(shift) = self.shift_at(now_ms, today) else {
            let reason =
                if self.holidays.on(today).is_some() { Reason::Holiday } else { Reason::Closed };
            let opens_at = self.next_opening(now_ms, today).and_then(time);
            return Activity { reason: reason.into(), opens_at, ..Activity::default() };
        };
        if shift.to_ms.saturating_sub(now_ms) > ENDLESS_MS {
            return always_open();
        }
        let last_order_ms = shift.to_ms - self.last_order_ms;
        let mut activity = Activity {
            closes_at: time(shift.to_ms),
            last_order_at: time(last_order_ms),
            ..always_open()
        };
        if now_ms >= last_order_ms {
            activity.reason = Reason::LastOrder.into();
            activity.opens_at = self.next_opening(shift.to_ms, today).and_then(time);
        }
        activity
    }

    /// The shift that is on at that moment, with those that follow it without a break.
    fn shift_at(&self, now_ms: i64, today: Date) -> Option<Shift> {
        let mut current: Option<Shift> = None;
        for shift in self.shifts(today, -2, CLOSING_DAYS_MAX) {
            match &mut current {
                Some(current) if shift.from_ms <= current.to_ms => {
                    current.to_ms = current.to_ms.max(shift.to_ms);
                }
                Some(_) => break,
                None if shift.from_ms <= now_ms && now_ms < shift.to_ms => current = Some(shift),
                None => {}
            }
        }
        current
    }

    fn next_opening(&self, after_ms: i64, today: Date) -> Option<i64> {
        let mut shifts = self.shifts(today, -2, OPENING_DAYS_MAX);
        shifts.find(|shift| shift.from_ms > after_ms).map(|shift| shift.from_ms)
    }

    /// The shifts that begin on the days around that one, by their beginning.
    fn shifts(&self, today: Date, from_days: i32, to_days: i32) -> impl Iterator<Item = Shift> {
        let date = move |days: i32| today.saturating_add(days.days());
        (from_days..=to_days).flat_map(move |days| {
            let date = date(days);
            let spans = self.holidays.on(date).unwrap_or_else(|| self.hours.on(date.weekday()));
            spans.iter().map(move |span| self.shift(date, *span))
        })
    }

    fn shift(&self, date: Date, span: Span) -> Shift {
        Shift { from_ms: self.moment(date, span.from), to_ms: self.moment(date, span.to) }
    }

    /// A minute of a day by the wall clock. One that the clock skips is an hour later, of one that
    /// it shows twice it is the first: a shift takes as long as on other nights, or an hour less.
    fn moment(&self, date: Date, minute: i64) -> i64 {
        let local = DateTime::from_parts(date, Time::midnight()).saturating_add(minute.minutes());
        let zoned = self.zone.to_ambiguous_timestamp(local).compatible();
        zoned.map_or(i64::MAX, |at| at.as_millisecond())
    }

    fn date(&self, now_ms: i64) -> Date {
        let now = jiff::Timestamp::from_millisecond(now_ms);
        self.zone.to_datetime(now.unwrap_or(jiff::Timestamp::UNIX_EPOCH)).date()
    }
}
