//! What the log has come to since the last close.

use std::{ops::ControlFlow, sync::Arc};

use kiosk_domain::{State, Tally};
use kiosk_hub::{FollowError, Heard, Hub, Position};
use kiosk_proto::{Timestamp, v1::DayReport};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::Reports;
use crate::status::{follow_ended, internal};

/// Counts up to now, and what `make` makes of it and of the state that it is of.
///
/// A caller who leaves ends the counting. What was counted until then is kept, so that after years
/// without a close a few calls come to the end within their deadlines.
pub(super) async fn counted(
    reports: &Reports,
    make: impl FnOnce(&Tally, &State, Timestamp) -> DayReport + Send + 'static,
) -> Result<(DayReport, Position), Status> {
    let mut kept = Arc::clone(&reports.kept).lock_owned().await;
    let left = CancellationToken::new();
    let _leaves = left.clone().drop_guard();
    let hub = reports.hub.clone();
    let counting = tokio::task::spawn_blocking(move || {
        // Not earlier: who had to wait is told of now, and nothing is counted beyond the state.
        let snapshot = hub.snapshot();
        let tally = match kept.take() {
            Some(tally) if tally.may_go_on(&snapshot.state) => tally,
            _ => Tally::new(&snapshot.state),
        };
        let tally = kept.insert(tally);
        go_on(&hub, tally, snapshot.position.seq, &left)?;
        Ok((make(tally, &snapshot.state, hub.now()), snapshot.position))
    });
    let counted = counting.await.map_err(|error| internal(&error))?;
    counted.map_err(|error: FollowError| follow_ended(&error))
}

fn go_on(
    hub: &Hub,
    tally: &mut Tally,
    through: u64,
    left: &CancellationToken,
) -> Result<(), FollowError> {
    let reached = hub.read_log(tally.through_seq(), through, |heard| {
        match heard {
            Heard::Event { seq, epoch, time, payload } => tally.count(seq, epoch, time, payload),
            Heard::Missing(events) => tally.miss(events),
        }
        if left.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    tally.reach(reached);
    if reached < through {
        return Err(FollowError::Lost { from: reached.saturating_add(1), to: through });
    }
    Ok(())
}
