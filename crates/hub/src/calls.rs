use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Calls that have ended, by method and by how they ended. There are as many counters as methods
/// that were called times codes they ended with: whoever counts names known methods only.
#[derive(Debug, Default)]
pub struct Calls(Mutex<BTreeMap<(Arc<str>, &'static str), u64>>);

impl Calls {
    /// Counts one call.
    pub fn ended(&self, method: &Arc<str>, code: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((Arc::clone(method), code)).or_default() += 1;
    }

    /// Method, code, how many; in that order.
    pub fn counts(&self) -> Vec<(Arc<str>, &'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((method, code), count)| (Arc::clone(method), *code, *count)).collect()
    }
}
