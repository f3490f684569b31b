//! How many sessions there may be: in all, and for each client.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// What is longer is no token.
const TOKEN_BYTES_MAX: usize = 1024;

/// Who a session belongs to, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Visitor {
    /// Nothing else is known of it.
    Address(IpAddr),
    /// It came with this token. (Whether the token is worth anything is another question.)
    Token(String),
}

impl Visitor {
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
    per_visitor_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_visitor: HashMap<Visitor, usize>,
}

/// One session's place, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    visitor: Visitor,
}

impl Places {
    pub(crate) fn new(max: usize, per_visitor_max: usize) -> Self {
        Self { max, per_visitor_max, taken: Mutex::default() }
    }

    /// None when there are too many, in all or of this client.
    pub(crate) fn take(self: &Arc<Self>, visitor: Visitor) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_visitor.get(&visitor).copied().unwrap_or(0);
        if taken.total >= self.max || own >= self.per_visitor_max {
            return None;
        }
        taken.total += 1;
        taken.by_visitor.insert(visitor.clone(), own + 1);
        Some(Place { places: Arc::clone(self), visitor })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(own) = taken.by_visitor.get_mut(&self.visitor) {
            *own -= 1;
            if *own == 0 {
                taken.by_visitor.remove(&self.visitor);
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
        let token = |name: &str| Visitor::Token(name.into());
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
        assert_eq!(places.taken.lock().unwrap().by_visitor.len(), 0);
        assert_eq!(places.taken.lock().unwrap().total, 0);
    }
}
