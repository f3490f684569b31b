//! Which sessions there are, and the way from a request to its session.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use tokio::sync::{mpsc, oneshot};

use crate::{Closed, payload::Packets, refusal::Refusal};

/// 120 bits nobody can guess, 20 characters as base64url: who knows the id of a session may speak
/// for it.
const ID_BYTES: usize = 15;
/// Requests of one session that wait for it: a poll, a post, an upgrade and one too many.
const REQUESTS_MAX: usize = 4;

/// A session's id.
pub(crate) type Id = Arc<str>;
/// The body of an answer, or what is answered instead. No answer: the session has ended.
pub(crate) type Reply = oneshot::Sender<Result<Bytes, Refusal>>;

/// What a request asks of its session.
#[derive(Debug)]
pub(crate) enum Ask {
    Poll(Reply),
    Post(Packets, Reply),
    /// A WebSocket that wants to take over.
    Upgrade(OnUpgrade),
    /// The request was such that the session ends.
    End(Closed),
}

/// The way to a session that polls. Asks are boxed, as most sessions wait for none.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) asks: mpsc::Sender<Box<Ask>>,
    /// A POST's body is on its way.
    pub(crate) posting: AtomicBool,
}

#[derive(Debug, Clone)]
pub(crate) enum Session {
    Polling(Arc<Door>),
    /// Nothing more can be asked of it.
    WebSocket,
}

/// Held for moments only, never over an await.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<HashMap<Id, Session>>);

impl Registry {
    pub(crate) fn len(&self) -> usize {
        self.sessions().len()
    }

    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        self.sessions().get(id).cloned()
    }

    /// A new id, if there is room for one more session.
    pub(crate) fn add(&self, session: Session, sessions_max: usize) -> Result<Id, Refusal> {
        let mut random = [0; ID_BYTES];
        getrandom::fill(&mut random).map_err(|_| Refusal::Unavailable)?;
        let id: Id = URL_SAFE_NO_PAD.encode(random).into();
        let mut sessions = self.sessions();
        if sessions.len() >= sessions_max {
            return Err(Refusal::Unavailable);
        }
        sessions.insert(Arc::clone(&id), session);
        Ok(id)
    }

    /// From polling to WebSocket.
    pub(crate) fn upgraded(&self, id: &str) {
        if let Some(session) = self.sessions().get_mut(id) {
            *session = Session::WebSocket;
        }
    }

    pub(crate) fn remove(&self, id: &str) {
        self.sessions().remove(id);
    }

    /// A panic elsewhere leaves the map as whole as it was.
    fn sessions(&self) -> MutexGuard<'_, HashMap<Id, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Door {
    pub(crate) fn new() -> (Arc<Self>, mpsc::Receiver<Box<Ask>>) {
        let (asks, receiver) = mpsc::channel(REQUESTS_MAX);
        (Arc::new(Self { asks, posting: AtomicBool::new(false) }), receiver)
    }

    /// An ask that finds no session is dropped, and its reply with it.
    pub(crate) async fn ask(&self, ask: Ask) {
        let _ = self.asks.send(Box::new(ask)).await;
    }

    /// The right to post; no one else has it until it is dropped.
    pub(crate) fn begin_post(self: &Arc<Self>) -> Option<Posting> {
        let was_posting = self.posting.swap(true, Relaxed);
        (!was_posting).then(|| Posting(Arc::clone(self)))
    }
}

#[derive(Debug)]
pub(crate) struct Posting(Arc<Door>);

impl Drop for Posting {
    fn drop(&mut self) {
        self.0.posting.store(false, Relaxed);
    }
}
