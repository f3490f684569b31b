//! The MQTT wire against other people's programs: Debian's `mosquitto` and `mosquitto-clients`.

#![allow(clippy::unwrap_used, reason = "an error ends the test, in helpers too")]

mod access;
mod acl_files;
mod bridge;
mod broker;
mod cafe;
mod gate;
mod link;
mod mosquitto;
