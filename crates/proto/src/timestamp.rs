use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `google.protobuf.Timestamp`, whose JSON ends in `Z` as the contract wants.
///
/// What lies outside of the years -9999 to 9999 is written as their end. Stands in for the well-known type because `pbjson-types` writes `+00:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Timestamp {
    /// From milliseconds since 1970.
    pub fn from_ms(ms: i64) -> Self {
        let nanos = ms.rem_euclid(1000) as i32 * 1_000_000;
        Self { seconds: ms.div_euclid(1000), nanos }
    }

    /// Milliseconds since 1970, saturating.
    pub fn as_ms(&self) -> i64 {
        self.seconds.saturating_mul(1000).saturating_add(i64::from(self.nanos / 1_000_000))
    }
}

/// As in JSON: `2026-11-21T03:04:05.678Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::new(self.seconds, self.nanos).unwrap_or(jiff::Timestamp::MAX);
        write!(f, "{time:.3}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let time: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(Self::from_ms(time.as_millisecond()))
    }
}
