//! Any text as a frame of `/ws`: reading it ends, and never panics.
#![no_main]

use kiosk_web::fuzzing::frame;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| frame(text));
