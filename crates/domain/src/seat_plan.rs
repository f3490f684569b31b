//! What a seat on the plan may be like.

use kiosk_proto::v1::Seat;

use crate::{
    State,
    limits::{LABEL_CHARS_MAX, PLAN_UNITS_MAX, SEAT_PEOPLE_MAX},
};

/// Says what is wrong with a seat, naming the field.
pub(crate) fn check_plan(state: &State, plan: &Seat) -> Result<(), String> {
    let chars = |field: &str, text: &str, min: usize| {
        let count = text.chars().count();
        let fits = (min..=LABEL_CHARS_MAX).contains(&count);
        fits.then_some(()).ok_or_else(|| {
            format!("{field} has {count} characters, not {min} to {LABEL_CHARS_MAX}")
        })
    };
    let number = |field: &str, value: i32, min: i32, max: i32| {
        let fits = (min..=max).contains(&value);
        fits.then_some(()).ok_or_else(|| format!("{field} is {value}, not {min} to {max}"))
    };
    chars("seat_id", &plan.seat_id, 1)?;
    chars("name", &plan.name, 1)?;
    chars("zone", &plan.zone, 0)?;
    number("x", plan.x, 0, PLAN_UNITS_MAX)?;
    number("y", plan.y, 0, PLAN_UNITS_MAX)?;
    number("width", plan.width, 1, PLAN_UNITS_MAX)?;
    number("height", plan.height, 1, PLAN_UNITS_MAX)?;
    number("seats", plan.seats, 1, SEAT_PEOPLE_MAX)?;
    check_names(state, plan)
}

/// A table named on an order must stand for one seat.
fn check_names(state: &State, plan: &Seat) -> Result<(), String> {
    let mut others = state.seats.values().filter(|other| other.seat_id != plan.seat_id);
    let clash = others.find(|other| {
        [&other.seat_id, &other.name].contains(&&plan.name) || other.name == plan.seat_id
    });
    clash.map_or(Ok(()), |other| {
        Err(format!("its name or seat_id stands for seat {} already", other.seat_id))
    })
}
