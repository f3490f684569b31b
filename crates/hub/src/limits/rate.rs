use std::{
    hash::Hash,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, MonotonicClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};

/// What may come at once after a while of silence: so many seconds' worth.
const BURST_SECONDS: u32 = 5;
/// Those that are told apart; one more has to wait until another has rested.
const KEYS_MAX: usize = 4_096;
/// How long it is told to wait.
const FULL: Duration = Duration::from_secs(1);

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Instant>>;
type Direct = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Instant>>;

/// How often each may do something.
#[derive(Debug)]
pub(crate) struct Rate<K: Clone + Hash + Eq>(Option<Keyed<K>>);

/// How often one may do something.
#[derive(Debug)]
pub struct Pace(Option<Direct>);

impl<K: Clone + Hash + Eq> Rate<K> {
    /// 0: as often as they like.
    pub(crate) fn new(per_second: u32) -> Self {
        let limiter = |quota| RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock);
        Self(quota(per_second).map(limiter))
    }

    /// Once more, or how long to wait.
    pub(crate) fn take(&self, key: &K) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if limiter.len() >= KEYS_MAX {
            // Who has rested for long enough is as if it had never come.
            limiter.retain_recent();
            if limiter.len() >= KEYS_MAX {
                return Err(FULL);
            }
        }
        let taken = limiter.check_key(key);
        taken.map_err(|early| early.wait_time_from(MonotonicClock.now()))
    }
}

impl Pace {
    /// 0: as often as it likes.
    pub fn new(per_second: u32) -> Self {
        let limiter = |quota| RateLimiter::new(quota, InMemoryState::default(), MonotonicClock);
        Self(quota(per_second).map(limiter))
    }

    /// Once more, or how long to wait.
    pub fn take(&self) -> Result<(), Duration> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check().map_err(|early| early.wait_time_from(MonotonicClock.now()))
    }
}

fn quota(per_second: u32) -> Option<Quota> {
    let burst = NonZeroU32::new(per_second.saturating_mul(BURST_SECONDS))?;
    Some(Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_seconds_worth_may_come_at_once_and_then_each_has_its_own_wait() {
        let rate = Rate::new(1);
        for _ in 0..5 {
            assert_eq!(rate.take(&"a"), Ok(()));
        }
        let wait = rate.take(&"a").unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(rate.take(&"b"), Ok(()));
        let pace = Pace::new(1);
        assert_eq!((0..6).filter(|_| pace.take().is_ok()).count(), 5);
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let (rate, pace) = (Rate::new(0), Pace::new(0));
        assert!((0..10_000).all(|_| rate.take(&1).is_ok() && pace.take().is_ok()));
    }

    #[test]
    fn made_up_clients_take_no_more_than_their_room() {
        let rate = Rate::new(1);
        let came = (0..2 * KEYS_MAX).filter(|key| rate.take(key).is_ok()).count();
        assert!(came < 2 * KEYS_MAX, "all have come");
        assert!(rate.0.unwrap().len() <= KEYS_MAX);
    }
}
