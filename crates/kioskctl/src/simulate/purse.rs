//! How customers pay: with a PIN, where a cell wants one.

use std::collections::HashMap;

use kiosk_proto::v1::{Order, PlaceOrderRequest, pay_type::Value as PayType};
use tokio::sync::Mutex;

use super::cafe::Cafe;
use crate::failure::Failure;

/// Of a cell, and its number there.
pub(super) type Member = (i32, i32);

/// The members' PIN, and whether it is still thought to be theirs.
pub(super) struct Purse {
    pin: String,
    /// Who types has it: the box counts PINs that are being checked as wrong ones.
    members: HashMap<Member, Mutex<bool>>,
}

impl Purse {
    pub(super) fn new(pin: String, members: impl IntoIterator<Item = Member>) -> Self {
        let members = members.into_iter().map(|member| (member, Mutex::new(true)));
        Self { pin, members: members.collect() }
    }

    /// Differs in its first digit.
    fn wrong_pin(&self) -> String {
        let first = if self.pin.starts_with('0') { "1" } else { "0" };
        first.to_owned() + self.pin.get(1..).unwrap_or_default()
    }
}

/// Places an order that a member of a cell pays for; by card, when the PIN turns out not to be theirs.
/// `fumbles`: the first PIN that is typed is a wrong one.
pub(super) async fn place_with_pin(
    cafe: &Cafe,
    wish: PlaceOrderRequest,
    member: Member,
    fumbles: bool,
) -> Result<Order, Failure> {
    let Some(fits) = cafe.purse.members.get(&member) else { return cafe.place(wish).await };
    let mut fits = fits.lock().await;
    let with =
        |cell_pin| PlaceOrderRequest { cell_member_id: Some(member.1), cell_pin, ..wish.clone() };
    if *fits && fumbles {
        match cafe.place(with(cafe.purse.wrong_pin())).await {
            Ok(_) => return Err(Failure::Check("an order was taken with a wrong PIN".into())),
            Err(failure) if is_wrong_pin(&failure) => cafe.note(|report| report.pins.wrong += 1),
            Err(failure) => return Err(failure),
        }
    }
    if *fits {
        match cafe.place(with(cafe.purse.pin.clone())).await {
            Err(failure) if is_wrong_pin(&failure) => {
                cafe.note(|report| report.pins.wrong += 1);
                *fits = false;
            }
            Ok(order) => {
                cafe.note(|report| report.pins.accepted += 1);
                return Ok(order);
            }
            refused => return refused,
        }
    }
    cafe.place(PlaceOrderRequest { pay_type: PayType::Card.into(), cell_id: None, ..wish }).await
}

fn is_wrong_pin(failure: &Failure) -> bool {
    failure.reason().as_deref() == Some("PIN_WRONG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_pin_is_as_long_as_the_right_one_and_another() {
        for pin in ["4711", "0000", "00000000", "1234"] {
            let wrong = Purse::new(pin.into(), []).wrong_pin();
            assert_eq!(wrong.len(), pin.len());
            assert_ne!(wrong, pin);
            assert!(wrong.bytes().all(|digit| digit.is_ascii_digit()));
        }
    }
}
