use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::str::FromStr;

/// Names one history of the log. A position is only comparable with another of the same epoch.
///
/// Written as 16 lower-case hexadecimal digits, on every wire and in every tool.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub(crate) u64);

/// The text was not 16 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an epoch is 16 lower-case hexadecimal digits")]
pub struct ParseEpochError;

impl Epoch {
    /// A new name, from the operating system's randomness.
    pub fn random() -> Self {
        // The keys of a `RandomState` come from the operating system, and no two have the same.
        Epoch(RandomState::new().build_hasher().finish())
    }

    /// The number behind the digits.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Epoch {
    type Err = ParseEpochError;

    fn from_str(text: &str) -> Result<Self, ParseEpochError> {
        let digits = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(digits) {
            return Err(ParseEpochError);
        }
        u64::from_str_radix(text, 16).map(Epoch).map_err(|_| ParseEpochError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_read_back_as_it_is_written() {
        for value in [0, 1, 0x00ab_cdef_0123_4567, u64::MAX] {
            assert_eq!(Epoch(value).to_string().parse(), Ok(Epoch(value)));
        }
    }

    #[test]
    fn only_the_one_spelling_is_an_epoch() {
        for text in [
            "",
            "0",
            "00000000000000000",
            "000000000000000G",
            "00000000000000AB",
            "+00000000000000a",
        ] {
            assert_eq!(text.parse::<Epoch>(), Err(ParseEpochError), "{text}");
        }
    }

    #[test]
    fn two_logs_do_not_share_an_epoch() {
        assert_ne!(Epoch::random(), Epoch::random());
    }
}
