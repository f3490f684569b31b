//! When kiosks may order, by the clock on the wall.

use kiosk_domain::{Command, State, decide};
use kiosk_proto::{
    Timestamp,
    v1::{Activity, role::Value as Role},
};

use crate::cafe::{Cafe, MORNING_MS, check, stamp};

const SEOUL: (&str, &str) = ("time_zone", "Asia/Seoul");
const BERLIN: (&str, &str) = ("time_zone", "Europe/Berlin");

fn text(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.as_ms()).unwrap().to_string()
}

fn activity(settings: &[(&str, &str)], now: &str) -> Activity {
    let mut state = State::default();
    for (key, value) in settings {
        let set = Command::SetSetting { key: (*key).into(), value: (*value).into() };
        let events = decide(&state, &set, &stamp(MORNING_MS, 0, Role::Admin)).unwrap();
        events.iter().for_each(|event| drop(state.apply(event)));
    }
    let now: jiff::Timestamp = now.parse().unwrap();
    state.settings().activity(Timestamp::from_ms(now.as_millisecond()))
}

/// Each moment with what is true at it.
#[track_caller]
fn times(settings: &[(&str, &str)], cases: &[(&str, &str)]) {
    for (now, expected) in cases {
        let found = activity(settings, now);
        let mut words = vec![found.reason().as_str_name().to_owned()];
        let facts =
            [("opens", found.opens_at), ("closes", found.closes_at), ("last", found.last_order_at)];
        words.extend(
            facts.into_iter().filter_map(|(name, at)| Some(format!("{name} {}", text(at?)))),
        );
        assert_eq!(words.join(", "), *expected, "{now} with {settings:?}");
    }
}

#[test]
fn a_shop_without_hours_is_always_open() {
    times(&[SEOUL], &[("2026-11-21T01:00:00Z", "OPEN")]);
    times(&[SEOUL, ("opening_hours", "00:00-00:00")], &[("2026-11-21T01:00:00Z", "OPEN")]);
    let found = activity(&[], "2026-11-21T01:00:00Z");
    assert!(found.is_open && found.is_kiosk_active && found.accepts_kiosk_orders);
}

#[test]
fn hours_of_every_day_begin_and_end_to_the_second() {
    let settings = [SEOUL, ("opening_hours", "09:00-21:00"), ("last_order_minutes", "30")];
    let open = "OPEN, closes 2026-11-21T12:00:00Z, last 2026-11-21T11:30:00Z";
    let late = "LAST_ORDER, opens 2026-11-22T00:00:00Z, closes 2026-11-21T12:00:00Z, \
                last 2026-11-21T11:30:00Z";
    times(
        &settings,
        &[
            ("2026-11-20T23:59:59.999Z", "CLOSED, opens 2026-11-21T00:00:00Z"),
            ("2026-11-21T00:00:00Z", open),
            ("2026-11-21T11:29:59.999Z", open),
            ("2026-11-21T11:30:00Z", late),
            ("2026-11-21T11:59:59.999Z", late),
            ("2026-11-21T12:00:00Z", "CLOSED, opens 2026-11-22T00:00:00Z"),
        ],
    );
    let found = activity(&settings, "2026-11-21T11:45:00Z");
    assert!(found.is_open && !found.accepts_kiosk_orders);
}

#[test]
fn a_span_over_midnight_belongs_to_the_day_it_begins_on() {
    // 2026-11-21 is a Saturday.
    let settings =
        [SEOUL, ("opening_hours", "fri-sat 18:00-02:00"), ("holidays", "2026-11-21 closed")];
    times(
        &settings,
        &[
            (
                "2026-11-20T09:00:00Z",
                "OPEN, closes 2026-11-20T17:00:00Z, last 2026-11-20T17:00:00Z",
            ),
            // Saturday, one at night: what began on Friday goes on into the holiday.
            (
                "2026-11-20T16:00:00Z",
                "OPEN, closes 2026-11-20T17:00:00Z, last 2026-11-20T17:00:00Z",
            ),
            ("2026-11-20T17:00:00Z", "HOLIDAY, opens 2026-11-27T09:00:00Z"),
            ("2026-11-21T09:00:00Z", "HOLIDAY, opens 2026-11-27T09:00:00Z"),
            ("2026-11-22T09:00:00Z", "CLOSED, opens 2026-11-27T09:00:00Z"),
        ],
    );
}

#[test]
fn spans_that_touch_are_one_and_a_pause_is_closed() {
    let hours = "mon-fri 08:00-12:00, 12:00-14:00, 17:00-00:00; sat 00:00-03:00";
    let settings = [SEOUL, ("opening_hours", hours)];
    times(
        &settings,
        &[
            (
                "2026-11-20T00:00:00Z",
                "OPEN, closes 2026-11-20T05:00:00Z, last 2026-11-20T05:00:00Z",
            ),
            ("2026-11-20T06:00:00Z", "CLOSED, opens 2026-11-20T08:00:00Z"),
            (
                "2026-11-20T09:00:00Z",
                "OPEN, closes 2026-11-20T18:00:00Z, last 2026-11-20T18:00:00Z",
            ),
            ("2026-11-20T18:00:00Z", "CLOSED, opens 2026-11-22T23:00:00Z"),
        ],
    );
}

