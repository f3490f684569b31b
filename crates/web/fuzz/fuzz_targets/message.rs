//! Any JSON for any message of the contract: what was understood can be said again, and is read.
#![no_main]

use kiosk_web::fuzzing::message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (usize, &[u8])| {
    let (number, json) = input;
    message(number, json);
});
