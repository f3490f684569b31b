//! The waiting room as it is now: who may order, who waits for it, and who is told. In memory only.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kiosk_domain::queue::{RoomFull, RoomRules, Ticket, TicketStatus, WaitingRoom as Room};
use kiosk_proto::v1::{QueueLine, QueueUpdated, event::Payload};

use crate::{
    Clock,
    fanout::Fanout,
    queue_line::{SIGNALS_MAX, count},
    signals::Signalling,
};

/// Tickets that are told how they stand, those included that have just ended.
const TOLD_MAX: usize = 2_000;

/// Who may order, and who waits for it.
pub struct WaitingRoom {
    fanout: Arc<Fanout>,
    signalling: Signalling,
    clock: Arc<dyn Clock>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    room: Room,
    /// What each ticket that waits was told last, if it was: those before it, and its wait.
    told: HashMap<String, Option<(usize, i32)>>,
    told_line: QueueLine,
}

/// Everybody with a ticket.
#[derive(Debug)]
pub struct RoomReport {
    /// Longest first.
    pub ordering: Vec<Ticket>,
    /// Next one first.
    pub waiting: Vec<Ticket>,
    /// In numbers.
    pub line: QueueLine,
}

impl WaitingRoom {
    pub(crate) fn new(
        (fanout, signalling, clock): (Arc<Fanout>, Signalling, Arc<dyn Clock>),
    ) -> Self {
        let room = Self { fanout, signalling, clock, inside: Mutex::default() };
        let rules = room.rules();
        let mut inside = room.inside();
        inside.told_line = inside.line(&rules);
        drop(inside);
        room
    }

    /// The client's ticket: the one it has, or a new one of that id, which nobody must guess.
    pub fn take(&self, client_key: u128, ticket_id: String) -> Result<Ticket, RoomFull> {
        let (rules, now_ms) = (self.rules(), self.clock.uptime_ms());
        let mut inside = self.inside();
        // A turn that came meanwhile is before one that comes now.
        inside.room.look(now_ms, &rules);
        let ticket = inside.room.take(client_key, ticket_id, now_ms, &rules)?;
        inside.remember(&ticket);
        Ok(self.dated(ticket))
    }

    /// The ticket's client is there: how it stands. None: there is no such ticket, or no more.
    pub fn show(&self, ticket_id: &str) -> Option<Ticket> {
        let (rules, now_ms) = (self.rules(), self.clock.uptime_ms());
        let mut inside = self.inside();
        // First who is late: it must not depend on who looks.
        inside.room.look(now_ms, &rules);
        inside.room.show(ticket_id, now_ms, &rules).map(|ticket| self.dated(ticket))
    }

    /// The ticket is given back: how it stands then.
    pub fn leave(&self, ticket_id: &str) -> Option<Ticket> {
        let (rules, now_ms) = (self.rules(), self.clock.uptime_ms());
        let mut inside = self.inside();
        inside.room.leave(ticket_id, now_ms);
        inside.room.ticket(ticket_id, &rules).map(|ticket| self.dated(ticket))
    }

    /// Lets in all that wait with this number or a smaller one; returns how many.
    pub fn admit_through(&self, number: i32) -> usize {
        let now_ms = self.clock.uptime_ms();
        self.inside().room.admit_through(number, now_ms)
    }

    /// Everybody with a ticket.
    pub fn report(&self) -> RoomReport {
        let rules = self.rules();
        let inside = self.inside();
        RoomReport {
            ordering: inside.room.ordering().map(|ticket| self.dated(ticket)).collect(),
            waiting: inside.room.waiting(&rules).map(|ticket| self.dated(ticket)).collect(),
            line: inside.line(&rules),
        }
    }

    /// What holds now.
    pub fn rules(&self) -> RoomRules {
        RoomRules::of(self.fanout.snapshot().state.settings())
    }

