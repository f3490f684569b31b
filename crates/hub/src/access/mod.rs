//! Who a client is, by the token it shows: a paired device, a customer with an order, nobody. And
//! what is told of it in the record.

mod codes;
mod identity;
mod live;
mod order_key;
mod recorder;
mod token;

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use kiosk_domain::{Actor, DeviceState, SecretHash, State};
use kiosk_proto::{
    Timestamp,
    v1::{AuditEntry, Device, Order, Person, audit_entry::Kind, role::Value as Role},
};
use tokio::sync::mpsc;

pub use codes::{Code, CodeRefused, CodesFull, Redemption};
pub use identity::Identity;
pub use token::{bearer, password_hash};

use self::{
    codes::Codes,
    live::{Holder, Live},
    order_key::OrderKeyFile,
    recorder::Recorder,
    token::Token,
};
use crate::{
    Clock, Limits, Request, fanout::Fanout, limits::Rate, request::random_id, stats::Stats,
    writer::Answer,
};

/// The door of the box.
pub struct Access {
    /// Who shows nothing is the admin: for a demo, on the box itself.
    is_open: bool,
    orders: OrderKeyFile,
    fanout: Arc<Fanout>,
    clock: Arc<dyn Clock>,
    live: Mutex<Live>,
    codes: Mutex<Codes>,
    recorder: Recorder,
    /// Calls of who is known, and requests of who is not.
    calls: Rate<Holder>,
    requests: Rate<IpAddr>,
    stats: Arc<Stats>,
}

/// The token is worth nothing, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not one of this box, or not any more")]
pub struct TokenRefused;

/// When and from where a device came last.
pub type Seen = (Timestamp, Option<IpAddr>);

impl Access {
    pub(crate) fn open(
        is_open: bool,
        limits: &Limits,
        stats: Arc<Stats>,
        data_dir: &Path,
        fanout: Arc<Fanout>,
        clock: Arc<dyn Clock>,
        queue: mpsc::WeakSender<(Request, Answer)>,
    ) -> io::Result<Self> {
        Ok(Self {
            is_open,
            orders: OrderKeyFile::open(data_dir)?,
            fanout,
            clock,
            live: Mutex::default(),
            codes: Mutex::new(Codes::new()),
            recorder: Recorder::new(queue),
            calls: Rate::new(limits.calls_per_second),
            requests: Rate::new(limits.requests_per_address_per_second),
            stats,
        })
    }

