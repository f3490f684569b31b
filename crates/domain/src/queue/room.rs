//! The waiting room: when many want to order at once, the others wait for their turn.

use std::collections::VecDeque;

use super::spread::{Wait, spread};
use crate::{
    Settings,
    limits::{QUEUE_ORDERING_MAX, QUEUE_WAITING_MAX},
};

/// Tickets that are over and still say why.
const ENDED_MAX: usize = 1_000;
/// The newest stays that an estimate rests on.
const STAYS_MAX: usize = 40;
/// Fewer of them, and what is believed without any counts too.
const STAYS_MIN: usize = 5;
/// How long people order before anything was measured.
const STAY_PRIOR_MS: [i64; 5] = [45_000, 60_000, 90_000, 120_000, 180_000];

/// When who may order, by the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomRules {
    /// False: everybody may order at once.
    pub is_active: bool,
    /// True: only staff let people in.
    pub is_by_staff: bool,
    /// So many may order at once.
    pub threshold: usize,
    /// Who was not seen for longer has lost the place.
    pub absence_ms: i64,
}

impl RoomRules {
    /// What the settings say.
    pub fn of(settings: &Settings) -> Self {
        let number = |key| settings.get(key).and_then(|value| value.parse().ok());
        let threshold: usize = number("queue_threshold").unwrap_or(20);
        let absence_seconds = number("queue_absence_seconds").unwrap_or(60);
        Self {
            is_active: settings.get("is_queue_active") == Some("true"),
            is_by_staff: settings.get("queue_mode") == Some("always"),
            threshold: threshold.min(QUEUE_ORDERING_MAX),
            absence_ms: i64::try_from(absence_seconds).unwrap_or(60).saturating_mul(1_000),
        }
    }

    fn has_place(&self, ordering: usize) -> bool {
        let places = match (self.is_active, self.is_by_staff) {
            (false, _) => QUEUE_ORDERING_MAX,
            (true, true) => 0,
            (true, false) => self.threshold,
        };
        ordering < places
    }
}

/// Who orders, and who waits for it. Each has a ticket, and whoever shows it is there.
#[derive(Debug, Default)]
pub struct WaitingRoom {
    newest_number: i32,
    /// The next one first.
    waiting: VecDeque<Guest>,
    ordering: Vec<Guest>,
    ended: VecDeque<Ticket>,
    /// How long people have ordered lately.
    stays_ms: VecDeque<i64>,
}

#[derive(Debug)]
struct Guest {
    ticket_id: String,
    client_key: u128,
    number: i32,
    taken_ms: i64,
    seen_ms: i64,
    admitted_ms: Option<i64>,
    /// The request that places an order with it just now.
    claimed_by: Option<u128>,
}

/// A ticket as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What its client shows.
    pub ticket_id: String,
    /// For people, from 1.
    pub number: i32,
    /// What it is good for.
    pub status: TicketStatus,
    /// Of those that wait, how many are before it.
    pub ahead: usize,
    /// Until it is admitted.
    pub wait: Wait,
    /// In milliseconds, by the clock that the room goes by.
    pub taken_ms: i64,
    /// When its client showed it last.
    pub seen_ms: i64,
    /// When it was admitted, if it was.
    pub admitted_ms: Option<i64>,
}

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketStatus {
    /// Its turn comes.
    Waiting,
    /// Its client may order.
    Admitted,
    /// An order was placed with it.
    Used,
    /// It was not shown for too long.
    Lost,
    /// Its client gave it back.
    Left,
}

/// Nobody else can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomFull;

