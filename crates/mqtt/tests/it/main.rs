//! The MQTT wire against other people's programs: Debian's `mosquitto` and `mosquitto-clients`.

mod broker;
mod link;
mod mosquitto;
