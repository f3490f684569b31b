use kiosk_proto::v1::{Person, SettingChanged, event::Payload, ledger_type::Value as LedgerType};

use crate::{
    Command, Rejection, Stamp, State, bell, category, cell, day, device, incident, lines, member,
    menu, menu_import, message, order, seat, settings, staff, stock, time_out,
};

/// What a command makes happen, as events to journal and then [`State::apply`]; or why not.
///
/// No events: everything is already as the command wants it.
pub fn decide(state: &State, command: &Command, stamp: &Stamp) -> Result<Vec<Payload>, Rejection> {
    match command {
        Command::PlaceOrder(wish) => order::place(state, wish, stamp),
        Command::SetOrderStatus { order_id, status } => {
            order::set_status(state, order_id, *status, stamp)
        }
        Command::RecallOrder { order_id } => order::recall(state, order_id, stamp),
        Command::CancelOrder { order_id, reason } => order::cancel(state, order_id, reason, stamp),
        Command::BumpLines { order_id, lines } => lines::bump(state, order_id, lines, stamp),
        Command::RecallLines { order_id, lines } => lines::recall(state, order_id, lines, stamp),
        Command::SetPriority { order_id, is_priority } => {
            order::set_priority(state, order_id, *is_priority, stamp)
        }
        Command::CancelLines { order_id, parts, reason } => {
            lines::cancel(state, order_id, parts, reason, stamp)
        }
        Command::RemakeLines { order_id, parts, reason } => {
            lines::remake(state, order_id, parts, reason, stamp)
        }
        Command::AddToOrder { order_id, items, expected_total } => {
            lines::add(state, order_id, items, *expected_total, stamp)
        }
        Command::PutMenuItem(item) => menu::put(state, item),
        Command::DeleteMenuItem { menu_id } => menu::delete(state, *menu_id, stamp),
        Command::SetSoldOut { menu_id, is_sold_out } => {
            menu::set_sold_out(state, *menu_id, *is_sold_out, stamp)
        }
        Command::SetOptionSoldOut { menu_id, option_id, is_sold_out } => {
            menu::set_option_sold_out(state, *menu_id, *option_id, *is_sold_out, stamp)
        }
        Command::SetStock(counts) => stock::set(state, counts, stamp),
        Command::Restock(counts) => stock::restock(state, counts, stamp),
        Command::SetMenuImage { menu_id, image } => menu::set_image(state, *menu_id, image),
        Command::ImportMenu { categories, items } => menu_import::import(state, categories, items),
        Command::PutMenuCategory(category) => category::put(state, category),
        Command::DeleteMenuCategory { category_id } => category::delete(state, *category_id, stamp),
        Command::PutCell { cell_id, name, credit_limit } => {
            cell::put(state, *cell_id, name, *credit_limit)
        }
        Command::ChargeCell { cell_id, amount, reason } => {
            cell::enter(state, *cell_id, LedgerType::Charge, amount.get(), reason, stamp)
        }
        Command::RefundCell { cell_id, amount, reason } => {
            cell::enter(state, *cell_id, LedgerType::Refund, amount.get(), reason, stamp)
        }
        Command::AdjustCell { cell_id, amount, reason } => {
            cell::enter(state, *cell_id, LedgerType::Adjust, amount.get(), reason, stamp)
        }
        Command::TransferPoints { from_cell_id, to_cell_id, amount, reason } => {
            cell::transfer(state, *from_cell_id, *to_cell_id, amount.get(), reason, stamp)
        }
        Command::ArchiveCell { cell_id, is_archived } => {
            cell::archive(state, *cell_id, *is_archived)
        }
        Command::PutCellMember { cell_id, member_id, name, pin } => {
            member::put(state, *cell_id, *member_id, name, pin, stamp)
        }
        Command::DeleteCellMember { cell_id, member_id } => {
            member::delete(state, *cell_id, *member_id, stamp)
        }
        Command::Seat(command) => seat::decide(state, command, stamp),
        Command::SendMessage { room, text, sender } => {
            message::send(state, room, text, sender, stamp)
        }
        Command::Bell(command) => bell::decide(state, command, stamp),
        Command::Device(command) => device::decide(state, command, stamp),
        Command::Staff(command) => staff::decide(state, command, stamp),
        Command::CloseDay(report) => day::decide(state, report, stamp),
        Command::TimeOut => Ok(time_out::decide(state, stamp)),
        Command::StartIncident(fault) => Ok(vec![incident::start(fault, stamp)]),
        Command::ResolveIncident { incident_id } => incident::resolve(state, incident_id, stamp),
        Command::SetSetting { key, value } => set_setting(state, key, value, stamp),
    }
}

fn set_setting(
    state: &State,
    key: &str,
    value: &str,
    stamp: &Stamp,
) -> Result<Vec<Payload>, Rejection> {
    settings::check(key, value)?;
    if key == "stations" {
        menu::check_stations(state, value)?;
    }
    if state.settings.get(key) == Some(value) {
        return Ok(Vec::new());
    }
    Ok(vec![Payload::SettingsChanged(SettingChanged {
        key: key.into(),
        value: value.into(),
        updated_by: Some(Person { id: stamp.actor.id, name: stamp.actor.name.clone() }),
        updated_at: Some(stamp.now),
    })])
}
