//! The rules of the café, from outside: tables of cases, and random sequences of commands against
//! a simple model.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but does not see that helpers are such

mod cafe;
mod model;
mod model_menu;
mod steps;
mod world;

mod categories;
mod cells;
mod extremes;
mod import;
mod menu;
mod money_and_stock;
mod orders;
mod pricing;
mod replay;
mod stock;
mod transitions;
