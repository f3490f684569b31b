use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Wrong PINs of one member until no more are taken.
const TRIES_MAX: u32 = 5;
/// How long no more are taken, and how long wrong ones are remembered.
const LOCKED: Duration = Duration::from_secs(60);
/// Members with wrong PINs that are remembered. Checks take so long that so many can't be tried in
/// [`LOCKED`]; one more would have to wait.
const REMEMBERED_MAX: usize = 4_096;

/// Counts wrong PINs by cell and member, whether there is such a member or not: it looks the same.
///
/// In memory only: a restart forgets, and takes longer than a lock.
#[derive(Debug, Default)]
pub(crate) struct Throttle(HashMap<(i32, i32), Tries>);

#[derive(Debug)]
struct Tries {
    count: u32,
    newest: Instant,
}

impl Throttle {
    /// Before a PIN is checked: the try counts as wrong until it is forgotten, so that many at once
    /// are not more than many. Or how long to wait.
    pub(crate) fn begin(&mut self, member: (i32, i32), now: Instant) -> Result<(), Duration> {
        let age = |tries: &Tries| now.saturating_duration_since(tries.newest);
        if self.0.len() >= REMEMBERED_MAX {
            self.0.retain(|_, tries| age(tries) < LOCKED);
        }
        if self.0.len() >= REMEMBERED_MAX && !self.0.contains_key(&member) {
            return Err(LOCKED);
        }
        let tries = self.0.entry(member).or_insert(Tries { count: 0, newest: now });
        match age(tries) {
            age if age >= LOCKED => tries.count = 0,
            age if tries.count >= TRIES_MAX => return Err(LOCKED - age),
            _ => {}
        }
        *tries = Tries { count: tries.count + 1, newest: now };
        Ok(())
    }

    /// After the right PIN.
    pub(crate) fn forget(&mut self, member: (i32, i32)) {
        self.0.remove(&member);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_pins_lock_a_member_for_a_minute_and_nobody_else() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
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
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        for _ in 0..3 {
            for _ in 0..5 {
                assert_eq!(throttle.begin((1, 1), now), Ok(()));
            }
            throttle.forget((1, 1));
        }
    }

    #[test]
    fn made_up_members_take_no_more_than_their_room_and_free_nobody() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(throttle.begin((1, 1), start), Ok(()));
        }
        let count = i32::try_from(REMEMBERED_MAX).unwrap();
        for member in 2..=count {
            assert_eq!(throttle.begin((1, member), start), Ok(()));
        }
        assert_eq!(throttle.begin((2, 1), start), Err(LOCKED));
        assert_eq!(throttle.begin((1, 1), start), Err(LOCKED));
        assert_eq!(throttle.0.len(), REMEMBERED_MAX);
        assert_eq!(throttle.begin((2, 1), start + LOCKED), Ok(()));
    }
}
