use std::{
    collections::{BTreeSet, VecDeque},
    pin::Pin,
    sync::Arc,
};

use futures_util::{Stream, stream};
use kiosk_hub::{
    Follower, Hub, Identity, Position, Published, ROOMS_MAX, Resumed as HubResumed, Signals,
    is_room,
};
use kiosk_proto::{
    snapshot_shows,
    v1::{
        Bell, GetSnapshotRequest, GetSnapshotResponse, Incident, MenuItem, Order, Resumed, Seat,
        SubscribeRequest, SubscribeResponse, event_service_server::EventService,
        subscribe_response::Message,
    },
};
use tonic::{Request, Response, Status};

use crate::{caller, cell, menu_category, parse::Violations, settings, status::follow_ended};

pub(crate) struct Events(pub(crate) Hub);

type Messages = Pin<Box<dyn Stream<Item = Result<SubscribeResponse, Status>> + Send>>;

#[tonic::async_trait]
impl EventService for Events {
    type SubscribeStream = Messages;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Messages>, Status> {
        let who = caller::of(&request);
        let SubscribeRequest { after, rooms } = request.into_inner();
        let mut violations = Violations::default();
        if rooms.len() > ROOMS_MAX {
            violations.add("rooms", format!("there must be at most {ROOMS_MAX}"));
        }
        for (index, _) in rooms.iter().enumerate().filter(|(_, room)| !is_room(room)) {
            violations.add(format!("rooms[{index}]"), "there is no such room");
        }
        let rooms = violations.or(Some(BTreeSet::from_iter(rooms)))?;
        let wire = &self.0.stats().grpc;
        let asked = after.is_some();
        let position = after.as_ref().and_then(Position::parse);
        let HubResumed { follower, recovered, missed } = if asked {
            self.0.resume(wire, position)
        } else {
            let follower = self.0.follow(wire);
            HubResumed { follower, recovered: true, missed: 0 }
        };
        let resumes_at = follower.position().seq + missed;
        let subscription = Subscription {
            who,
            follower,
            signals: self.0.signals(),
            rooms,
            recovered,
            missed,
            resumes_at,
            said: false,
            ready: VecDeque::new(),
        };
        Ok(Response::new(Box::pin(stream::unfold(Some(subscription), next))))
    }

    async fn get_snapshot(
        &self,
        request: Request<GetSnapshotRequest>,
    ) -> Result<Response<GetSnapshotResponse>, Status> {
        let who = caller::of(&request);
        let (snapshot, now) = (self.0.snapshot(), self.0.now());
        let state = &snapshot.state;
        let today = state.business_date_at(now);
        let orders = state.orders_on(today).filter(|order| who.sees_order(order));
        Ok(Response::new(GetSnapshotResponse {
            position: Some(snapshot.position.into()),
            business_date: today.to_string(),
            orders: shown(&who, "orders", || orders.map(|order| Order::clone(order)).collect()),
            menu: shown(&who, "menu", || {
                state.menu().into_iter().map(|item| MenuItem::clone(item)).collect()
            }),
            cells: shown(&who, "cells", || cell::offered(state).collect()),
            settings: shown(&who, "settings", || settings::all(state.settings())),
            seats: shown(&who, "seats", || state.seats().map(|seat| Seat::clone(seat)).collect()),
            bells: shown(&who, "bells", || state.bells().map(|bell| Bell::clone(bell)).collect()),
            incidents: shown(&who, "incidents", || {
                state.incidents().into_iter().map(|it| Incident::clone(it)).collect()
            }),
            categories: shown(&who, "categories", || menu_category::all(state)),
        }))
    }
}

/// A part of the snapshot, if the contract has it shown to them.
fn shown<T>(who: &Identity, part: &str, all: impl FnOnce() -> Vec<T>) -> Vec<T> {
    if snapshot_shows(part, who.role()) { all() } else { Vec::new() }
}

/// One stream: what was missed, then `resumed`, then what happens.
struct Subscription {
    who: Identity,
    follower: Follower,
    signals: Signals,
    /// Empty: all.
    rooms: BTreeSet<String>,
    recovered: bool,
    missed: u64,
    /// The last event that was missed.
    resumes_at: u64,
    said: bool,
    ready: VecDeque<Arc<Published>>,
}

type Step = Option<(Result<SubscribeResponse, Status>, Option<Subscription>)>;

async fn next(subscription: Option<Subscription>) -> Step {
    let mut subscription = subscription?;
    loop {
        if let Some(message) = subscription.take_ready() {
            let message = Some(message);
            return Some((Ok(SubscribeResponse { message }), Some(subscription)));
        }
        let followed = tokio::select! {
            followed = subscription.follower.next() => followed,
            // Only what happens now: who is still catching up would get it out of place.
            signal = subscription.signals.next(), if subscription.said => Ok(vec![signal]),
        };
        match followed {
            Ok(batch) => subscription.ready.extend(batch),
            Err(error) => return Some((Err(follow_ended(&error)), None)),
        }
    }
}

impl Subscription {
    fn take_ready(&mut self) -> Option<Message> {
        loop {
            let behind = self.ready.front().is_some_and(|event| event.seq <= self.resumes_at);
            let caught_up = !behind && self.follower.position().seq >= self.resumes_at;
            if !self.said && caught_up {
                self.said = true;
                return Some(Message::Resumed(self.resumed()));
            }
            let event = self.ready.pop_front()?;
            if self.wants(&event) {
                return Some(Message::Event(event.event.clone()));
            }
        }
    }

    fn resumed(&self) -> Resumed {
        let Position { epoch, .. } = self.follower.position();
        let position = Position { epoch, seq: self.resumes_at };
        Resumed { recovered: self.recovered, missed: self.missed, position: Some(position.into()) }
    }

    fn wants(&self, event: &Published) -> bool {
        self.who.sees(event)
            && if self.rooms.is_empty() {
                event.is_sent_to_all()
            } else {
                event.is_sent_to(&self.rooms)
            }
    }
}
