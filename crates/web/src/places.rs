//! How many sessions there may be: in all, and for each client.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use hyper::{HeaderMap, header};

/// What is longer is no token.
const TOKEN_BYTES_MAX: usize = 1024;

/// Who a session belongs to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// Nothing else is known of it.
    Address(IpAddr),
    /// It came with this token. (Whether the token is worth anything is another question.)
    Token(String),
}

impl Identity {
    /// By `Authorization: Bearer …`, or else by the address.
    pub(crate) fn of(headers: &HeaderMap, peer: IpAddr) -> Self {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self::of_token(bearer.and_then(|value| value.strip_prefix("Bearer ")), peer)
    }

    /// By the token, or else by the address.
    pub(crate) fn of_token(token: Option<&str>, peer: IpAddr) -> Self {
        match token {
            Some(token) if (1..=TOKEN_BYTES_MAX).contains(&token.len()) => {
                Self::Token(token.into())
            }
            _ => Self::Address(peer),
        }
    }
}

/// Counts the sessions that are open.
#[derive(Debug)]
pub(crate) struct Places {
    max: usize,
    per_identity_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_identity: HashMap<Identity, usize>,
}

/// One session's place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    identity: Identity,
}

impl Places {
    pub(crate) fn new(max: usize, per_identity_max: usize) -> Self {
        Self { max, per_identity_max, taken: Mutex::default() }
    }

    /// None when there are too many, in all or of this client.
    pub(crate) fn take(self: &Arc<Self>, identity: Identity) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_identity.get(&identity).copied().unwrap_or(0);
        if taken.total >= self.max || own >= self.per_identity_max {
            return None;
        }
        taken.total += 1;
        taken.by_identity.insert(identity.clone(), own + 1);
        Some(Place { places: Arc::clone(self), identity })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(own) = taken.by_identity.get_mut(&self.identity) {
            *own -= 1;
            if *own == 0 {
                taken.by_identity.remove(&self.identity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_for_each_and_come_back() {
        let places = Arc::new(Places::new(3, 2));
        let token = |name: &str| Identity::Token(name.into());
        let first = places.take(token("a"));
        let second = places.take(token("a"));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(token("a")).is_none(), "a third for the same client");
        let third = places.take(token("b"));
        assert!(third.is_some());
        assert!(places.take(token("c")).is_none(), "a fourth in all");
        drop(first);
        let again = places.take(token("a"));
        assert!(again.is_some());
        drop((second, third, again));
        assert_eq!(places.taken.lock().unwrap().by_identity.len(), 0);
        assert_eq!(places.taken.lock().unwrap().total, 0);
    }
}