    /// Whether who shows nothing is the admin.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Who shows that token, or none. What it is worth is looked up anew each time.
    pub fn identify(
        &self,
        token: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Identity, TokenRefused> {
        let Some(token) = token else { return Ok(self.without_token(address)) };
        self.let_in(self.holder(&self.fanout.snapshot().state, token), address)
    }

    /// Who has proved to be that device, in some other way than by its token.
    pub fn identify_device(
        &self,
        device_id: i32,
        address: Option<IpAddr>,
    ) -> Result<Identity, TokenRefused> {
        let snapshot = self.fanout.snapshot();
        let known = snapshot.state.device(device_id).and_then(|known| self.of_device(known));
        self.let_in(known, address)
    }

    fn let_in(
        &self,
        known: Option<(Holder, Actor)>,
        address: Option<IpAddr>,
    ) -> Result<Identity, TokenRefused> {
        let Some((holder, actor)) = known else {
            if self.is_open {
                // Clients of older systems show tokens of their own.
                return Ok(self.without_token(address));
            }
            let entry = AuditEntry { kind: Kind::TokenRefused.into(), ..AuditEntry::default() };
            self.recorder.refused(entry, address, Instant::now());
            return Err(TokenRefused);
        };
        let used = self.live().used(&holder, self.clock.now(), address);
        // A session is in the record since it was signed in.
        if let (true, 0, Holder::Device(device_id)) = (used.is_new, actor.id, &holder) {
            self.recorder.submit(AuditEntry {
                kind: Kind::TokenUsed.into(),
                device_id: *device_id,
                device_name: actor.name.clone(),
                role: actor.role.into(),
                address: text(address),
                ..AuditEntry::default()
            });
        }
        Ok(Identity::new(actor, holder, address, used.ended))
    }

    /// Counts a call for who makes it, or says how long to wait.
    pub fn count_call(&self, who: &Identity) -> Result<(), Duration> {
        match who.holder() {
            Holder::Nobody => who.address().map_or(Ok(()), |from| self.count_request(from)),
            known => self.calls.take(known).inspect_err(|_| {
                self.stats.limited.calls.fetch_add(1, Relaxed);
            }),
        }
    }

    /// The same for a request of which nobody knows whose it is.
    pub fn count_request(&self, from: IpAddr) -> Result<(), Duration> {
        self.requests.take(&from).inspect_err(|_| {
            self.stats.limited.requests.fetch_add(1, Relaxed);
        })
    }

    /// The token that lets a customer's phone see an order, and nothing else.
    pub fn order_token(&self, order: &Order) -> String {
        self.orders.token(&order.order_id)
    }

    /// Somebody called what they must not.
    pub fn call_refused(&self, who: &Identity, method: &str) {
        let entry = AuditEntry {
            kind: Kind::CallRefused.into(),
            device_id: who.device_id(),
            device_name: who.actor().name.clone(),
            role: who.role().into(),
            detail: method.into(),
            ..AuditEntry::default()
        };
        self.recorder.refused(entry, who.address(), Instant::now());
    }

    /// A code for the first admin, good until it is used; none when there is an admin, or nobody needs
    /// credentials.
    pub fn first_admin_code(&self) -> Option<Code> {
        let is_admin = |device: &DeviceState| device.device.role() == Role::Admin;
        let has_admin = self.fanout.snapshot().state.devices().any(is_admin);
        if has_admin || self.is_open { None } else { self.admin_code() }
    }

    /// The same, whoever there is: for who has lost the last admin's token. None: too many codes wait.
    pub fn admin_code(&self) -> Option<Code> {
        let by = Person { id: 0, name: "box".into() };
        let wish = Code::new(Role::Admin, String::new(), by.clone()).lasting();
        let code = self.create_code(wish, random_id()).ok()?;
        let (kind, role) = (Kind::CodeCreated.into(), Role::Admin.into());
        self.recorder.submit(AuditEntry { kind, role, by: Some(by), ..AuditEntry::default() });
        Some(code)
    }

    /// A code for one device. The same request gets the same code.
    pub fn create_code(&self, wish: Code, request_id: u128) -> Result<Code, CodesFull> {
        self.codes().create(wish, request_id, self.clock.uptime_ms())
    }

    /// How long a code is still good for; None: until it is used.
    pub fn expires_in_ms(&self, code: &Code) -> Option<i64> {
        code.expires_ms.map(|at_ms| at_ms.saturating_sub(self.clock.uptime_ms()))
    }

    /// Whoever has a code may be paired as it says, with a new token. Whether it was, is to be
    /// [said](Self::settle) afterwards.
    pub fn redeem(
        &self,
        code: &str,
        request_id: u128,
        address: Option<IpAddr>,
    ) -> Result<Redemption, CodeRefused> {
        let now_ms = self.clock.uptime_ms();
        let redeemed = self.codes().redeem(code, request_id, address, now_ms, Instant::now());
        redeemed.inspect_err(|refused| {
            let (kind, detail) = (Kind::CodeRefused.into(), refused.to_string());
            let entry = AuditEntry { kind, detail, ..AuditEntry::default() };
            self.recorder.refused(entry, address, Instant::now());
        })
    }

    /// A token for whoever signs in; the same request gets the same one.
    pub fn session_token(&self, request_id: u128) -> Option<(String, SecretHash)> {
        self.codes().session_token(request_id).map(|new| (new.token, new.hash))
    }

    /// Somebody could not sign in.
    pub fn sign_in_refused(&self, name: &str, address: Option<IpAddr>) {
        let (kind, device_name) = (Kind::SignInRefused.into(), name.into());
        let entry = AuditEntry { kind, device_name, ..AuditEntry::default() };
        self.recorder.refused(entry, address, Instant::now());
    }

    /// The device was paired, or it was not and may try again.
    pub fn settle(&self, request_id: u128, is_paired: bool) {
        self.codes().settle(request_id, is_paired, self.clock.uptime_ms());
    }

    /// The devices that came since the box has started, by id.
    pub fn seen(&self) -> BTreeMap<i32, Seen> {
        self.live().seen()
    }

    /// Ends what was revoked since, and tells what is to be told. Asked by the clock, and when
    /// something was revoked.
    pub fn look(&self) {
        let snapshot = self.fanout.snapshot();
        self.live().end_all_but(|holder| match holder {
            Holder::Device(device_id) => {
                let device = snapshot.state.device(*device_id);
                device.is_some_and(|device| !device.is_expired(self.clock.now()))
            }
            Holder::Order(order_id) => snapshot.state.order(order_id).is_some(),
            Holder::Nobody => true,
        });
        self.recorder.look(Instant::now());
    }

    fn without_token(&self, address: Option<IpAddr>) -> Identity {
        let (role, name) = match self.is_open {
            true => (Role::Admin, "admin"),
            false => (Role::Unspecified, ""),
        };
        let actor = Actor { role, id: 0, name: name.into() };
        Identity::new(actor, Holder::Nobody, address, Default::default())
    }

    fn holder(&self, state: &State, token: &str) -> Option<(Holder, Actor)> {
        match Token::parse(token)? {
            Token::Device { salt } => {
                // Some dozens, and their beginnings differ at once.
                let prefix = token::hash_prefix(&salt);
                let known =
                    state.devices().find(|it| it.token_hash.expose().starts_with(&prefix))?;
                let fits = token::hash(token, &salt) == known.token_hash.expose();
                if fits { self.of_device(known) } else { None }
            }
            Token::Order { order_id } => {
                // Worth nothing any more when the order has left the working set.
                let order = state.order(order_id).filter(|_| self.orders.fits(token, order_id))?;
                let actor = Actor { role: Role::Customer, id: 0, name: "customer".into() };
                Some((Holder::Order(order.order_id.clone()), actor))
            }
        }
    }

    /// None: its time is over.
    fn of_device(&self, known: &DeviceState) -> Option<(Holder, Actor)> {
        let Device { device_id, staff_id: id, name, .. } = known.device.clone();
        let actor = Actor { role: known.device.role(), id, name };
        (!known.is_expired(self.clock.now())).then_some((Holder::Device(device_id), actor))
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn codes(&self) -> std::sync::MutexGuard<'_, Codes> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("is_open", &self.is_open).finish_non_exhaustive()
    }
}

fn text(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_canonical().to_string()).unwrap_or_default()
}
