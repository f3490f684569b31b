//! Tables, bells and messages: lines of text for [`Cafe`](crate::cafe::Cafe), random steps, and
//! their part of the model.

use std::collections::{BTreeMap, BTreeSet};

use kiosk_domain::{BellCommand, Command, PlaceOrder, SeatCommand, Stamp};
use kiosk_proto::v1::{
    Bell, Seat, event::Payload, order_status::Value as Status, role::Value as Role,
    seat_status::Value as SeatStatus,
};
use proptest::{prelude::*, sample::select};

use crate::{
    model::{Model, Order},
    steps::order_id,
    world::World,
};

/// `plan ID NAME`, `unplan ID`, `hold ID HOLDER`, `sit ID HOLDER ORDER`, `free ID [HOLDER]`, `move
/// FROM TO [HOLDER]`, `ring seat|order|place ID`, `answer BELL`, `say ROOM TEXT`, `tick`.
pub(crate) fn command(words: &[&str], order_id: impl Fn(&str) -> String) -> Command {
    let [first, rest @ ..] = words else { panic!("an empty line") };
    let text = |at: usize| rest.get(at).copied().unwrap_or_default().to_owned();
    let seat = match *first {
        "plan" => SeatCommand::Put(plan(rest[0], rest[1])),
        "unplan" => SeatCommand::Delete { seat_id: text(0) },
        "hold" => {
            SeatCommand::Select { seat_id: text(0), holder: text(1), order_id: String::new() }
        }
        "sit" => {
            SeatCommand::Select { seat_id: text(0), holder: text(1), order_id: order_id(rest[2]) }
        }
        "free" => SeatCommand::Release { seat_id: text(0), holder: text(1) },
        "move" => SeatCommand::Move { from: text(0), to: text(1), holder: text(2) },
        "ring" => {
            let order_id = if rest[0] == "order" { order_id(rest[1]) } else { String::new() };
            let seat_id = if rest[0] == "seat" { text(1) } else { String::new() };
            let place = if rest[0] == "place" { text(1) } else { String::new() };
            let reason = String::new();
            return Command::Bell(BellCommand::Ring { order_id, seat_id, place, reason });
        }
        "answer" => {
            let (bell_id, answered_by) = (rest[0].parse().unwrap(), String::new());
            return Command::Bell(BellCommand::Answer { bell_id, answered_by });
        }
        "say" => {
            let sender = String::new();
            return Command::SendMessage { room: text(0), text: rest[1..].join(" "), sender };
        }
        "tick" => return Command::TimeOut,
        _ => panic!("not a line: {words:?}"),
    };
    Command::Seat(seat)
}

pub(crate) fn plan(seat_id: &str, name: &str) -> Seat {
    let (seat_id, name) = (seat_id.into(), name.into());
    Seat { seat_id, name, width: 10, height: 10, seats: 2, ..Seat::default() }
}

pub(crate) fn event_text(event: &Payload) -> String {
    match event {
        Payload::SeatChanged(e) => format!("{} is on the plan", e.name),
        Payload::SeatDeleted(e) => format!("{} is off the plan", e.name),
        Payload::SeatSelected(e) if e.order_id.is_empty() => {
            format!("{} held by {}", e.seat_id, e.holder)
        }
        Payload::SeatSelected(e) => format!("{} occupied", e.seat_id),
        Payload::SeatReleased(e) => format!("{} {}", e.seat_id, e.reason().as_str_name()),
        Payload::BellRung(e) if e.place.is_empty() => {
            format!("bell {} rings {}", e.bell_id, e.rings)
        }
        Payload::BellRung(e) => format!("bell {} at {} rings {}", e.bell_id, e.place, e.rings),
        Payload::BellAnswered(e) => {
            let name = &e.answered_by.as_ref().unwrap().name;
            format!("bell {} after {} s by {name}", e.bell_id, e.waited_seconds)
        }
        Payload::BellEscalated(e) => format!("bell {} again", e.bell_id),
        Payload::MessageCreated(e) => {
            let name = &e.sender.as_ref().unwrap().name;
            format!("{} {name} in {}: {}", e.message_id, e.room, e.text)
        }
        other => panic!("not an event of the rules: {other:?}"),
    }
}