#[test]
fn a_holiday_has_hours_of_its_own_or_none() {
    let holidays = "2026-11-22 10:00-12:00; 2026-11-23 closed";
    times(
        &[SEOUL, ("holidays", holidays)],
        &[
            (
                "2026-11-21T14:59:59Z",
                "OPEN, closes 2026-11-21T15:00:00Z, last 2026-11-21T15:00:00Z",
            ),
            ("2026-11-21T15:00:00Z", "HOLIDAY, opens 2026-11-22T01:00:00Z"),
            (
                "2026-11-22T01:00:00Z",
                "OPEN, closes 2026-11-22T03:00:00Z, last 2026-11-22T03:00:00Z",
            ),
            ("2026-11-22T03:00:00Z", "HOLIDAY, opens 2026-11-23T15:00:00Z"),
            ("2026-11-23T15:00:00Z", "OPEN"),
        ],
    );
    times(&[SEOUL, ("opening_hours", "sun closed")], &[("2026-11-21T15:00:00Z", "CLOSED")]);
}

#[test]
fn when_clocks_go_forward_a_skipped_minute_is_an_hour_later() {
    // Berlin, 2026-03-29: 02:00 becomes 03:00.
    times(
        &[BERLIN, ("opening_hours", "sat 22:00-03:00; sun 02:30-10:00")],
        &[
            (
                "2026-03-28T21:00:00Z",
                "OPEN, closes 2026-03-29T01:00:00Z, last 2026-03-29T01:00:00Z",
            ),
            ("2026-03-29T01:00:00Z", "CLOSED, opens 2026-03-29T01:30:00Z"),
            (
                "2026-03-29T01:30:00Z",
                "OPEN, closes 2026-03-29T08:00:00Z, last 2026-03-29T08:00:00Z",
            ),
        ],
    );
}

#[test]
fn when_clocks_go_back_the_first_of_two_equal_minutes_counts() {
    // Berlin, 2026-10-25: 03:00 becomes 02:00.
    times(
        &[BERLIN, ("opening_hours", "sat 22:00-02:30; sun 10:00-12:00")],
        &[
            (
                "2026-10-24T20:00:00Z",
                "OPEN, closes 2026-10-25T00:30:00Z, last 2026-10-25T00:30:00Z",
            ),
            ("2026-10-25T00:30:00Z", "CLOSED, opens 2026-10-25T09:00:00Z"),
            // 02:10 for the second time.
            ("2026-10-25T01:10:00Z", "CLOSED, opens 2026-10-25T09:00:00Z"),
            (
                "2026-10-25T09:00:00Z",
                "OPEN, closes 2026-10-25T11:00:00Z, last 2026-10-25T11:00:00Z",
            ),
        ],
    );
}

#[test]
fn a_kiosk_orders_within_the_hours_and_staff_and_pos_at_any_time() {
    // It is 10:00 in Seoul.
    let closed = "no: the café is closed; it opens at 2026-11-21T02:00:00Z";
    check(&[
        ("set opening_hours 11:00-21:00", "opening_hours is 11:00-21:00"),
        ("place 3 from KIOSK", closed),
        ("place 3 from POS", "order 1 for 0"),
        ("place 3 from STAFF", "order 2 for 0"),
        ("as KIOSK", ""),
        ("place 3 from POS", closed),
        ("as STAFF", ""),
        ("wait 59", ""),
        ("place 3 from KIOSK", closed),
        ("wait 1", ""),
        ("place 3 from KIOSK", "order 3 for 0"),
        ("set last_order_minutes 20", "last_order_minutes is 20"),
        ("wait 579", ""),
        ("place 3 from KIOSK", "order 4 for 0"),
        ("wait 1", ""),
        ("place 3 from KIOSK", "no: the last orders were taken; it opens at 2026-11-22T02:00:00Z"),
        ("set is_kiosk_active false", "is_kiosk_active is false"),
        ("place 3 from KIOSK", "no: the kiosk takes no orders now"),
        ("set is_kiosk_active true", "is_kiosk_active is true"),
        ("wait 20", ""),
        ("place 3 from KIOSK", "no: the café is closed; it opens at 2026-11-22T02:00:00Z"),
    ]);
}

#[test]
fn a_holiday_is_told_as_such() {
    let mut cafe = Cafe::open();
    let set = |key: &str, value: &str| Command::SetSetting { key: key.into(), value: value.into() };
    cafe.decide(&set("holidays", "2026-11-21 closed")).unwrap();
    assert_eq!(
        cafe.run("place 3 from KIOSK"),
        "no: the café is closed for a holiday; it opens at 2026-11-21T15:00:00Z"
    );
    cafe.decide(&set("opening_hours", "sat 09:00-10:00")).unwrap();
    cafe.decide(&set("holidays", "2026-11-21 closed; 2026-11-28 closed")).unwrap();
    assert_eq!(
        cafe.run("place 3 from KIOSK"),
        "no: the café is closed for a holiday; it opens at 2026-12-05T00:00:00Z"
    );
}