    /// That request is going to place an order with the ticket, or is told why it can't.
    pub fn claim(
        self: &Arc<Self>,
        ticket_id: &str,
        request_id: u128,
    ) -> Result<Claim, &'static str> {
        let rules = self.rules();
        let mut inside = self.inside();
        if inside.room.claim(ticket_id, request_id) {
            let (room, ticket_id) = (Arc::clone(self), ticket_id.to_owned());
            return Ok(Claim { room, ticket_id, request_id, is_placed: false });
        }
        Err(match inside.room.ticket(ticket_id, &rules).map(|ticket| ticket.status) {
            Some(TicketStatus::Waiting) => "it waits for its turn",
            Some(TicketStatus::Admitted) => "another order is being placed with it",
            Some(TicketStatus::Used) => "an order was placed with it",
            Some(TicketStatus::Lost) => "it was not shown for too long: take another",
            Some(TicketStatus::Left) => "it was given back: take another",
            None => "there is no such ticket: take another",
        })
    }

    /// Ends what is late, admits whose turn it is, and tells everybody who has to know.
    pub(crate) fn look(&self) {
        let mut inside = self.inside();
        let rules = self.rules();
        if !inside.is_empty() {
            let now_ms = self.clock.uptime_ms();
            inside.room.look(now_ms, &rules);
        }
        let mut news = inside.news(&rules);
        let line = inside.line(&rules);
        if std::mem::replace(&mut inside.told_line, line) != line {
            news.push(Payload::QueueLineChanged(line));
        }
        drop(inside);
        for payload in news {
            self.signalling.send(payload, self.clock.now(), self.clock.is_trusted());
        }
    }

    fn settle_claim(&self, claim: &Claim) {
        let now_ms = self.clock.uptime_ms();
        let Claim { ticket_id, request_id, is_placed, .. } = claim;
        self.inside().room.settle_claim(ticket_id, *request_id, *is_placed, now_ms);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With times of day. The room goes by the uptime: a clock that the network sets makes nobody
    /// absent.
    fn dated(&self, ticket: Ticket) -> Ticket {
        let began_ms = self.clock.now().as_ms().saturating_sub(self.clock.uptime_ms());
        Ticket {
            taken_ms: ticket.taken_ms.saturating_add(began_ms),
            seen_ms: ticket.seen_ms.saturating_add(began_ms),
            admitted_ms: ticket.admitted_ms.map(|at_ms| at_ms.saturating_add(began_ms)),
            ..ticket
        }
    }
}

impl fmt::Debug for WaitingRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitingRoom").finish_non_exhaustive()
    }
}

impl Inside {
    fn is_empty(&self) -> bool {
        self.room.is_empty() && self.told.is_empty()
    }

    /// Its client is going to hear how it goes on, also when its turn comes before the next look.
    fn remember(&mut self, ticket: &Ticket) {
        if ticket.status == TicketStatus::Waiting && self.told.len() < TOLD_MAX {
            self.told.entry(ticket.ticket_id.clone()).or_insert(None);
        }
    }

    fn line(&self, rules: &RoomRules) -> QueueLine {
        QueueLine {
            ordering: count(self.room.ordering().len()),
            waiting: count(self.room.waiting(rules).len()),
            threshold: count(rules.threshold),
            is_active: rules.is_active,
            is_by_staff: rules.is_by_staff,
        }
    }

    /// First those who wait no more, then those who are next.
    fn news(&mut self, rules: &RoomRules) -> Vec<Payload> {
        let Self { room, told, .. } = self;
        let ended = |ticket_id: &String| {
            let ticket = room.ticket(ticket_id, rules);
            ticket.is_none_or(|ticket| ticket.status != TicketStatus::Waiting)
        };
        let over: Vec<String> =
            told.keys().filter(|id| ended(id)).take(SIGNALS_MAX).cloned().collect();
        let mut news = Vec::new();
        for ticket_id in over {
            told.remove(&ticket_id);
            news.extend(room.ticket(&ticket_id, rules).map(|ticket| updated(&ticket)));
        }
        for ticket in room.waiting(rules) {
            let said = Some((ticket.ahead, ticket.wait.rounded_seconds()));
            if told.get(&ticket.ticket_id) == Some(&said) {
                continue;
            }
            if news.len() >= SIGNALS_MAX {
                break;
            }
            told.insert(ticket.ticket_id.clone(), said);
            news.push(updated(&ticket));
        }
        news
    }
}

/// An order is being placed with a ticket. When this is dropped the ticket is as it was, unless the
/// order was placed.
#[derive(Debug)]
pub struct Claim {
    room: Arc<WaitingRoom>,
    ticket_id: String,
    request_id: u128,
    is_placed: bool,
}

impl Claim {
    /// The order was placed: its customer's place is free.
    pub fn placed(mut self) {
        self.is_placed = true;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        Arc::clone(&self.room).settle_claim(self);
    }
}

fn updated(ticket: &Ticket) -> Payload {
    let is_waiting = ticket.status == TicketStatus::Waiting;
    Payload::QueueUpdated(QueueUpdated {
        ticket_id: ticket.ticket_id.clone(),
        position: if is_waiting { count(ticket.ahead.saturating_add(1)) } else { 0 },
        ahead: count(ticket.ahead),
        estimated_wait_seconds: ticket.wait.rounded_seconds(),
        earliest_wait_seconds: ticket.wait.earliest_seconds(),
        latest_wait_seconds: ticket.wait.latest_seconds(),
        is_admitted: ticket.status == TicketStatus::Admitted,
        is_over: !is_waiting && ticket.status != TicketStatus::Admitted,
        ..QueueUpdated::default()
    })
}