pub(crate) fn seat_id() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(vec!["a", "b", "c"]), 1 => Just("d")]
}

pub(crate) fn holder() -> impl Strategy<Value = &'static str> {
    select(vec!["k1", "k1", "k2", ""])
}

pub(crate) fn step() -> impl Strategy<Value = Command> {
    let sits = prop_oneof![3 => Just(String::new()), 1 => order_id()];
    let seat = prop_oneof![
        1 => seat_id().prop_map(|id| SeatCommand::Put(plan(id, id))),
        1 => seat_id().prop_map(|id| SeatCommand::Delete { seat_id: id.into() }),
        8 => (seat_id(), holder(), sits).prop_map(|(id, holder, order_id)| {
            SeatCommand::Select { seat_id: id.into(), holder: holder.into(), order_id }
        }),
        4 => (seat_id(), holder()).prop_map(|(id, holder)| {
            SeatCommand::Release { seat_id: id.into(), holder: holder.into() }
        }),
        4 => (seat_id(), seat_id(), holder()).prop_map(|(from, to, holder)| {
            SeatCommand::Move { from: from.into(), to: to.into(), holder: holder.into() }
        }),
    ];
    let called = prop_oneof![Just(String::new()), order_id()];
    let from = prop_oneof![Just(""), seat_id()];
    let ring = (called, from, select(vec!["", "Door"])).prop_map(|(order_id, seat_id, place)| {
        let (seat_id, place) = (seat_id.into(), place.into());
        BellCommand::Ring { order_id, seat_id, place, reason: String::new() }
    });
    let answer =
        (1..6).prop_map(|bell_id| BellCommand::Answer { bell_id, answered_by: "J".into() });
    let say = select(vec!["", "hello"]).prop_map(|text| Command::SendMessage {
        room: "kitchen".into(),
        text: text.into(),
        sender: String::new(),
    });
    prop_oneof![
        16 => seat.prop_map(Command::Seat),
        2 => ring.prop_map(Command::Bell),
        2 => answer.prop_map(Command::Bell),
        1 => say,
        2 => Just(Command::TimeOut),
    ]
}

#[derive(Default)]
pub(crate) struct Tables {
    /// Who has each.
    seats: BTreeMap<String, Option<Taker>>,
    /// Order, seat and place of each that waits.
    pub(crate) bells: BTreeMap<i32, [String; 3]>,
    newest_bell: i32,
    messages: usize,
}

#[derive(Clone, PartialEq)]
struct Taker {
    holder: String,
    /// Empty: a hold.
    order_id: String,
    since_ms: i64,
    length_ms: i64,
}

impl Taker {
    fn is_over(&self, now_ms: i64) -> bool {
        let passed = now_ms - self.since_ms;
        self.order_id.is_empty() && !(-self.length_ms..self.length_ms).contains(&passed)
    }

    fn objection(&self) -> &'static str {
        if self.order_id.is_empty() { "SeatHeld" } else { "SeatOccupied" }
    }
}

impl Tables {
    pub(crate) fn knows(&self, seat_id: &str) -> bool {
        self.seats.contains_key(seat_id)
    }

    /// Who has the seat at that time.
    fn taker(&self, seat_id: &str, now_ms: i64) -> Option<&Taker> {
        self.seats.get(seat_id)?.as_ref().filter(|taker| !taker.is_over(now_ms))
    }

