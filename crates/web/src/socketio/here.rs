//! The sessions that clients may come back to.
//!
//! A client whose cable was cut is back before the box has noticed that it was away: its new
//! connection then ends the old one and has its place, so that nobody is here twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::credentials::SessionPlace;

/// By the sessions' ids.
#[derive(Debug, Default)]
pub(crate) struct Here(Mutex<HashMap<String, Holder>>);

#[derive(Debug)]
struct Holder {
    place: Arc<SessionPlace>,
    overtaken: CancellationToken,
}

/// As long as a client is here.
pub(super) struct Stay {
    here: Arc<Here>,
    id: String,
    pub(super) place: Arc<SessionPlace>,
    overtaken: CancellationToken,
}

impl Here {
    /// With the place of the session that had this id, or else with one that `take` finds.
    pub(super) fn enter(
        self: &Arc<Self>,
        id: &str,
        take: impl FnOnce() -> Option<SessionPlace>,
    ) -> Option<Stay> {
        let mut here = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match here.remove(id) {
            Some(before) => {
                before.overtaken.cancel();
                before.place
            }
            None => Arc::new(take()?),
        };
        let overtaken = CancellationToken::new();
        let holder = Holder { place: Arc::clone(&place), overtaken: overtaken.clone() };
        here.insert(id.into(), holder);
        Some(Stay { here: Arc::clone(self), id: id.into(), place, overtaken })
    }
}

impl Stay {
    /// Returns when the client has come back on another connection.
    pub(super) async fn overtaken(&self) {
        self.overtaken.cancelled().await;
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut here = self.here.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who was overtaken is in the map no more: another is, under the same id.
        if !self.overtaken.is_cancelled() {
            here.remove(&self.id);
        }
    }
}
