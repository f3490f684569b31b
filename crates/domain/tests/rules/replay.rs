use std::collections::BTreeMap;

use kiosk_domain::{Change, OrderKey, State, decide};
use kiosk_proto::v1::{Event, event::Payload};
use proptest::{prelude::*, sample::subsequence};
use prost::Message as _;

use crate::{
    cafe::{MORNING_MS, stamp},
    steps::{Step, steps},
    world::World,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_journal_replays_to_the_identical_state(steps in steps()) {
        let world = play(&steps);
        let mut replayed = State::default();
        for event in &world.journal {
            let bytes = Event { payload: Some(event.clone()), ..Event::default() }.encode_to_vec();
            let event = Event::decode(&*bytes).unwrap().payload.unwrap();
            replayed.apply(&event);
        }
        prop_assert_eq!(replayed, world.state);
    }

    #[test]
    fn saved_changes_restore_the_identical_state_after_every_event(steps in steps()) {
        let mut state = State::default();
        let mut saved = Saved::default();
        for event in &play(&steps).journal {
            saved.save(state.apply(event));
            let mut restored = State::with_counters(state.counters());
            // Backwards: the order of restoring is not to matter.
            saved.changes().rev().for_each(|change| restored.restore(change));
            prop_assert_eq!(&restored, &state);
        }
    }

    #[test]
    fn a_log_with_holes_is_read_to_its_end((kept, more) in (holes(), steps())) {
        let mut state = State::default();
        for event in &kept {
            state.apply(event);
        }
        // And the café goes on from there.
        for step in &more {
            let stamp = stamp(MORNING_MS + step.jump_ms, step.random, step.role);
            let ids: Vec<&str> = state.orders().map(|order| &*order.order_id).collect();
            if let Ok(events) = decide(&state, &step.command(&ids), &stamp) {
                events.iter().for_each(|event| drop(state.apply(event)));
            }
        }
    }
}

fn play(steps: &[Step]) -> World {
    let mut world = World::open();
    for step in steps {
        // Refused or not: the journal is what was not.
        let _ = world.step(step);
    }
    world
}

/// A journal without some of its events, and in no order.
fn holes() -> impl Strategy<Value = Vec<Payload>> {
    steps().prop_flat_map(|steps| {
        let journal = play(&steps).journal;
        let count = journal.len();
        prop_oneof![
            subsequence(journal.clone(), count / 2..=count),
            subsequence(journal, count / 2..=count).prop_shuffle(),
        ]
    })
}

/// What a store has: the newest of each entity, and no order that has left the working set.
#[derive(Default)]
struct Saved {
    orders: BTreeMap<OrderKey, Change>,
    menu: BTreeMap<i32, Change>,
    categories: BTreeMap<i32, Change>,
    cells: BTreeMap<i32, Change>,
    members: BTreeMap<(i32, i32), Change>,
    settings: BTreeMap<String, Change>,
    seats: BTreeMap<String, Change>,
    messages: BTreeMap<i32, Change>,
    bells: BTreeMap<i32, Change>,
    incidents: BTreeMap<String, Change>,
    devices: BTreeMap<i32, Change>,
    staff: BTreeMap<i32, Change>,
}

impl Saved {
    fn save(&mut self, changes: Vec<Change>) {
        for change in changes {
            match &change {
                Change::Order(order) => drop(self.orders.insert(OrderKey::of(order), change)),
                Change::OrderRetired(key) => drop(self.orders.remove(key)),
                Change::MenuItem(item) => drop(self.menu.insert(item.menu_id, change)),
                Change::MenuItemDeleted(id) => drop(self.menu.remove(id)),
                Change::MenuCategory(it) => drop(self.categories.insert(it.category_id, change)),
                Change::MenuCategoryDeleted(id) => drop(self.categories.remove(id)),
                Change::Cell(cell) => drop(self.cells.insert(cell.cell.cell_id, change)),
                Change::CellMember { cell_id, member } => {
                    self.members.insert((*cell_id, member.member.member_id), change);
                }
                Change::CellMemberDeleted { cell_id, member_id } => {
                    self.members.remove(&(*cell_id, *member_id));
                }
                Change::Setting { key, .. } => drop(self.settings.insert(key.clone(), change)),
                Change::Seat(seat) => drop(self.seats.insert(seat.seat_id.clone(), change)),
                Change::SeatDeleted(id) => drop(self.seats.remove(id)),
                Change::Message(m) => drop(self.messages.insert(m.message_num, change)),
                Change::MessageRetired(num) => drop(self.messages.remove(num)),
                Change::Bell(bell) => drop(self.bells.insert(bell.bell_id, change)),
                Change::BellAnswered(id) => drop(self.bells.remove(id)),
                Change::Incident(it) => {
                    self.incidents.insert(it.incident_id.clone(), change);
                }
                Change::IncidentRetired(id) => drop(self.incidents.remove(id)),
                Change::Staff(it) => drop(self.staff.insert(it.member.staff_id, change)),
                Change::StaffDeleted(id) => drop(self.staff.remove(id)),
                Change::Device(it) => drop(self.devices.insert(it.device.device_id, change)),
                Change::DeviceRevoked(id) => drop(self.devices.remove(id)),
                Change::Ledger(_) | Change::DayClosed(_) | Change::Audit(_) => {}
            }
        }
    }

    fn changes(&self) -> impl DoubleEndedIterator<Item = Change> {
        let orders = self.orders.values().chain(self.menu.values());
        let orders = orders.chain(self.categories.values());
        let cells = self.cells.values().chain(self.members.values());
        let tables = self.seats.values().chain(self.messages.values()).chain(self.bells.values());
        let tables = tables.chain(self.incidents.values());
        let tables = tables.chain(self.devices.values()).chain(self.staff.values());
        orders.chain(cells).chain(self.settings.values()).chain(tables).cloned()
    }
}
