//! The one tree's keys. The first byte says what a row is; numbers are big-endian, so that keys
//! sort as numbers do.
//!
//! | key | row |
//! |---|---|
//! | `M` | [`Meta`](crate::meta::Meta) |
//! | `a` entry_num | an entry of the record |
//! | `c` `c` cell_id, `c` `m` menu_id, `c` `s` name | a cell, a menu item, a setting |
//! | `c` `p` cell_id member_id | a cell's member |
//! | `c` `t` seat_id, `c` `b` bell_id | a seat with who has it, a bell that waits |
//! | `c` `x` message_num | a staff message of the working set |
//! | `c` `i` incident_id | an incident of the working set |
//! | `c` `g` category_id | a category of the menu |
//! | `c` `v` device_id, `c` `f` staff_id | a device that is let in, somebody who may sign in |
//! | `d` partition | the partition's [`Digest`](crate::digest::Digest) |
//! | `i` order_id | where the order is: date, daily_num |
//! | `l` cell_id entry_num | a ledger entry |
//! | `o` date daily_num | an order |
//! | `q` first_seq request_id | when the request was taken, to find the oldest |
//! | `r` request_id | a remembered request |
//! | `w` date daily_num | an order of the working set: its row's hash |
//! | `x` room NUL message_num | a staff message |
//! | `z` number piece | a piece of a closed day's report |

use kiosk_domain::OrderKey;

pub(crate) const META: &[u8] = b"M";
pub(crate) const CATALOGUE: &[u8] = b"c";
pub(crate) const DIGESTS: &[u8] = b"d";
/// The first key after all digests.
pub(crate) const DIGESTS_END: &[u8] = b"e";
pub(crate) const DAY_REPORTS: &[u8] = b"z";
pub(crate) const ORDERS: &[u8] = b"o";
pub(crate) const REQUESTS_BY_AGE: &[u8] = b"q";
pub(crate) const REQUESTS: &[u8] = b"r";
pub(crate) const WORKING_SET: &[u8] = b"w";

pub(crate) fn cell(cell_id: i32) -> Vec<u8> {
    [b"cc", &number(cell_id)[..]].concat()
}

pub(crate) fn cell_member(cell_id: i32, member_id: i32) -> Vec<u8> {
    [b"cp", &number(cell_id)[..], &number(member_id)[..]].concat()
}

pub(crate) fn menu_category(category_id: i32) -> Vec<u8> {
    [b"cg", &number(category_id)[..]].concat()
}

pub(crate) fn menu_item(menu_id: i32) -> Vec<u8> {
    [b"cm", &number(menu_id)[..]].concat()
}

pub(crate) fn setting(name: &str) -> Vec<u8> {
    [b"cs", name.as_bytes()].concat()
}

pub(crate) fn seat(seat_id: &str) -> Vec<u8> {
    [b"ct", seat_id.as_bytes()].concat()
}

pub(crate) fn bell(bell_id: i32) -> Vec<u8> {
    [b"cb", &number(bell_id)[..]].concat()
}

pub(crate) fn incident(incident_id: &str) -> Vec<u8> {
    [b"ci", incident_id.as_bytes()].concat()
}

pub(crate) fn device(device_id: i32) -> Vec<u8> {
    [b"cv", &number(device_id)[..]].concat()
}

pub(crate) fn staff(staff_id: i32) -> Vec<u8> {
    [b"cf", &number(staff_id)[..]].concat()
}

pub(crate) fn audit(entry_num: i32) -> Vec<u8> {
    [b"a", &number(entry_num)[..]].concat()
}

pub(crate) fn message_at_hand(message_num: i32) -> Vec<u8> {
    [b"cx", &number(message_num)[..]].concat()
}

pub(crate) fn day_report(number: i32, piece: i32) -> Vec<u8> {
    [&day_report_pieces(number)[..], &crate::keys::number(piece)[..]].concat()
}

/// The beginning of the keys of a report's pieces.
pub(crate) fn day_report_pieces(number: i32) -> Vec<u8> {
    [DAY_REPORTS, &crate::keys::number(number)].concat()
}

/// Names of rooms have no NUL, so that no room's messages are among another's.
pub(crate) fn message(room: &str, message_num: i32) -> Vec<u8> {
    [b"x", room.as_bytes(), b"\0", &number(message_num)[..]].concat()
}

pub(crate) fn digest(partition: &[u8]) -> Vec<u8> {
    [DIGESTS, partition].concat()
}

pub(crate) fn order_index(order_id: &str) -> Vec<u8> {
    [b"i", order_id.as_bytes()].concat()
}

pub(crate) fn ledger(cell_id: i32, entry_num: i32) -> Vec<u8> {
    [b"l", &number(cell_id)[..], &number(entry_num)[..]].concat()
}

pub(crate) fn order(key: OrderKey) -> Vec<u8> {
    [ORDERS, &place(key)].concat()
}

pub(crate) fn request_by_age(first_seq: u64, request_id: u128) -> Vec<u8> {
    [REQUESTS_BY_AGE, &first_seq.to_be_bytes()[..], &request_id.to_be_bytes()[..]].concat()
}

pub(crate) fn request(request_id: u128) -> Vec<u8> {
    [REQUESTS, &request_id.to_be_bytes()[..]].concat()
}

pub(crate) fn working_set(key: OrderKey) -> Vec<u8> {
    [WORKING_SET, &place(key)].concat()
}

/// What `o`, `w` and the values of `i` say of where an order is.
pub(crate) fn place(key: OrderKey) -> [u8; 8] {
    let [a, b, c, d] = key.date.0.to_be_bytes();
    let [e, f, g, h] = number(key.daily_num);
    [a, b, c, d, e, f, g, h]
}

/// The beginning of the key that a row shares with all rows of its digest: a business day of
/// orders, 256 entries of a cell's ledger, 256 messages of a room, 256 reports, 256 entries of the record, all requests,
/// the working set, the catalogue.
///
/// None: the row follows from others (an index), or is itself a digest.
pub(crate) fn partition_of(key: &[u8]) -> Option<&[u8]> {
    match key.first()? {
        b'o' => key.get(..5),
        b'l' => key.get(..8),
        b'a' | b'z' => key.get(..4),
        b'x' => key.get(..key.len().saturating_sub(1)),
        b'c' | b'r' | b'w' => key.get(..1),
        _ => None,
    }
}

/// The numbers of the contract are not negative.
fn number(number: i32) -> [u8; 4] {
    number.cast_unsigned().to_be_bytes()
}
