//! The waiting room: first come, first served, and who is not there loses the place.

use kiosk_domain::queue::{RoomFull, RoomRules, Ticket, TicketStatus, WaitingRoom};
use proptest::prelude::{Just, Strategy, any, prop_oneof};

const RULES: RoomRules =
    RoomRules { is_active: true, is_by_staff: false, threshold: 2, absence_ms: 60_000 };

struct Door {
    room: WaitingRoom,
    rules: RoomRules,
    now_ms: i64,
}

impl Door {
    fn new(rules: RoomRules) -> Self {
        Self { room: WaitingRoom::default(), rules, now_ms: 1_000_000 }
    }

    /// The ticket is called as the client, with a `t`.
    fn take(&mut self, client: u128) -> Ticket {
        let id = format!("t{client}");
        self.room.take(client, id, self.now_ms, &self.rules).unwrap()
    }

    fn show(&mut self, ticket_id: &str) -> Ticket {
        self.room.show(ticket_id, self.now_ms, &self.rules).unwrap()
    }

    fn look_after(&mut self, seconds: i64) {
        self.now_ms += seconds * 1_000;
        self.room.look(self.now_ms, &self.rules);
    }

    fn claim(&mut self, ticket_id: &str, placed: bool) {
        assert!(self.room.claim(ticket_id, 1));
        self.room.settle_claim(ticket_id, 1, placed, self.now_ms);
    }

    /// `t1 t2 | t3`: who orders, and who waits.
    fn text(&self) -> String {
        let ids = |tickets: &mut dyn Iterator<Item = Ticket>| {
            tickets.map(|ticket| ticket.ticket_id).collect::<Vec<_>>().join(" ")
        };
        let ordering = ids(&mut self.room.ordering());
        format!("{ordering} | {}", ids(&mut self.room.waiting(&self.rules)))
    }
}

#[test]
fn the_first_may_order_at_once_and_the_others_when_one_is_done() {
    let mut door = Door::new(RULES);
    assert_eq!(door.take(1).status, TicketStatus::Admitted);
    door.take(2);
    let third = door.take(3);
    let told = (third.status, third.number, third.ahead);
    assert_eq!(told, (TicketStatus::Waiting, 3, 0));
    assert_eq!(door.take(4).ahead, 1);
    // The same client again has the same place.
    assert_eq!(door.take(3), third);
    assert_eq!(door.text(), "t1 t2 | t3 t4");
    door.claim("t1", true);
    assert_eq!(door.show("t1").status, TicketStatus::Used);
    door.look_after(1);
    assert_eq!(door.text(), "t2 t3 | t4");
    assert!(door.room.leave("t2", door.now_ms) && !door.room.leave("t2", door.now_ms));
    // Somebody waits: who comes now comes after them, though a place is free.
    assert_eq!(door.take(5).status, TicketStatus::Waiting);
    door.look_after(1);
    assert_eq!(door.text(), "t3 t4 | t5");
}

