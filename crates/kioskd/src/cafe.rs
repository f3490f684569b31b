//! The demo's café.

use anyhow::Context as _;
use kiosk_domain::{Actor, Amount, Command};
use kiosk_hub::{Hub, Request};
use kiosk_proto::v1::{Cell, MenuItem, role::Value as Role};
use serde::Deserialize;

const CAFE: &str = include_str!("../demo/cafe.json");

/// Begins the ids of the demo's requests, so that none is like a client's.
const REQUEST_IDS: u128 = 0xde30_0000_0000_4000_8000_0000_0000_0000;

#[derive(Deserialize)]
struct Cafe {
    menu: Vec<MenuItem>,
    cells: Vec<Cell>,
}

/// Puts the café into a box that has no menu yet; what someone has changed stays.
pub(crate) async fn open(hub: &Hub) -> anyhow::Result<()> {
    if !hub.snapshot().state.menu().is_empty() {
        return Ok(());
    }
    let cafe: Cafe = serde_json::from_str(CAFE).context("the demo's café")?;
    let menu = cafe.menu.into_iter().map(Command::PutMenuItem);
    let cells = cafe.cells.into_iter().flat_map(cell);
    for (command, number) in menu.chain(cells).zip(0..) {
        let actor = Actor { role: Role::Admin, id: 0, name: "demo".into() };
        let request = Request { request_id: REQUEST_IDS + number, fingerprint: 0, command, actor };
        hub.submit(request).await.context("the demo's café")?;
    }
    Ok(())
}

fn cell(cell: Cell) -> impl Iterator<Item = Command> {
    let Cell { cell_id, name, balance, credit_limit } = cell;
    let charge = Amount::new(balance).map(|amount| Command::ChargeCell {
        cell_id,
        amount,
        reason: "demo".into(),
    });
    [Command::PutCell { cell_id, name, credit_limit }].into_iter().chain(charge)
}
