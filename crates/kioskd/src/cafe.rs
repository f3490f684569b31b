//! The demo's café.

use anyhow::Context as _;
use futures_util::future::join_all;
use kiosk_domain::{Actor, Amount, Command, SeatCommand, SecretChange, SecretHash};
use kiosk_hub::{Hub, Request};
use kiosk_proto::v1::{
    Cell, CellMember, CellMemberChanged, MenuCategory, MenuItem, Seat, role::Value as Role,
};
use serde::Deserialize;

const CAFE: &str = include_str!("../demo/cafe.json");

/// Begins the ids of the demo's requests, so that none is like a client's.
const REQUEST_IDS: u128 = 0xde30_0000_0000_4000_8000_0000_0000_0000;

#[derive(Deserialize)]
struct Cafe {
    menu: Vec<MenuItem>,
    cells: Vec<Cell>,
    seats: Vec<Seat>,
    /// Items are in the category that is named as theirs.
    categories: Vec<MenuCategory>,
    /// All with the PIN that the README tells.
    members: Vec<CellMemberChanged>,
}

/// Puts the café into a new box; what someone has changed stays.
pub(crate) async fn open(hub: &Hub) -> anyhow::Result<()> {
    let cafe: Cafe = serde_json::from_str(CAFE).context("the demo's café")?;
    let Cafe { menu, cells, seats, categories, members } = cafe;
    let charges: Vec<Command> = cells.iter().filter_map(charge).collect();
    let menu = menu.into_iter().map(Command::PutMenuItem);
    let things: Vec<Command> = menu.chain(cells.into_iter().map(put)).collect();
    let seats: Vec<Command> =
        seats.into_iter().map(|seat| Command::Seat(SeatCommand::Put(seat))).collect();
    let headings = categories.into_iter().map(Command::PutMenuCategory);
    let people: Vec<Command> = headings.chain(members.into_iter().filter_map(member)).collect();
    let groups = [things, charges, seats, people];
    // Each is one event, and they are the first of the log. With fewer, the box was switched off
    // half-way: what is there already is answered by its request id.
    if hub.snapshot().position.seq >= groups.iter().map(|group| group.len() as u64).sum() {
        return Ok(());
    }
    let mut request_ids = REQUEST_IDS..;
    // A cell must be there to be charged. All else is submitted at once, so that it shares a sync. New
    // things come last, or a box that was half-way would take their request ids for others.
    for commands in groups {
        let submitted = commands.into_iter().zip(&mut request_ids).map(|(command, request_id)| {
            let actor = Actor { role: Role::Admin, id: 0, name: "demo".into() };
            hub.submit(Request { request_id, fingerprint: 0, command, actor })
        });
        for committed in join_all(submitted).await {
            committed.context("the demo's café")?;
        }
    }
    Ok(())
}

fn put(cell: Cell) -> Command {
    let Cell { cell_id, name, credit_limit, .. } = cell;
    Command::PutCell { cell_id, name, credit_limit }
}

fn charge(cell: &Cell) -> Option<Command> {
    let Cell { cell_id, balance, .. } = *cell;
    let amount = Amount::new(balance)?;
    Some(Command::ChargeCell { cell_id, amount, reason: "demo".into() })
}

fn member(it: CellMemberChanged) -> Option<Command> {
    let CellMember { member_id, name, pin_hash, .. } = it.member?;
    let pin = pin_hash.and_then(SecretHash::new).map_or(SecretChange::Keep, SecretChange::Set);
    Some(Command::PutCellMember { cell_id: it.cell_id, member_id, name, pin })
}
