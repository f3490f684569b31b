use kiosk_domain::{
    Amount, Quantity,
    limits::{MONEY_MAX, PIN_DIGITS_MAX, PIN_DIGITS_MIN, QUANTITY_MAX},
};
use tonic::Status;
use uuid::Uuid;

use crate::status::invalid;

/// How many are named: an answer's details travel in its headers, where clients take 16 KiB.
const VIOLATIONS_MAX: usize = 32;

/// The fields of a request that are not as they must be: all of them, so that a client can show
/// them at once. Names are those of the proto, with indices: `items[2].quantity`.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    named: Vec<(String, String)>,
    more: usize,
}

impl Violations {
    pub(crate) fn add(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        if self.named.len() < VIOLATIONS_MAX {
            self.named.push((field.into(), problem.into()));
        } else {
            self.more += 1;
        }
    }

    /// Both values, or all that is wrong.
    pub(crate) fn or_both<A, B>(self, a: Option<A>, b: Option<B>) -> Result<(A, B), Status> {
        match (a, b) {
            (Some(a), Some(b)) if self.named.is_empty() => Ok((a, b)),
            _ => Err(invalid(self.named, self.more)),
        }
    }

    /// The value, or all that is wrong.
    pub(crate) fn or<A>(self, value: Option<A>) -> Result<A, Status> {
        self.or_both(value, Some(())).map(|(value, ())| value)
    }

    pub(crate) fn uuid(&mut self, field: &str, text: &str) -> Option<u128> {
        let uuid = Uuid::try_parse(text).ok().filter(|uuid| !uuid.is_nil());
        self.some(field, uuid.map(|u| u.as_u128()), "it must be a UUID that the client makes")
    }

    pub(crate) fn quantity(&mut self, field: &str, count: i32) -> Option<Quantity> {
        self.some(field, Quantity::new(count), &format!("it must be from 1 to {QUANTITY_MAX}"))
    }

    pub(crate) fn amount(&mut self, field: &str, points: i32) -> Option<Amount> {
        self.some(field, Amount::new(points), &format!("it must be from 1 to {MONEY_MAX}"))
    }

    /// Text of up to `max` characters. Control characters could disturb screens and printers.
    pub(crate) fn text(&mut self, field: &str, text: &str, max: usize) -> Option<String> {
        if text.chars().count() > max {
            self.add(field, format!("it must have at most {max} characters"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            self.add(field, "it must not have control characters");
            return None;
        }
        Some(text.into())
    }

    /// Text of 1 to `max` characters.
    pub(crate) fn filled(&mut self, field: &str, text: &str, max: usize) -> Option<String> {
        if text.trim().is_empty() {
            self.add(field, "it must not be empty");
            return None;
        }
        self.text(field, text, max)
    }

    /// A value of a proto enum; 0 is none.
    pub(crate) fn choice<E: TryFrom<i32> + PartialEq + Default>(
        &mut self,
        field: &str,
        value: i32,
    ) -> Option<E> {
        let known = E::try_from(value).ok().filter(|value| *value != E::default());
        self.some(field, known, "it must be one of the values of its enum")
    }

    pub(crate) fn range(&mut self, field: &str, value: i32, min: i32, max: i32) -> Option<i32> {
        let fits = (min..=max).contains(&value).then_some(value);
        self.some(field, fits, &format!("it must be from {min} to {max}"))
    }

    /// A PIN, or none. What it is, is not said again.
    pub(crate) fn pin(&mut self, field: &str, pin: &str) {
        let fits = (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&pin.len())
            && pin.bytes().all(|byte| byte.is_ascii_digit());
        if !pin.is_empty() && !fits {
            let problem = format!("it must have {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits");
            self.add(field, problem);
        }
    }

    fn some<T>(&mut self, field: &str, value: Option<T>, problem: &str) -> Option<T> {
        if value.is_none() {
            self.add(field, problem);
        }
        value
    }
}
