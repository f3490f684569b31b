//! Any request below `/api/`: making a message of it never panics.
#![no_main]

use kiosk_web::fuzzing::rest;
use libfuzzer_sys::fuzz_target;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fuzz_target!(|request: (u8, &str, &[u8])| {
    let (method, target, body) = request;
    rest(METHODS[usize::from(method) % METHODS.len()], target, body);
});