impl WaitingRoom {
    /// The client's ticket: the one it has, or a new one of that id.
    pub fn take(
        &mut self,
        client_key: u128,
        ticket_id: String,
        now_ms: i64,
        rules: &RoomRules,
    ) -> Result<Ticket, RoomFull> {
        let known = self.guests().find(|guest| guest.client_key == client_key);
        if let Some(ticket_id) = known.map(|guest| guest.ticket_id.clone()) {
            return self.show(&ticket_id, now_ms, rules).ok_or(RoomFull);
        }
        let is_admitted = self.waiting.is_empty() && rules.has_place(self.ordering.len());
        if !is_admitted && self.waiting.len() >= QUEUE_WAITING_MAX {
            return Err(RoomFull);
        }
        self.newest_number = self.newest_number.checked_add(1).unwrap_or(1);
        self.waiting.push_back(Guest {
            ticket_id: ticket_id.clone(),
            client_key,
            number: self.newest_number,
            taken_ms: now_ms,
            seen_ms: now_ms,
            admitted_ms: None,
            claimed_by: None,
        });
        if is_admitted {
            self.admit(1, now_ms);
        }
        self.ticket(&ticket_id, rules).ok_or(RoomFull)
    }

    /// Its client is there: how the ticket stands.
    pub fn show(&mut self, ticket_id: &str, now_ms: i64, rules: &RoomRules) -> Option<Ticket> {
        if let Some(guest) = self.guests_mut().find(|guest| guest.ticket_id == ticket_id) {
            guest.seen_ms = now_ms;
        }
        self.ticket(ticket_id, rules)
    }

    /// What the clock and the rules bring about: those who were not seen for too long have lost
    /// their places, and those whose turn it is are admitted.
    pub fn look(&mut self, now_ms: i64, rules: &RoomRules) {
        for guest in self.guests_mut() {
            // A clock that was set back makes nobody absent, and nobody eternal.
            guest.seen_ms = guest.seen_ms.min(now_ms);
        }
        let is_absent = |guest: &Guest| {
            guest.claimed_by.is_none() && now_ms.saturating_sub(guest.seen_ms) > rules.absence_ms
        };
        let absent = self.guests().filter(|guest| is_absent(guest));
        for ticket_id in absent.map(|guest| guest.ticket_id.clone()).collect::<Vec<_>>() {
            self.end(&ticket_id, TicketStatus::Lost, now_ms);
        }
        while !self.waiting.is_empty() && rules.has_place(self.ordering.len()) {
            self.admit(1, now_ms);
        }
    }

    /// Lets in those whose turn is next, however many order already; returns how many.
    pub fn admit(&mut self, count: usize, now_ms: i64) -> usize {
        let places = QUEUE_ORDERING_MAX - self.ordering.len();
        let count = count.min(places).min(self.waiting.len());
        for mut guest in self.waiting.drain(..count) {
            guest.admitted_ms = Some(now_ms);
            self.ordering.push(guest);
        }
        count
    }

    /// The same for all that wait with this number or a smaller one.
    pub fn admit_through(&mut self, number: i32, now_ms: i64) -> usize {
        let count = self.waiting.iter().take_while(|guest| guest.number <= number).count();
        self.admit(count, now_ms)
    }

    /// Its client gives it back, from wherever it is. False: it is over already, or never was.
    pub fn leave(&mut self, ticket_id: &str, now_ms: i64) -> bool {
        self.end(ticket_id, TicketStatus::Left, now_ms)
    }

    /// An order is going to be placed with it. False: it is not admitted, or another request does.
    pub fn claim(&mut self, ticket_id: &str, request_id: u128) -> bool {
        let guest = self.ordering.iter_mut().find(|guest| guest.ticket_id == ticket_id);
        guest.is_some_and(|guest| *guest.claimed_by.get_or_insert(request_id) == request_id)
    }

    /// What came of a claim: the order was placed, and the place is free; or not, and it is as before.
    pub fn settle_claim(&mut self, ticket_id: &str, request_id: u128, placed: bool, now_ms: i64) {
        let claimed = |guest: &&mut Guest| {
            guest.ticket_id == ticket_id && guest.claimed_by == Some(request_id)
        };
        let Some(guest) = self.ordering.iter_mut().find(claimed) else { return };
        guest.claimed_by = None;
        guest.seen_ms = now_ms;
        if placed {
            self.end(ticket_id, TicketStatus::Used, now_ms);
        }
    }

