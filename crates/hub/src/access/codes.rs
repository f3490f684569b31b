//! Codes that pair devices. In memory only: they live for minutes, and a restart forgets them.

use std::{
    collections::VecDeque,
    net::IpAddr,
    time::{Duration, Instant},
};

use kiosk_domain::SecretHash;
use kiosk_proto::v1::{Person, role::Value as Role};

use super::token::NewToken;
use crate::Throttle;

/// Codes that wait to be redeemed.
const CODES_MAX: usize = 32;
/// Requests to sign in whose tokens are remembered.
const SESSIONS_MAX: usize = 64;
/// How long a code is good for.
const LIFE_MS: i64 = 5 * 60_000;
/// Wrong codes within a minute, from one address and from all: of 32^8 codes nobody finds one of 32
/// by guessing 30 a minute for five minutes.
const TRIES_PER_ADDRESS_MAX: u32 = 5;
const TRIES_MAX: u32 = 30;
/// Crockford's: what looks alike is not in it, and each letter is 5 bits.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARS: usize = 8;

/// What a code makes of whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Of the device.
    pub role: Role,
    /// Unless it brings a name itself; may be empty.
    pub name: String,
    /// Who wanted it.
    pub by: Person,
    /// `7K3M-Q9XA`; filled in.
    pub text: Text,
    /// By the box's uptime, in milliseconds; filled in. None: when it is used.
    pub(super) expires_ms: Option<i64>,
    is_lasting: bool,
}

impl Code {
    /// Good for five minutes.
    pub fn new(role: Role, name: String, by: Person) -> Self {
        Self { role, name, by, text: Text::default(), expires_ms: None, is_lasting: false }
    }

    /// Good until it is used, or the box is restarted.
    pub fn lasting(self) -> Self {
        Self { is_lasting: true, ..self }
    }
}

/// A code's text, which nobody must read in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// For who is to have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text(secret)")
    }
}

/// No code could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{CODES_MAX} codes wait to be redeemed already")]
pub struct CodesFull;

/// Why a code pairs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefused {
    /// There is none like it, or not any more.
    #[error("the code is wrong, used, or older than five minutes")]
    Wrong,
    /// Too many wrong ones.
    #[error("too many wrong codes: wait for {} s", .0.as_secs().max(1))]
    Wait(Duration),
    /// No token could be made.
    #[error("the system has no randomness")]
    NoRandomness,
}

/// What a redeemed code is worth.
#[derive(Clone)]
pub struct Redemption {
    /// Of the device.
    pub role: Role,
    /// Unless it brings a name itself.
    pub name: String,
    /// Who wanted the code.
    pub by: Person,
    /// To be shown to the device, and to nobody else.
    pub token: String,
    /// What is to be kept of it.
    pub token_hash: SecretHash,
}

pub(super) struct Codes {
    waiting: Vec<Waiting>,
    /// The newest tokens of sessions, by request: a request whose answer was lost asks again.
    sessions: VecDeque<(u128, NewToken)>,
    by_address: Throttle<Option<IpAddr>>,
    by_all: Throttle<()>,
}

struct Waiting {
    code: Code,
    created_by: u128,
    /// By which request, and what it got: that one gets it again.
    redeemed: Option<(u128, NewToken)>,
}

impl Codes {
    pub(super) fn new() -> Self {
        Self {
            waiting: Vec::new(),
            sessions: VecDeque::new(),
            by_address: Throttle::new(TRIES_PER_ADDRESS_MAX),
            by_all: Throttle::new(TRIES_MAX),
        }
    }

    pub(super) fn create(
        &mut self,
        wish: Code,
        request_id: u128,
        now_ms: i64,
    ) -> Result<Code, CodesFull> {
        self.forget_old(now_ms);
        if let Some(known) = self.waiting.iter().find(|it| it.created_by == request_id) {
            return Ok(known.code.clone());
        }
        if self.waiting.len() >= CODES_MAX {
            return Err(CodesFull);
        }
        let text = Text(random_text().ok_or(CodesFull)?);
        let expires_ms = (!wish.is_lasting).then(|| now_ms.saturating_add(LIFE_MS));
        let code = Code { text, expires_ms, ..wish };
        let waiting = Waiting { code: code.clone(), created_by: request_id, redeemed: None };
        self.waiting.push(waiting);
        Ok(code)
    }

    pub(super) fn redeem(
        &mut self,
        text: &str,
        request_id: u128,
        address: Option<IpAddr>,
        now_ms: i64,
        now: Instant,
    ) -> Result<Redemption, CodeRefused> {
        self.by_address.begin(address, now).map_err(CodeRefused::Wait)?;
        self.by_all.begin((), now).map_err(CodeRefused::Wait)?;
        self.forget_old(now_ms);
        let text = normal(text);
        let fits = |it: &&mut Waiting| normal(&it.code.text.0) == text;
        let Waiting { code, redeemed, .. } =
            self.waiting.iter_mut().find(fits).ok_or(CodeRefused::Wrong)?;
        let new = match redeemed {
            Some((by, token)) if *by == request_id => token.clone(),
            Some(_) => return Err(CodeRefused::Wrong),
            None => {
                let token = NewToken::make().ok_or(CodeRefused::NoRandomness)?;
                *redeemed = Some((request_id, token.clone()));
                token
            }
        };
        self.by_address.forget(&address);
        self.by_all.take_back(&());
        let Code { role, name, by, .. } = code.clone();
        Ok(Redemption { role, name, by, token: new.token, token_hash: new.hash })
    }

    /// None: the system has no randomness.
    pub(super) fn session_token(&mut self, request_id: u128) -> Option<NewToken> {
        if let Some((_, known)) = self.sessions.iter().find(|(by, _)| *by == request_id) {
            return Some(known.clone());
        }
        let token = NewToken::make()?;
        if self.sessions.len() >= SESSIONS_MAX {
            self.sessions.pop_front();
        }
        self.sessions.push_back((request_id, token.clone()));
        Some(token)
    }

    pub(super) fn settle(&mut self, request_id: u128, is_paired: bool, now_ms: i64) {
        let is_its = |it: &Waiting| it.redeemed.as_ref().is_some_and(|(by, _)| *by == request_id);
        for waiting in self.waiting.iter_mut().filter(|it| is_its(it)) {
            if !is_paired {
                waiting.redeemed = None;
            } else if waiting.code.expires_ms.is_none() {
                // Its answer may be asked for again as long as any other's.
                waiting.code.expires_ms = Some(now_ms.saturating_add(LIFE_MS));
            }
        }
    }

    fn forget_old(&mut self, now_ms: i64) {
        self.waiting.retain(|it| it.code.expires_ms.is_none_or(|at_ms| now_ms < at_ms));
    }
}

/// As people type it: in any case, with or without a hyphen, and O for 0.
fn normal(text: &str) -> String {
    let chars = text.chars().filter(|c| !c.is_whitespace() && *c != '-').take(CODE_CHARS + 1);
    chars
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

fn random_text() -> Option<String> {
    let mut random = [0_u8; CODE_CHARS];
    getrandom::fill(&mut random).ok()?;
    let mut text = String::with_capacity(CODE_CHARS + 1);
    for (place, byte) in random.into_iter().enumerate() {
        if place == CODE_CHARS / 2 {
            text.push('-');
        }
        // 32 letters: each is as likely.
        text.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Some(text)
}
