//! From the log to the broker, and never past what the broker has.

mod buzzer;
mod message;
mod orders;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use kiosk_hub::{Cursor, FollowError, Follower, Hub, Published};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::link::{Credentials, Link, LinkConfig, LinkEvent, Publication};
use crate::topics::Topics;
use crate::url::BrokerUrl;
use message::passing;
use orders::{Board, OpenOrders, OrderChange};

/// How long a bridge that is told to stop goes on, for what is committed and not yet published.
/// The link's farewell may take as long again.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// The pause after the journal could not be read.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Which broker, as whom, for which shop.
#[derive(Debug, Clone)]
pub struct BridgeConfig {
    /// The shop's name in topics: one level, at most 64 bytes.
    pub site: String,
    /// The broker: an external one, or the address of the embedded one.
    pub broker: BrokerUrl,
    /// The MQTT client id, which no other client of the broker may have.
    pub client_id: String,
    /// For a broker that asks for them.
    pub credentials: Option<Credentials>,
}

/// Why there is no bridge.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The site can't be a level of a topic.
    #[error("a site's name has 1 to 64 bytes and none of / + # or control characters")]
    Site,
    /// The cursor can't be opened.
    #[error("the cursor of the MQTT bridge")]
    Cursor(#[from] io::Error),
}

/// Publishes each durable event, and what follows from it, at QoS 1 under `kiosk/<site>`:
///
/// - the event's envelope on its own topic;
/// - `board` and `order/<orderId>/state`, retained, always with the newest that is known and the
///   position that this is true at: receivers ignore a smaller `seq` than they have seen;
/// - `buzzer/<id>/call` and `cancel`.
///
/// Its durable cursor moves when the broker has an event and all that was to be published before
/// it. After each reconnect the retained state and all events since the cursor are published
/// again: a broker may forget everything, and may see an event more than once.
pub struct Bridge {
    hub: Hub,
    topics: Topics,
    link: Link,
    is_up: bool,
    follower: Follower,
    /// The follower has said that the box is stopping.
    is_log_ended: bool,
    /// When the journal may be read again after it could not be.
    read_at: Instant,
    cursor: Cursor,
    /// The newest event that this connection was given.
    sent_seq: u64,
    orders: OpenOrders,
    /// As the broker retains it.
    board: Board,
    /// What the follower returned last and is not yet published. It is asked for more only when
    /// this is empty, so its batch is the bound.
    events: VecDeque<Arc<Published>>,
    /// The next messages: of one event, or all retained state. At most two for each open order.
    messages: VecDeque<Message>,
    /// Messages that the broker could never take.
    refused: u64,
}

struct Message {
    publication: Publication,
    /// Everything up to this event is done with when the broker has this message. Each has one,
    /// since only tags are reported, and with them that there is room again.
    done: u64,
}

impl BridgeConfig {
    /// Opens the cursor, where the bridge left off. It connects when it is run.
    ///
    /// # Errors
    ///
    /// If the site is not fit for topics, or the cursor can't be opened.
    pub fn open(self, hub: Hub) -> Result<Bridge, BridgeError> {
        let topics = Topics::of_site(&self.site).ok_or(BridgeError::Site)?;
        let (follower, cursor) = hub.follow_durably(&hub.stats().mqtt, "mqtt")?;
        let link = Link::new(LinkConfig {
            broker: self.broker,
            client_id: self.client_id,
            credentials: self.credentials,
            availability_topic: topics.topic("availability"),
            subscriptions: buzzer::subscriptions(&topics),
        });
        let orders = OpenOrders::of(&hub.snapshot());
        Ok(Bridge {
            topics,
            link,
            is_up: false,
            follower,
            is_log_ended: false,
            read_at: Instant::now(),
            sent_seq: cursor.seq(),
            cursor,
            board: orders.board(),
            orders,
            events: VecDeque::new(),
            messages: VecDeque::new(),
            refused: 0,
            hub,
        })
    }
}

impl Bridge {
    /// Runs until `stop`, or until the hub has stopped its followers; then publishes what is
    /// committed, for 2 s at most, and takes leave of the broker, in 2 s at most.
    pub async fn run(mut self, stop: CancellationToken) {
        while !self.is_log_ended {
            tokio::select! {
                () = self.step() => {}
                () = stop.cancelled() => break,
            }
        }
        let drain = async {
            while self.is_up && !self.is_drained() {
                self.step().await;
            }
        };
        if timeout(DRAIN_MAX, drain).await.is_err() || !self.is_drained() {
            let (cursor, head) = (self.cursor.seq(), self.hub.snapshot().position.seq);
            tracing::warn!(cursor, head, "the broker gets the rest after the next start");
        }
        if let Err(error) = self.cursor.sync() {
            tracing::warn!(%error, "the MQTT cursor may fall back");
        }
        self.link.close().await;
    }

