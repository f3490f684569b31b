use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts what is open: in all, and for each client.
#[derive(Debug)]
pub struct Places<K> {
    max: usize,
    per_key_max: usize,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    total: usize,
    by_key: HashMap<K, usize>,
}

/// One place, free again when it is dropped.
#[derive(Debug)]
pub struct Place<K: Hash + Eq> {
    places: Arc<Places<K>>,
    key: K,
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// So many in all, and so many for each; 0: as many as there are.
    pub fn new(max: usize, per_key_max: usize) -> Self {
        let per_key_max = if per_key_max == 0 { max } else { per_key_max };
        let taken = Taken { total: 0, by_key: HashMap::new() };
        Self { max, per_key_max, taken: Mutex::new(taken) }
    }

    /// None when there are too many, in all or of this client.
    pub fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_key.get(&key).copied().unwrap_or(0);
        if taken.total >= self.max || own >= self.per_key_max {
            return None;
        }
        taken.total += 1;
        taken.by_key.insert(key.clone(), own + 1);
        Some(Place { places: Arc::clone(self), key })
    }
}

impl<K: Hash + Eq> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total -= 1;
        if let Some(own) = taken.by_key.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                taken.by_key.remove(&self.key);
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
        let first = places.take("a");
        let second = places.take("a");
        assert!(first.is_some() && second.is_some());
        assert!(places.take("a").is_none(), "a third for the same client");
        let third = places.take("b");
        assert!(third.is_some());
        assert!(places.take("c").is_none(), "a fourth in all");
        drop(first);
        let again = places.take("a");
        assert!(again.is_some());
        drop((second, third, again));
        assert_eq!(places.taken.lock().unwrap().by_key.len(), 0);
        assert_eq!(places.taken.lock().unwrap().total, 0);
    }

    #[test]
    fn without_a_bound_for_each_one_may_have_all() {
        let places = Arc::new(Places::new(3, 0));
        let taken: Vec<_> = (0..4).filter_map(|_| places.take("a")).collect();
        assert_eq!(taken.len(), 3);
    }
}
