//! Who guesses has to wait.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// How long no more tries are taken, and how long wrong ones are remembered.
const LOCKED: Duration = Duration::from_secs(60);
/// Keys with wrong tries that are remembered; one more would have to wait.
const REMEMBERED_MAX: usize = 4_096;

/// Counts wrong tries by what is guessed at, or by who guesses: whether there is such a thing or not,
/// it looks the same.
///
/// In memory only: a restart forgets, and takes longer than a lock.
#[derive(Debug)]
pub struct Throttle<K> {
    tries_max: u32,
    tries: HashMap<K, Tries>,
}

#[derive(Debug)]
struct Tries {
    count: u32,
    newest: Instant,
}

impl<K: Eq + Hash> Throttle<K> {
    /// After so many wrong tries no more are taken for a minute.
    pub fn new(tries_max: u32) -> Self {
        Self { tries_max, tries: HashMap::new() }
    }

    /// Before a secret is checked: the try counts as wrong until it is forgotten, so that many at
    /// once are not more than many. Or how long to wait.
    pub fn begin(&mut self, key: K, now: Instant) -> Result<(), Duration> {
        let age = |tries: &Tries| now.saturating_duration_since(tries.newest);
        if self.tries.len() >= REMEMBERED_MAX {
            self.tries.retain(|_, tries| age(tries) < LOCKED);
        }
        if self.tries.len() >= REMEMBERED_MAX && !self.tries.contains_key(&key) {
            return Err(LOCKED);
        }
        let tries = self.tries.entry(key).or_insert(Tries { count: 0, newest: now });
        match age(tries) {
            age if age >= LOCKED => tries.count = 0,
            age if tries.count >= self.tries_max => return Err(LOCKED.saturating_sub(age)),
            _ => {}
        }
        *tries = Tries { count: tries.count.saturating_add(1), newest: now };
        Ok(())
    }

    /// The newest one was right, of whoever is counted here together: the wrong ones of others stay.
    pub fn take_back(&mut self, key: &K) {
        if let Some(tries) = self.tries.get_mut(key) {
            tries.count = tries.count.saturating_sub(1);
        }
    }

    /// After the right one.
    pub fn forget(&mut self, key: &K) {
        self.tries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_pins_lock_a_member_for_a_minute_and_nobody_else() {
        let (mut throttle, start) = (Throttle::new(5), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..5 {
            assert_eq!(throttle.begin((1, 1), at(second)), Ok(()));
        }
        assert_eq!(throttle.begin((1, 1), at(5)), Err(Duration::from_secs(59)));
        assert_eq!(throttle.begin((1, 2), at(5)), Ok(()));
        assert_eq!(throttle.begin((1, 1), at(63)), Err(Duration::from_secs(1)));
        for _ in 0..5 {
            assert_eq!(throttle.begin((1, 1), at(64)), Ok(()));
        }
        assert_eq!(throttle.begin((1, 1), at(64)), Err(LOCKED));
    }

    #[test]
    fn the_right_pin_forgets_the_wrong_ones() {
        let (mut throttle, now) = (Throttle::new(5), Instant::now());
        for _ in 0..3 {
            for _ in 0..5 {
                assert_eq!(throttle.begin((1, 1), now), Ok(()));
            }
            throttle.forget(&(1, 1));
        }
    }

    #[test]
    fn a_right_one_of_many_takes_back_itself_and_no_wrong_one() {
        let (mut throttle, now) = (Throttle::new(5), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.begin((), now), Ok(()));
        }
        for _ in 0..10 {
            assert_eq!(throttle.begin((), now), Ok(()));
            throttle.take_back(&());
        }
        for _ in 0..2 {
            assert_eq!(throttle.begin((), now), Ok(()));
        }
        assert_eq!(throttle.begin((), now), Err(LOCKED));
    }

    #[test]
    fn made_up_members_take_no_more_than_their_room_and_free_nobody() {
        let (mut throttle, start) = (Throttle::new(5), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.begin((1, 1), start), Ok(()));
        }
        let count = i32::try_from(REMEMBERED_MAX).unwrap();
        for member in 2..=count {
            assert_eq!(throttle.begin((1, member), start), Ok(()));
        }
        assert_eq!(throttle.begin((2, 1), start), Err(LOCKED));
        assert_eq!(throttle.begin((1, 1), start), Err(LOCKED));
        assert_eq!(throttle.tries.len(), REMEMBERED_MAX);
        assert_eq!(throttle.begin((2, 1), start + LOCKED), Ok(()));
    }
}