    /// Publishes what there is room for, then waits for one thing to happen. Cancel safe.
    async fn step(&mut self) {
        self.publish();
        // With room left, everything at hand was published.
        let is_hungry = self.link.room() > 0 && !self.is_log_ended;
        let read_at = self.read_at;
        let next_events = async {
            if Instant::now() < read_at {
                sleep_until(read_at).await;
            }
            self.follower.next().await
        };
        tokio::select! {
            event = self.link.next() => self.on_link(event),
            events = next_events, if is_hungry => self.on_events(events),
        }
    }

    fn is_drained(&self) -> bool {
        self.messages.is_empty()
            && self.events.is_empty()
            && self.follower.position().seq >= self.hub.snapshot().position.seq
            && self.cursor.seq() >= self.sent_seq
    }

    fn on_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Up => {
                tracing::info!(cursor = self.cursor.seq(), "connected to the MQTT broker");
                self.is_up = true;
                self.sent_seq = self.cursor.seq();
                self.start_over(self.cursor.seq());
            }
            LinkEvent::Down { reason, retry_in } if self.is_up => {
                tracing::warn!(reason, ?retry_in, "the MQTT broker is lost");
                self.is_up = false;
            }
            LinkEvent::Down { reason, retry_in } => {
                tracing::debug!(reason, ?retry_in, "no MQTT broker");
            }
            LinkEvent::Acknowledged(seq) => {
                if let Err(error) = self.cursor.advance(seq) {
                    tracing::error!(%error, seq, "the MQTT cursor can't be written");
                }
            }
            LinkEvent::Message { topic, payload, .. } => {
                buzzer::heard(&topic, &payload, &self.topics);
            }
        }
    }

    fn on_events(&mut self, events: Result<Vec<Arc<Published>>, FollowError>) {
        match events {
            Ok(events) => self.events = events.into(),
            Err(FollowError::Stopping) => self.is_log_ended = true,
            Err(FollowError::Lost { from, to }) => {
                tracing::error!(from, to, "events that are lost are not published");
                self.start_over(to);
            }
            Err(FollowError::Read(error)) => {
                tracing::error!(%error, "the journal can't be read for the MQTT broker");
                self.read_at = Instant::now() + READ_PAUSE;
            }
        }
    }

    /// Continues after that event, with all retained state said anew from the newest snapshot.
    fn start_over(&mut self, seq: u64) {
        self.follower.seek(seq);
        self.events.clear();
        let before = std::mem::replace(&mut self.orders, OpenOrders::of(&self.hub.snapshot()));
        self.board = self.orders.board();
        let closed = before.ids().filter(|id| !self.orders.contain(id));
        let states =
            closed.chain(self.orders.ids()).map(|id| self.orders.state_of(id, &self.topics));
        let board = self.orders.board_message(&self.board, &self.topics);
        let retained = states.chain([board]);
        self.messages = retained.map(|publication| Message { publication, done: seq }).collect();
    }

    fn publish(&mut self) {
        while self.link.room() > 0 {
            let Some(Message { publication, done }) = self.next_message() else { return };
            let topic = publication.topic.clone();
            match self.link.publish(publication, Some(done)) {
                Ok(()) => self.sent_seq = done,
                // There was room: no repetition would help, and the log must go on.
                Err(error) => {
                    self.refused += 1;
                    tracing::warn!(topic, %error, refused = self.refused, "not published");
                }
            }
        }
    }

    fn next_message(&mut self) -> Option<Message> {
        while self.messages.is_empty() {
            let event = self.events.pop_front()?;
            self.take_in(&event);
        }
        self.messages.pop_front()
    }

    /// Queues what follows from the event, and the event itself last: when the broker has that,
    /// it has all.
    fn take_in(&mut self, event: &Published) {
        let change = event.event.payload.as_ref().and_then(OrderChange::of);
        let before = event.seq.saturating_sub(1);
        let is_new = event.seq > self.orders.seq();
        let surplus = is_new.then(|| self.orders.apply(event.seq, change)).flatten();
        if let Some(order_id) = surplus {
            self.queue(self.orders.state_of(&order_id, &self.topics), before);
        }
        if let Some(change) = change {
            // What is older than the snapshot was said with it, except that an order is closed: a
            // broker that was there before may still retain its state.
            if is_new || !self.orders.contain(change.order_id) {
                self.queue(self.orders.state_of(change.order_id, &self.topics), before);
            }
            let time = event.event.time.unwrap_or_default();
            let command = buzzer::command(change, event.seq, time, &self.hub, &self.topics);
            command.into_iter().for_each(|command| self.queue(command, before));
        }
        if self.events.is_empty() {
            self.queue_board(before);
        }
        let topic = event.meta().and_then(|meta| meta.topic.as_ref());
        if let Some(topic) = topic {
            let publication = passing(self.topics.topic(topic), event.json().clone());
            self.queue(publication, event.seq);
        }
    }

    /// Once for each batch: a screen can't show more, and a long board costs.
    fn queue_board(&mut self, done: u64) {
        let board = self.orders.board();
        if board != self.board {
            self.queue(self.orders.board_message(&board, &self.topics), done);
            self.board = board;
        }
    }

    fn queue(&mut self, publication: Publication, done: u64) {
        self.messages.push_back(Message { publication, done });
    }
}
