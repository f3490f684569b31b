//! What is said to the buzzers, and what they say.

use kiosk_hub::Hub;
use kiosk_proto::Timestamp;
use kiosk_proto::v1::order_status::Value as Status;
use serde::{Deserialize, Serialize};

use super::message::{json, passing};
use super::orders::OrderChange;
use crate::Publication;
use crate::topics::{BUZZER_SAYS, Topics};

/// How long after an order became ready its call is worth hearing: a buzzer that comes back later
/// must not ring for a customer who has been served.
const CALL_MAX_MS: i64 = 120_000;

/// The one pattern there is: the order can be picked up.
const PATTERN: &str = "ready";

/// A press kind or a status, in bytes.
const WORD_BYTES_MAX: usize = 32;

/// `…/buzzer/<id>/call` and `…/cancel`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Command<'a> {
    order_id: &'a str,
    daily_num: i32,
    pattern: &'static str,
    expires_at: Timestamp,
    seq: u64,
}

/// `…/buzzer/<id>/ack`.
#[derive(Deserialize)]
struct Ack {
    seq: u64,
}

/// What the event has the order's buzzer do. Nothing if there is no buzzer, and no call that is
/// too late (an event that is published again, or after a long time without a broker).
pub(super) fn command(
    change: OrderChange<'_>,
    seq: u64,
    time: Timestamp,
    hub: &Hub,
    topics: &Topics,
) -> Option<Publication> {
    let expires_at = Timestamp::from_ms(time.as_ms().saturating_add(CALL_MAX_MS));
    let verb = match (change.previous, change.status) {
        (_, Status::Ready) if is_wanted(change.order_id, expires_at, hub) => "call",
        (_, Status::Ready) => return None,
        (Some(Status::Ready), _) | (_, Status::Cancelled) => "cancel",
        _ => return None,
    };
    let OrderChange { order_id, daily_num, buzzer_id, .. } = change;
    let payload = json(&Command { order_id, daily_num, pattern: PATTERN, expires_at, seq });
    Some(passing(topics.buzzer(buzzer_id, verb)?, payload))
}

/// Whether the order is still waiting to be picked up.
fn is_wanted(order_id: &str, expires_at: Timestamp, hub: &Hub) -> bool {
    let snapshot = hub.snapshot();
    let order = snapshot.state.order(order_id);
    order.is_some_and(|order| order.status() == Status::Ready) && hub.now() < expires_at
}

/// The filters for all that buzzers say.
pub(super) fn subscriptions(topics: &Topics) -> Vec<String> {
    BUZZER_SAYS.map(|verb| topics.topic(format_args!("buzzer/+/{verb}"))).into()
}

/// Logs what a buzzer says. Nothing follows from it yet, and anyone in the shop's network can say
/// it: so not above debug.
pub(super) fn heard(topic: &str, payload: &[u8], topics: &Topics) {
    let Some((buzzer, verb)) = topics.buzzer_of(topic) else {
        return tracing::debug!(topic, "not a buzzer's topic");
    };
    match (verb, word(payload)) {
        ("ack", _) => match serde_json::from_slice(payload) {
            Ok(Ack { seq }) => tracing::debug!(buzzer, seq, "a buzzer has the call"),
            Err(error) => tracing::debug!(buzzer, %error, "a buzzer's ack is malformed"),
        },
        ("button", Some(press)) => tracing::debug!(buzzer, press, "a buzzer's button was pressed"),
        ("status", Some(status @ ("online" | "offline"))) => {
            tracing::debug!(buzzer, status, "a buzzer has come or gone");
        }
        _ => tracing::debug!(topic, bytes = payload.len(), "a buzzer's message is malformed"),
    }
}

fn word(payload: &[u8]) -> Option<&str> {
    let word = std::str::from_utf8(payload).ok()?;
    let fits = (1..=WORD_BYTES_MAX).contains(&word.len());
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (fits && plain).then_some(word)
}
