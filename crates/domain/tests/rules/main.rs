//! The rules of the café, from outside: tables of cases, and random sequences of commands against
//! a simple model.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but does not see that helpers are such

mod cafe;
mod kitchen;
mod model;
mod model_days;
mod model_devices;
mod model_lines;
mod model_menu;
mod steps;
mod tables;
mod world;

mod bells;
mod categories;
mod cells;
mod days;
mod devices;
mod extreme_folds;
mod extremes;
mod hours;
mod import;
mod lines;
mod menu;
mod messages;
mod money_and_stock;
mod orders;
mod pricing;
mod queue;
mod replay;
mod seats;
mod stock;
mod transitions;
mod waiting_room;