#[test]
fn who_was_not_seen_for_too_long_has_lost_the_place_and_the_next_one_has_it() {
    let mut door = Door::new(RULES);
    (1..=5).for_each(|client| drop(door.take(client)));
    door.look_after(60);
    assert_eq!(door.text(), "t1 t2 | t3 t4 t5");
    door.show("t2");
    door.show("t4");
    door.show("t5");
    door.look_after(1);
    assert_eq!(door.text(), "t2 t4 | t5");
    let lost = ["t1", "t3"].map(|ticket_id| door.show(ticket_id).status);
    assert_eq!(lost, [TicketStatus::Lost; 2]);
    // Showing it again does not bring it back, and its client may take another.
    let again = door.room.take(1, "t9".into(), door.now_ms, &door.rules).unwrap();
    assert_eq!((&*again.ticket_id, again.status), ("t9", TicketStatus::Waiting));
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_absent_and_nobody_eternal() {
    let mut door = Door::new(RULES);
    door.take(1);
    door.look_after(-1_000_000);
    assert_eq!(door.text(), "t1 | ");
    door.look_after(61);
    assert_eq!(door.text(), " | ");
}

#[test]
fn who_places_an_order_is_not_absent_and_no_second_order_goes_on_the_ticket() {
    let mut door = Door::new(RULES);
    door.take(1);
    assert!(door.room.claim("t1", 7) && door.room.claim("t1", 7));
    assert!(!door.room.claim("t1", 8), "another request");
    door.look_after(61);
    assert_eq!(door.text(), "t1 | ");
    door.room.settle_claim("t1", 8, true, door.now_ms);
    door.room.settle_claim("t1", 7, false, door.now_ms);
    assert_eq!(door.text(), "t1 | ");
    door.claim("t1", true);
    assert!(!door.room.claim("t1", 7) && !door.room.claim("t2", 7));
    assert_eq!(door.text(), " | ");
}

#[test]
fn the_admin_opens_the_door_closes_it_and_lets_people_in_one_by_one() {
    let mut door = Door::new(RoomRules { is_by_staff: true, ..RULES });
    (1..=5).for_each(|client| drop(door.take(client)));
    door.look_after(1);
    assert_eq!(door.text(), " | t1 t2 t3 t4 t5");
    assert_eq!(door.room.admit(1, door.now_ms), 1);
    assert_eq!(door.text(), "t1 | t2 t3 t4 t5");
    door.rules = RULES;
    door.look_after(1);
    assert_eq!(door.text(), "t1 t2 | t3 t4 t5");
    // Beyond the threshold, too; fewer than before leave nobody outside who was in.
    assert_eq!(door.room.admit(1, door.now_ms), 1);
    door.rules.threshold = 1;
    door.look_after(1);
    assert_eq!(door.text(), "t1 t2 t3 | t4 t5");
    door.rules.is_active = false;
    door.look_after(1);
    assert_eq!(door.text(), "t1 t2 t3 t4 t5 | ");
    assert_eq!(door.take(6).status, TicketStatus::Admitted);
    assert_eq!(door.room.admit(9, door.now_ms), 0);
}

#[test]
fn one_more_than_there_is_room_for_is_refused() {
    let mut door = Door::new(RoomRules { is_by_staff: true, ..RULES });
    (1..=1_000).for_each(|client| drop(door.take(client)));
    let refused = door.room.take(1_001, "t".into(), door.now_ms, &door.rules);
    assert_eq!(refused, Err(RoomFull));
    assert_eq!(door.take(1_000).ahead, 999);
    assert_eq!(door.room.admit(usize::MAX, door.now_ms), 1_000);
    (1_001..=2_000).for_each(|client| drop(door.take(client)));
    assert_eq!(door.room.admit(1, door.now_ms), 0);
}

#[test]
fn a_wait_is_what_people_took_lately_by_turns_and_places() {
    let mut door = Door::new(RULES);
    for client in 1..=6 {
        door.take(client);
        door.now_ms += 40_000;
        door.claim(&format!("t{client}"), true);
    }
    (7..=12).for_each(|client| drop(door.take(client)));
    // Four wait; two order at once, for 40 s each.
    let waits = door.room.waiting(&door.rules).map(|ticket| ticket.wait.likely_ms / 1_000);
    assert_eq!(waits.collect::<Vec<_>>(), [20, 40, 60, 80]);
    let first = door.room.waiting(&door.rules).next().unwrap().wait;
    assert!(first.earliest_ms < 20_000 && first.latest_ms > 20_000, "{first:?}");
}

#[derive(Debug, Clone)]
enum Step {
    Take(u128),
    Show(u128),
    Leave(u128),
    Place(u128, bool),
    Admit(usize),
    Wait(i64),
    Rules(bool, bool, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let client = || 0..12_u128;
    prop_oneof![
        5 => client().prop_map(Step::Take),
        5 => client().prop_map(Step::Show),
        1 => client().prop_map(Step::Leave),
        3 => (client(), any::<bool>()).prop_map(|(client, placed)| Step::Place(client, placed)),
        1 => (0..3_usize).prop_map(Step::Admit),
        6 => (0..25_000_i64).prop_map(Step::Wait),
        1 => (any::<bool>(), any::<bool>(), 1..5_usize)
            .prop_map(|(active, staff, threshold)| Step::Rules(active, staff, threshold)),
        1 => Just(Step::Rules(true, false, 2)),
    ]
}

proptest::proptest! {
    #[test]
    fn whatever_happens_it_is_first_come_first_served(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut door = Door::new(RULES);
        // What each ticket was when it was looked at last, by number.
        let mut known: Vec<Ticket> = Vec::new();
        for (at, step) in steps.into_iter().enumerate() {
            let ids = |client: u128| {
                let with_key = |ticket: &&Ticket| ticket.ticket_id.starts_with(&format!("{client}-"));
                known.iter().rev().find(with_key).map(|ticket| ticket.ticket_id.clone())
            };
            let (mut ordering, mut let_in) = (door.room.ordering().len(), 0);
            match step {
                Step::Take(client) => {
                    let id = format!("{client}-{at}");
                    let ticket = door.room.take(client, id, door.now_ms, &door.rules).unwrap();
                    if ticket.ticket_id.ends_with(&format!("-{at}")) {
                        known.push(ticket);
                    }
                }
                Step::Show(client) => if let Some(id) = ids(client) { drop(door.show(&id)) },
                Step::Leave(client) => if let Some(id) = ids(client) { door.room.leave(&id, door.now_ms); },
                Step::Place(client, placed) => if let Some(id) = ids(client) && door.room.claim(&id, 1) {
                    door.room.settle_claim(&id, 1, placed, door.now_ms);
                },
                Step::Admit(count) => let_in = door.room.admit(count, door.now_ms),
                Step::Wait(ms) => door.now_ms += ms,
                Step::Rules(is_active, is_by_staff, threshold) => {
                    door.rules = RoomRules { is_active, is_by_staff, threshold, ..RULES };
                }
            }
            ordering += let_in;
            door.room.look(door.now_ms, &door.rules);
            let places = match door.rules {
                RoomRules { is_active: false, .. } => usize::MAX,
                RoomRules { is_by_staff: true, .. } => 0,
                RoomRules { threshold, .. } => threshold,
            };
            let now_ordering = door.room.ordering().len();
            proptest::prop_assert!(now_ordering <= ordering.max(places), "nobody is let in beyond");
            let waiting: Vec<Ticket> = door.room.waiting(&door.rules).collect();
            proptest::prop_assert!(waiting.is_empty() || now_ordering >= places, "no place is left empty");
            proptest::prop_assert!(waiting.is_sorted_by(|a, b| a.number < b.number));
            for ticket in &mut known {
                let now = door.room.ticket(&ticket.ticket_id, &door.rules).unwrap();
                let absent_ms = door.now_ms - now.seen_ms;
                match now.status {
                    TicketStatus::Waiting => proptest::prop_assert!(now.ahead <= ticket.ahead),
                    TicketStatus::Admitted if ticket.status == TicketStatus::Waiting => {
                        let is_first = waiting.iter().all(|other| other.number > now.number);
                        proptest::prop_assert!(is_first, "{now:?} before {waiting:?}");
                    }
                    TicketStatus::Lost if ticket.status != TicketStatus::Lost => {
                        proptest::prop_assert!(absent_ms > RULES.absence_ms, "{now:?}");
                    }
                    _ => {}
                }
                if matches!(now.status, TicketStatus::Waiting | TicketStatus::Admitted) {
                    proptest::prop_assert!(absent_ms <= RULES.absence_ms, "{now:?}");
                }
                *ticket = now;
            }
        }
    }
}
