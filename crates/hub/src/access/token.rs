//! Tokens: `kd.<salt>.<secret>` of devices, `ko.<order id>.<code>` of customers.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kiosk_domain::SecretHash;
use sha2::{Digest as _, Sha512};

/// Names the token, and is hashed with it.
const SALT_BYTES: usize = 12;
/// Nobody guesses that.
const SECRET_BYTES: usize = 32;
/// What is longer is no token.
const TOKEN_BYTES_MAX: usize = 128;

/// What a token says to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Device { salt: Vec<u8> },
    Order { order_id: &'a str },
}

/// A device's new token, and what is kept of it.
#[derive(Clone)]
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) hash: SecretHash,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let mut parts = text.split('.');
        match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
            ("kd", salt, _, None) => {
                let salt = URL_SAFE_NO_PAD.decode(salt).ok()?;
                (salt.len() == SALT_BYTES).then_some(Self::Device { salt })
            }
            ("ko", order_id, _, None) => Some(Self::Order { order_id }),
            _ => None,
        }
    }
}

/// The token in the value of an `Authorization` header.
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl NewToken {
    /// None: the system has no randomness.
    pub(super) fn make() -> Option<Self> {
        let (mut salt, mut secret) = ([0; SALT_BYTES], [0; SECRET_BYTES]);
        getrandom::fill(&mut salt).and_then(|()| getrandom::fill(&mut secret)).ok()?;
        let [name, secret] = [&salt[..], &secret[..]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let token = format!("kd.{name}.{secret}");
        let hash = SecretHash::new(hash(&token, &salt))?;
        Some(Self { token, hash })
    }
}

/// What a password file may keep of a password that is no token, in the same form. None: the system
/// has no randomness.
pub fn password_hash(password: &str) -> Option<SecretHash> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).ok()?;
    SecretHash::new(hash(password, &salt))
}

/// How the hashes of tokens with that salt begin.
pub(super) fn hash_prefix(salt: &[u8]) -> String {
    format!("$6${}$", STANDARD.encode(salt))
}

/// What is kept of a token: `$6$<salt>$<SHA-512 of token and salt>`, as Mosquitto's password file has
/// it. Slow hashes are for what people can think of.
pub(super) fn hash(token: &str, salt: &[u8]) -> String {
    let digest = Sha512::new().chain_update(token).chain_update(salt).finalize();
    hash_prefix(salt) + &STANDARD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_salt_and_fits_its_own_hash_and_no_other() {
        let [first, second] = [0, 1].map(|_| NewToken::make().unwrap());
        let Some(Token::Device { salt }) = Token::parse(&first.token) else { panic!("a device's") };
        assert!(first.hash.expose().starts_with(&hash_prefix(&salt)));
        assert_eq!(first.hash.expose(), hash(&first.token, &salt));
        assert_ne!(first.hash.expose(), hash(&second.token, &salt));
        assert_ne!(first.hash.expose(), hash(&first.token[..first.token.len() - 1], &salt));
    }

    /// What `mosquitto_passwd -H sha512` of Mosquitto 2.0.11 wrote.
    #[test]
    fn a_hash_is_what_mosquitto_reads() {
        let written = "$6$ay4PwbTBuG0ez5mN$xCPhCYCipgH3iR/NAZsX9gPAnki3/zRj1/2LwZb4s5SqwKoKGe6r8IBInq5PHaC5HDuS7Lj8fvnEMziwZZif2w==";
        let (salt, _) = written[3..].split_once('$').unwrap();
        assert_eq!(hash("kd.AAAA.secret", &STANDARD.decode(salt).unwrap()), written);
    }

    #[test]
    fn what_is_no_token_is_none() {
        let long = format!("ko.ORD-1-a.{}", "a".repeat(TOKEN_BYTES_MAX));
        for wrong in
            ["", ".", "kd", "kd.1", "kd.1.y", "kd..y", "kd.AAAAAAAAAAAAAAAA.a.b", "ko.a", &long]
        {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Token::parse("ko.ORD-1-a.x"), Some(Token::Order { order_id: "ORD-1-a" }));
        let device = Token::parse("kd.AAAAAAAAAAAAAAAA.x");
        assert_eq!(device, Some(Token::Device { salt: vec![0; SALT_BYTES] }));
    }
}
