use std::{collections::VecDeque, pin::Pin, sync::Arc};

use futures_util::{Stream, stream};
use kiosk_hub::{Follower, Hub, Position, Published, Resumed as HubResumed};
use kiosk_proto::v1::{
    GetSnapshotRequest, GetSnapshotResponse, MenuItem, Order, Resumed, Setting, SubscribeRequest,
    SubscribeResponse, event_service_server::EventService, subscribe_response::Message,
};
use tonic::{Request, Response, Status};

use crate::{caller, parse::Violations, status::follow_ended};

/// Rooms that one stream may name.
const ROOMS_MAX: usize = 100;

pub(crate) struct Events(pub(crate) Hub);

type Messages = Pin<Box<dyn Stream<Item = Result<SubscribeResponse, Status>> + Send>>;

#[tonic::async_trait]
impl EventService for Events {
    type SubscribeStream = Messages;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Messages>, Status> {
        let SubscribeRequest { after, rooms } = request.into_inner();
        let mut violations = Violations::default();
        if rooms.len() > ROOMS_MAX {
            violations.add("rooms", format!("there must be at most {ROOMS_MAX}"));
        }
        violations.or(Some(()))?;
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
            follower,
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
        _: Request<GetSnapshotRequest>,
    ) -> Result<Response<GetSnapshotResponse>, Status> {
        let snapshot = self.0.snapshot();
        let state = &snapshot.state;
        let setting = |(key, value): (&str, &str)| Setting { key: key.into(), value: value.into() };
        Ok(Response::new(GetSnapshotResponse {
            position: Some(snapshot.position.into()),
            business_date: state.business_date().to_string(),
            orders: state.orders().map(|order| Order::clone(order)).collect(),
            menu: state.menu().into_iter().map(|item| MenuItem::clone(item)).collect(),
            cells: state.cells().cloned().collect(),
            settings: state.settings().iter().map(setting).collect(),
        }))
    }
}

/// One stream: what was missed, then `resumed`, then what happens.
struct Subscription {
    follower: Follower,
    rooms: Vec<String>,
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
        match subscription.follower.next().await {
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
        let in_room = |room: &String| room == "all" || event.rooms().contains(room);
        event.visible_to(caller::actor().role)
            && (self.rooms.is_empty() || self.rooms.iter().any(in_room))
    }
}