    /// One ticket, also one that is over, for a while.
    pub fn ticket(&self, ticket_id: &str, rules: &RoomRules) -> Option<Ticket> {
        let is_it = |guest: &&Guest| guest.ticket_id == ticket_id;
        if let Some(guest) = self.ordering.iter().find(is_it) {
            return Some(guest.ticket(TicketStatus::Admitted));
        }
        if let Some(ahead) = self.waiting.iter().position(|guest| is_it(&guest)) {
            let ticket = self.waiting[ahead].ticket(TicketStatus::Waiting);
            return Some(Ticket { ahead, wait: self.wait(ahead, rules), ..ticket });
        }
        self.ended.iter().find(|ticket| ticket.ticket_id == ticket_id).cloned()
    }

    /// Nobody orders and nobody waits.
    pub fn is_empty(&self) -> bool {
        self.ordering.is_empty() && self.waiting.is_empty()
    }

    /// Those who order, longest first.
    pub fn ordering(&self) -> impl ExactSizeIterator<Item = Ticket> {
        self.ordering.iter().map(|guest| guest.ticket(TicketStatus::Admitted))
    }

    /// Those who wait, next one first.
    pub fn waiting(&self, rules: &RoomRules) -> impl ExactSizeIterator<Item = Ticket> {
        let waits = self.waiting.iter().enumerate();
        waits.map(|(ahead, guest)| Ticket {
            ahead,
            wait: self.wait(ahead, rules),
            ..guest.ticket(TicketStatus::Waiting)
        })
    }

    /// Until so many who are before it, and one, have finished.
    fn wait(&self, ahead: usize, rules: &RoomRules) -> Wait {
        let mut stays_ms: Vec<i64> = self.stays_ms.iter().copied().collect();
        if stays_ms.len() < STAYS_MIN {
            stays_ms.extend(STAY_PRIOR_MS);
        }
        let stay = spread(&mut stays_ms).unwrap_or_default();
        let [turns, places] = [ahead + 1, rules.threshold.max(1)]
            .map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let of_turns = |stay_ms: i64| stay_ms.saturating_mul(turns) / places;
        Wait {
            likely_ms: of_turns(stay.likely_ms),
            earliest_ms: of_turns(stay.earliest_ms),
            latest_ms: of_turns(stay.latest_ms),
        }
    }

    fn end(&mut self, ticket_id: &str, status: TicketStatus, now_ms: i64) -> bool {
        let is_it = |guest: &Guest| guest.ticket_id == ticket_id;
        let guest = if let Some(at) = self.ordering.iter().position(is_it) {
            self.ordering.remove(at)
        } else if let Some(guest) =
            self.waiting.iter().position(is_it).and_then(|at| self.waiting.remove(at))
        {
            guest
        } else {
            return false;
        };
        if let Some(admitted_ms) = guest.admitted_ms {
            push(&mut self.stays_ms, STAYS_MAX, now_ms.saturating_sub(admitted_ms).max(0));
        }
        push(&mut self.ended, ENDED_MAX, guest.ticket(status));
        true
    }

    fn guests(&self) -> impl Iterator<Item = &Guest> {
        self.ordering.iter().chain(&self.waiting)
    }

    fn guests_mut(&mut self) -> impl Iterator<Item = &mut Guest> {
        self.ordering.iter_mut().chain(&mut self.waiting)
    }
}

impl Guest {
    fn ticket(&self, status: TicketStatus) -> Ticket {
        Ticket {
            ticket_id: self.ticket_id.clone(),
            number: self.number,
            status,
            ahead: 0,
            wait: Wait::default(),
            taken_ms: self.taken_ms,
            seen_ms: self.seen_ms,
            admitted_ms: self.admitted_ms,
        }
    }
}

fn push<T>(newest: &mut VecDeque<T>, max: usize, item: T) {
    if newest.len() >= max {
        newest.pop_front();
    }
    newest.push_back(item);
}
