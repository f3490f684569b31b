use std::{collections::HashSet, num::NonZeroU32, sync::Arc, time::Duration};

use clap::Args;
use futures_util::{StreamExt as _, stream::BoxStream};
use tokio::{
    sync::oneshot,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};

use super::{
    load::OrderKey,
    wires::{self, Broker, Created},
};
use crate::{client::Client, failure::Failure};

#[derive(Debug, Clone, Args)]
pub(crate) struct Subscribers {
    /// WebSocket subscribers.
    #[arg(long, default_value = "0", value_name = "S")]
    ws: u32,
    #[arg(long, default_value = "ws://127.0.0.1:3001/ws", value_name = "URL")]
    ws_url: String,
    /// gRPC subscribers, each on a connection of its own.
    #[arg(long, default_value = "0", value_name = "G")]
    grpc: u32,
    /// One MQTT subscriber at this broker, such as mqtt://127.0.0.1:1883.
    #[arg(long, value_name = "URL")]
    mqtt: Option<Broker>,
}

/// Subscribers at work; they end when this is dropped.
#[derive(Default)]
pub(super) struct Listening {
    goals: Vec<oneshot::Sender<Goal>>,
    tasks: JoinSet<Seen>,
}

/// Which orders a subscriber must have seen, and until when it waits for them.
struct Goal {
    acknowledged: Arc<HashSet<OrderKey>>,
    deadline: Instant,
}

/// What one subscriber saw.
pub(super) struct Seen {
    pub(super) wire: &'static str,
    pub(super) sightings: Vec<Sighting>,
    /// Events whose `seq` was not above the one before.
    pub(super) out_of_order: u64,
    /// Why its stream ended, if it did.
    pub(super) ended: Option<String>,
}

/// An order's `order:created` arrived.
pub(super) struct Sighting {
    pub(super) order: OrderKey,
    pub(super) at: Instant,
}

impl Subscribers {
    /// Connects all; each is subscribed when this returns.
    pub(super) async fn start(
        &self,
        client: &Client,
        orders: NonZeroU32,
    ) -> Result<Listening, Failure> {
        let connect = async {
            let mut listening = Listening::default();
            for _ in 0..self.ws {
                let events = wires::websocket(&self.ws_url, client.bearer()).await?;
                listening.add("websocket", events, orders);
            }
            for _ in 0..self.grpc {
                listening.add("grpc", wires::grpc(client).await?, orders);
            }
            if let Some(broker) = &self.mqtt {
                listening.add("mqtt", wires::mqtt(broker).await?, orders);
            }
            Ok(listening)
        };
        timeout(client.timeout(), connect)
            .await
            .unwrap_or_else(|_| Err(Failure::Check("not all subscribers were answered".into())))
    }
}

impl Listening {
    fn add(
        &mut self,
        wire: &'static str,
        stream: BoxStream<'static, Result<Created, String>>,
        orders: NonZeroU32,
    ) {
        let (goal, told) = oneshot::channel();
        // All memory in advance: growing it would be measured.
        let sightings = Vec::with_capacity(orders.get() as usize);
        let seen = Seen { wire, sightings, out_of_order: 0, ended: None };
        self.goals.push(goal);
        self.tasks.spawn(seen.collect(stream, told));
    }

    /// Waits, at most this long, until every subscriber saw every acknowledged order.
    pub(super) async fn finish(
        self,
        acknowledged: HashSet<OrderKey>,
        drain_max: Duration,
    ) -> Vec<Seen> {
        let acknowledged = Arc::new(acknowledged);
        let deadline = Instant::now() + drain_max;
        for goal in self.goals {
            // One whose stream ended has returned before, and says why in what it saw.
            let _ = goal.send(Goal { acknowledged: acknowledged.clone(), deadline });
        }
        self.tasks.join_all().await
    }
}

impl Seen {
    /// Notes what arrives until the goal is told and reached, its time is up, or the stream ends.
    async fn collect(
        mut self,
        mut stream: BoxStream<'static, Result<Created, String>>,
        mut told: oneshot::Receiver<Goal>,
    ) -> Self {
        let mut last_seq = 0;
        let goal = loop {
            tokio::select! {
                goal = &mut told => break goal,
                next = stream.next() => if self.note(next, &mut last_seq).is_none() {
                    return self;
                }
            }
        };
        let Ok(Goal { acknowledged, deadline }) = goal else {
            return self;
        };
        let seen: HashSet<_> = self.sightings.iter().map(|sighting| sighting.order).collect();
        let mut outstanding: HashSet<_> = acknowledged.difference(&seen).copied().collect();
        while !outstanding.is_empty() {
            let Ok(next) = timeout_at(deadline, stream.next()).await else {
                return self;
            };
            match self.note(next, &mut last_seq) {
                Some(order) => outstanding.remove(&order),
                None => return self,
            };
        }
        self
    }

    /// The order that arrived; `None` when the stream ended.
    fn note(
        &mut self,
        next: Option<Result<Created, String>>,
        last_seq: &mut u64,
    ) -> Option<OrderKey> {
        let at = Instant::now();
        match next.unwrap_or_else(|| Err("the stream ended".into())) {
            Ok(Created { order, seq }) => {
                self.out_of_order += u64::from(seq <= *last_seq);
                *last_seq = seq;
                self.sightings.push(Sighting { order, at });
                Some(order)
            }
            Err(reason) => {
                self.ended = Some(reason);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn created(id: &str, seq: u64) -> Result<Created, String> {
        Ok(Created { order: OrderKey::of(id), seq })
    }

    async fn seen(events: Vec<Result<Created, String>>, acknowledged: &[&str]) -> Seen {
        let never_ends = stream::iter(events).chain(stream::pending());
        let mut listening = Listening::default();
        listening.add("test", never_ends.boxed(), NonZeroU32::MIN);
        let acknowledged = acknowledged.iter().map(|id| OrderKey::of(id)).collect();
        listening.finish(acknowledged, Duration::from_millis(50)).await.remove(0)
    }

    #[tokio::test]
    async fn a_subscriber_stays_until_it_saw_every_acknowledged_order() {
        let seen = seen(vec![created("a", 1), created("b", 5)], &["b", "a"]).await;
        assert_eq!((seen.sightings.len(), seen.out_of_order, seen.ended), (2, 0, None));
    }

    #[tokio::test]
    async fn a_subscriber_gives_up_on_what_never_comes() {
        let seen = seen(vec![created("a", 1)], &["a", "lost"]).await;
        assert_eq!(seen.sightings.len(), 1);
    }

    #[tokio::test]
    async fn disorder_and_a_broken_stream_are_noted() {
        let events = vec![created("b", 2), created("a", 1), Err("too slow".into())];
        let seen = seen(events, &["a", "b", "c"]).await;
        assert_eq!((seen.out_of_order, seen.ended.as_deref()), (1, Some("too slow")));
    }
}