    /// The order and the seat that a bell is of.
    pub(crate) fn caller(&self, order_id: &str, seat_id: &str) -> (String, String) {
        let sits = |(_, taker): &(&String, &Option<Taker>)| {
            taker.as_ref().is_some_and(|it| !order_id.is_empty() && it.order_id == order_id)
        };
        if seat_id.is_empty() {
            let seat = self.seats.iter().find(sits).map(|(seat_id, _)| seat_id.clone());
            return (order_id.into(), seat.unwrap_or_default());
        }
        let sitting = self.seats.get(seat_id).and_then(Option::as_ref);
        let sitting = sitting.map(|taker| taker.order_id.clone()).unwrap_or_default();
        (if order_id.is_empty() { sitting } else { order_id.into() }, seat_id.into())
    }
}

fn holder_of(holder: &str, stamp: &Stamp) -> String {
    if holder.is_empty() { stamp.actor.name.clone() } else { holder.into() }
}

impl Model {
    pub(crate) fn objections_to_seating(
        &self,
        command: &SeatCommand,
        stamp: &Stamp,
    ) -> BTreeSet<&'static str> {
        let mut no = BTreeSet::new();
        let (seats, holder) = match command {
            SeatCommand::Put(_) => return no,
            SeatCommand::Delete { seat_id } => (vec![seat_id], ""),
            SeatCommand::Select { seat_id, holder, order_id } => {
                let order = self.order(order_id);
                if !order_id.is_empty() && order.is_none_or(|o| o.status == Status::Cancelled) {
                    no.insert("OrderNotFound");
                }
                (vec![seat_id], &**holder)
            }
            SeatCommand::Release { seat_id, holder } => (vec![seat_id], &**holder),
            SeatCommand::Move { from, to, holder } => (vec![from, to], &**holder),
        };
        if seats.iter().any(|seat_id| !self.tables.knows(seat_id)) {
            no.insert("SeatNotFound");
            return no;
        }
        let taker = |at: usize| self.tables.taker(seats[at], stamp.now.as_ms());
        let is_own = taker(0).is_some_and(|taker| {
            taker.order_id.is_empty() && taker.holder == holder_of(holder, stamp)
        });
        let is_staff = stamp.actor.role != Role::Kiosk && stamp.actor.role != Role::Customer;
        let by_staff = holder.is_empty() && is_staff;
        let stands = |taker: &Taker| match command {
            SeatCommand::Select { order_id, .. } => {
                !is_own && (order_id.is_empty() || *order_id != taker.order_id)
            }
            SeatCommand::Delete { .. } => true,
            _ => !is_own && !by_staff,
        };
        no.extend(taker(0).filter(|taker| stands(taker)).map(Taker::objection));
        if let SeatCommand::Move { from, to, .. } = command {
            if taker(0).is_none() {
                no.insert("SeatFree");
            } else if from != to {
                no.extend(taker(1).map(Taker::objection));
            }
        }
        no
    }

    /// Tables whose order was closed on a day before that of the order that is placed now.
    fn left_over(&self, stamp: &Stamp) -> Vec<String> {
        let is_new_day = self.day < Some(self.day_of(stamp));
        let is_open = |id: &str| {
            let order = self.order(id);
            order.is_some_and(|o| ![Status::Completed, Status::Cancelled].contains(&o.status))
        };
        let is_left = |taker: &Taker| !taker.order_id.is_empty() && !is_open(&taker.order_id);
        let seats = self.tables.seats.iter();
        let left = seats.filter(|(_, taker)| is_new_day && taker.as_ref().is_some_and(is_left));
        left.map(|(seat_id, _)| seat_id.clone()).collect()
    }

    pub(crate) fn objections_to_sitting(
        &self,
        wish: &PlaceOrder,
        stamp: &Stamp,
    ) -> Option<&'static str> {
        let is_named = !wish.seat_id.is_empty();
        let seat_id = if is_named { &wish.seat_id } else { &wish.table };
        if !self.tables.knows(seat_id) {
            return is_named.then_some("SeatNotFound");
        }
        let taker = self.tables.taker(seat_id, stamp.now.as_ms())?;
        let is_own =
            taker.order_id.is_empty() && taker.holder == holder_of(&wish.seat_holder, stamp);
        let is_further = !is_named && !taker.order_id.is_empty();
        let is_left = self.left_over(stamp).contains(seat_id);
        (!is_own && !is_further && !is_left).then(|| taker.objection())
    }

    pub(crate) fn obey_at_tables(
        &mut self,
        command: &Command,
        stamp: &Stamp,
        new_order_id: Option<&str>,
    ) {
        let now_ms = stamp.now.as_ms();
        let seconds: i64 = self.setting("seat_hold_seconds", "120").parse().unwrap();
        let taker = |holder: &str, order_id: &str| Taker {
            holder: holder_of(holder, stamp),
            order_id: order_id.into(),
            since_ms: now_ms,
            length_ms: seconds * 1_000,
        };
        match command {
            Command::Seat(SeatCommand::Put(plan)) => {
                self.tables.seats.entry(plan.seat_id.clone()).or_default();
            }
            Command::Seat(SeatCommand::Delete { seat_id }) => {
                self.tables.seats.remove(seat_id);
            }
            Command::Seat(SeatCommand::Select { seat_id, holder, order_id }) => {
                let seat = self.tables.seats.get_mut(seat_id).unwrap();
                let stays = seat.as_ref().is_some_and(|old| old.order_id == *order_id);
                if order_id.is_empty() || !stays {
                    *seat = Some(taker(holder, order_id));
                    self.serve_at(seat_id, |order| order.id == *order_id && order.table.is_empty());
                }
            }
            Command::Seat(SeatCommand::Release { seat_id, .. }) => {
                self.tables.seats.insert(seat_id.clone(), None);
            }
            Command::Seat(SeatCommand::Move { from, to, .. }) if from != to => {
                let mut taker = self.tables.seats.insert(from.clone(), None).flatten();
                if let Some(taker) = &mut taker {
                    taker.length_ms -= now_ms - taker.since_ms;
                    taker.since_ms = now_ms;
                }
                let sitting = taker.as_ref().map(|taker| taker.order_id.clone());
                self.tables.seats.insert(to.clone(), taker);
                if let Some(sitting) = sitting.filter(|order_id| !order_id.is_empty()) {
                    let is_open =
                        |o: &Order| !matches!(o.status, Status::Completed | Status::Cancelled);
                    self.serve_at(to, |o| o.id == sitting || (o.table == *from && is_open(o)));
                }
            }
            Command::Seat(SeatCommand::Move { .. }) => {}
            Command::PlaceOrder(wish) => {
                for seat_id in self.left_over(stamp) {
                    self.tables.seats.insert(seat_id, None);
                }
                let named = [&wish.seat_id, &wish.table].into_iter().find(|id| !id.is_empty());
                if let Some(seat) = named.and_then(|id| self.tables.seats.get_mut(id))
                    && seat.as_ref().is_none_or(|taker| taker.order_id.is_empty())
                {
                    *seat = Some(taker(&wish.seat_holder, new_order_id.unwrap()));
                }
            }
            Command::SetOrderStatus { order_id, status: Status::Completed }
                if self.setting("seat_free_on", "cancelled") == "completed" =>
            {
                self.leave(order_id);
            }
            Command::CancelOrder { order_id, .. }
                if self.setting("seat_free_on", "cancelled") != "staff" =>
            {
                self.leave(order_id);
            }
            Command::Bell(BellCommand::Ring { order_id, seat_id, place, .. }) => {
                let (order_id, seat_id) = self.tables.caller(order_id, seat_id);
                let is_at_table = !order_id.is_empty() || !seat_id.is_empty();
                let place = if place.is_empty() { &stamp.actor.name } else { place };
                let place = if is_at_table { String::new() } else { place.clone() };
                let caller = [order_id, seat_id, place];
                let same = |known: &[String; 3]| {
                    known.iter().zip(&caller).any(|(known, it)| !it.is_empty() && known == it)
                };
                if !self.tables.bells.values().any(same) {
                    self.tables.newest_bell += 1;
                    self.tables.bells.insert(self.tables.newest_bell, caller);
                }
            }
            Command::Bell(BellCommand::Answer { bell_id, .. }) => {
                self.tables.bells.remove(bell_id);
            }
            Command::SendMessage { .. } => self.tables.messages += 1,
            Command::TimeOut => {
                let over =
                    |taker: &Option<Taker>| taker.as_ref().is_some_and(|t| t.is_over(now_ms));
                self.tables.seats.values_mut().filter(|t| over(t)).for_each(|taker| *taker = None);
            }
            _ => {}
        }
    }

    fn serve_at(&mut self, seat_id: &str, is_served: impl Fn(&Order) -> bool) {
        let orders = self.orders.iter_mut().filter(|order| !order.is_gone && is_served(order));
        orders.for_each(|order| order.table = seat_id.into());
    }

    pub(crate) fn leave(&mut self, order_id: &str) {
        let of_order =
            |taker: &Option<Taker>| taker.as_ref().is_some_and(|taker| taker.order_id == order_id);
        self.tables.seats.values_mut().filter(|t| of_order(t)).for_each(|taker| *taker = None);
    }
}

