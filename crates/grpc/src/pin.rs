//! PINs of cells' members: made into hashes and checked here, away from the threads that serve,
//! and never in the rules.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::SaltString,
};
use kiosk_domain::{Actor, PinClaim, PlaceOrder, SecretHash, State};
use kiosk_hub::Throttle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::Status;
use uuid::Uuid;

use crate::status::{internal, pin_busy, pin_locked, sign_in_locked};

/// Of argon2id, in KiB. OWASP names several settings of equal worth; this is the one with the least
/// memory, because a Pi may have no more than 1 GiB for everything.
const MEMORY_KIB: u32 = 7 * 1024;
/// How often the memory is gone through: what OWASP wants with that much. A check takes about 0.1 s
/// of one core of a Pi 4.
const PASSES: u32 = 5;

/// Wrong PINs of one member until no more are taken for a minute.
const TRIES_MAX: u32 = 5;
/// Wrong passwords and PINs of all who sign in, until no more are taken for a minute.
const ALL_TRIES_MAX: u32 = 30;
/// Checks at once: half of a Pi's cores, the others take orders.
const AT_ONCE_MAX: usize = 2;
/// Checks at once or waiting for their turn: two seconds' worth. One more is refused as busy.
const TAKEN_MAX: usize = 32;

/// Cheap to clone; clones share their bounds.
#[derive(Clone)]
pub(crate) struct Pins(Arc<Inner>);

struct Inner {
    taken: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// By cell and member. Checks take so long that no more than it remembers can be tried in a minute.
    throttle: Mutex<Throttle<(i32, i32)>>,
    /// By name, and in all.
    signing_in: Mutex<(Throttle<String>, Throttle<()>)>,
    /// Fits no PIN: who asks for a member that is not there waits as long as for one that is.
    nobodys: OnceLock<SecretHash>,
}

impl Pins {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            taken: Arc::new(Semaphore::new(TAKEN_MAX)),
            turns: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            throttle: Mutex::new(Throttle::new(TRIES_MAX)),
            signing_in: Mutex::new((Throttle::new(TRIES_MAX), Throttle::new(ALL_TRIES_MAX))),
            nobodys: OnceLock::new(),
        }))
    }

    /// What is to be kept of a PIN.
    pub(crate) async fn hash(&self, pin: String) -> Result<SecretHash, Status> {
        let taken = self.take()?;
        let hashed = self.work(taken, move |_| hash(&pin)).await?;
        hashed.map_err(|error| internal(&error))
    }

    /// Checks the PIN of an order that needs one, and notes in the order what came of it.
    pub(crate) async fn check(
        &self,
        state: &State,
        actor: &Actor,
        wish: &mut PlaceOrder,
        pin: &str,
    ) -> Result<(), Status> {
        let is_kiosk = wish.is_of_kiosk(actor);
        let (Some(cell_id), Some(claim)) = (wish.cell_id, &mut wish.member) else { return Ok(()) };
        if !is_kiosk || pin.is_empty() || !state.needs_pin(cell_id) {
            return Ok(());
        }
        let taken = self.take()?;
        let member = (cell_id, claim.member_id);
        self.throttle(|throttle| throttle.begin(member, Instant::now())).map_err(pin_locked)?;
        let known = state.pin_hash(cell_id, claim.member_id).cloned();
        let pin = pin.to_owned();
        let fits = self.work(taken, move |inner| inner.fits(&pin, known)).await?;
        let fits = fits.map_err(|error| internal(&error))?;
        if fits.is_some() {
            self.throttle(|throttle| throttle.forget(&member));
        }
        claim.pin = fits.map_or(PinClaim::Wrong, PinClaim::Fits);
        Ok(())
    }

    /// The hash that the secret of whoever wants to sign in fits. It is checked against some hash in any
    /// case, and counts as a guess until it fits.
    pub(crate) async fn sign_in(
        &self,
        name: &str,
        secret: &str,
        known: Option<SecretHash>,
    ) -> Result<Option<SecretHash>, Status> {
        let taken = self.take()?;
        let now = Instant::now();
        self.names(|names, all| {
            names.begin(name.to_owned(), now).and_then(|()| all.begin((), now))
        })
        .map_err(sign_in_locked)?;
        let secret = secret.to_owned();
        let fits = self.work(taken, move |inner| inner.fits(&secret, known)).await?;
        let fits = fits.map_err(|error| internal(&error))?;
        if fits.is_some() {
            self.names(|names, all| {
                names.forget(&name.to_owned());
                all.take_back(&());
            });
        }
        Ok(fits)
    }

    fn names<T>(&self, act: impl FnOnce(&mut Throttle<String>, &mut Throttle<()>) -> T) -> T {
        let mut signing_in = self.0.signing_in.lock().unwrap_or_else(PoisonError::into_inner);
        let (names, all) = &mut *signing_in;
        act(names, all)
    }

    fn throttle<T>(&self, act: impl FnOnce(&mut Throttle<(i32, i32)>) -> T) -> T {
        act(&mut self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.0.taken).try_acquire_owned().map_err(|_| pin_busy())
    }

    /// On a thread of its own, in turn. It goes on when the caller has left, and counts until it
    /// has ended.
    async fn work<T: Send + 'static>(
        &self,
        taken: OwnedSemaphorePermit,
        job: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Status> {
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| pin_busy())?;
        let inner = Arc::clone(&self.0);
        let working = tokio::task::spawn_blocking(move || {
            let _held = (taken, turn);
            job(&inner)
        });
        working.await.map_err(|error| internal(&error))
    }
}

impl Inner {
    /// The hash that the PIN fits. It is checked against some hash in any case.
    fn fits(&self, pin: &str, known: Option<SecretHash>) -> Result<Option<SecretHash>, PinError> {
        let nobodys = match self.nobodys.get() {
            Some(hash) => hash,
            None => {
                let hash = hash(&Uuid::new_v4().to_string())?;
                self.nobodys.get_or_init(|| hash)
            }
        };
        let against = PasswordHash::new(known.as_ref().unwrap_or(nobodys).expose())?;
        let fits = argon2()?.verify_password(pin.as_bytes(), &against).is_ok();
        Ok(known.filter(|_| fits))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a PIN can't be hashed: {0}")]
struct PinError(String);

impl From<argon2::password_hash::Error> for PinError {
    fn from(error: argon2::password_hash::Error) -> Self {
        Self(error.to_string())
    }
}

fn argon2() -> Result<Argon2<'static>, PinError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None);
    let params = params.map_err(|error| PinError(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(pin: &str) -> Result<SecretHash, PinError> {
    // All that a salt must be is never the same.
    let salt = SaltString::encode_b64(Uuid::new_v4().as_bytes())?;
    let hash = argon2()?.hash_password(pin.as_bytes(), &salt)?.to_string();
    SecretHash::new(hash).ok_or_else(|| PinError("the hash is too long".into()))
}
