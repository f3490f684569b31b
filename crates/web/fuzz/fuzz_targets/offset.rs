//! Any text as the place where a Socket.IO client was: what was understood can be said again.
#![no_main]

use kiosk_web::fuzzing::offset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| offset(text));