impl World {
    pub(crate) fn compare_tables(&self) {
        let seats = self.state.seats().map(|seat| {
            let until = seat.expires_at.map(|at| at.as_ms());
            let taker = (seat.holder.clone(), seat.order_id.clone(), until);
            (seat.seat_id.clone(), Some(taker).filter(|_| seat.status() != SeatStatus::Free))
        });
        let expected = self.model.tables.seats.iter().map(|(id, taker)| {
            let taker = taker.as_ref().map(|taker| {
                let until = Some(taker.since_ms + taker.length_ms);
                let until = until.filter(|_| taker.order_id.is_empty());
                (taker.holder.clone(), taker.order_id.clone(), until)
            });
            (id.clone(), taker)
        });
        assert_eq!(seats.collect::<BTreeMap<_, _>>(), expected.collect());
        let bells = self.state.bells().map(|bell| {
            let Bell { bell_id, order_id, seat_id, place, .. } = Bell::clone(bell);
            (bell_id, [order_id, seat_id, place])
        });
        assert_eq!(bells.collect::<BTreeMap<_, _>>(), self.model.tables.bells);
        assert_eq!(self.state.messages().count(), self.model.tables.messages);
    }

    /// By the events alone, as a screen sees them: nobody gets a seat that somebody else has, who
    /// leaves it had it, and who moves is on the new seat what he was on the old one.
    pub(crate) fn audit_seats(&self) {
        let mut takers = BTreeMap::<&str, (&str, &str)>::new();
        for (at, event) in self.journal.iter().enumerate() {
            match event {
                Payload::SeatSelected(e) => {
                    let before = takers.insert(&e.seat_id, (&e.holder, &e.order_id));
                    let is_own = |old: (&str, &str)| old == (&*e.holder, "");
                    assert!(before.is_none_or(is_own), "{} has two takers: {e:?}", e.seat_id);
                }
                Payload::SeatReleased(e) => {
                    let left = takers.remove(&*e.seat_id);
                    assert_eq!(left, Some((&*e.holder, &*e.order_id)));
                    if e.reason().as_str_name() == "MOVED" {
                        let Some(Payload::SeatSelected(on)) =
                            self.journal.get(at + 1..).and_then(|rest| {
                                rest.iter().find(|e| matches!(e, Payload::SeatSelected(_)))
                            })
                        else {
                            panic!("{e:?} arrives nowhere")
                        };
                        let (from, to) = ((&e.holder, &e.order_id), (&on.holder, &on.order_id));
                        assert_eq!((from, e.expires_at), (to, on.expires_at));
                    }
                }
                _ => {}
            }
        }
        let taken = self.state.seats().filter(|seat| seat.status() != SeatStatus::Free);
        assert_eq!(taken.count(), takers.len());
    }
}
