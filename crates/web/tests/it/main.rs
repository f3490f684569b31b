//! The web server as screens meet it: over TCP, on a port of its own.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod added_method;
mod cafe;
mod calls;
mod churn;
mod connect;
mod crowd;
mod dialects;
mod frames;
mod heartbeat;
mod hostile;
mod hostile_http;
mod http;
mod http_client;
mod images;
mod lag;
mod pages;
mod poller;
mod presence;
mod queue;
mod reader;
mod refusals;
mod rest;
mod resume;
mod rules;
mod screens;
mod secrets;
mod socket_io;
mod stalled;
mod tls;
mod tunnel;
mod who;
