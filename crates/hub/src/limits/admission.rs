use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use super::{Place, Places, Rate};
use crate::stats::Stats;

/// Says which connections a port lets in.
#[derive(Debug, Clone)]
pub struct Admission {
    places: Arc<Places<IpAddr>>,
    /// Of all ports.
    arrivals: Arc<Rate<IpAddr>>,
    stats: Arc<Stats>,
}

impl Admission {
    pub(crate) fn new(
        places: Places<IpAddr>,
        arrivals: Arc<Rate<IpAddr>>,
        stats: Arc<Stats>,
    ) -> Self {
        Self { places: Arc::new(places), arrivals, stats }
    }

    /// A place for as long as the connection lives. None: there are too many, of that address or in
    /// all, or it comes too often.
    pub fn admit(&self, from: IpAddr) -> Option<Place<IpAddr>> {
        // Who comes too often is not let in even if there is a place.
        let arrived = self.arrivals.take(&from).ok();
        let place = arrived.and_then(|()| self.places.take(from));
        if place.is_none() {
            self.stats.limited.connections.fetch_add(1, Relaxed);
        }
        place
    }
}
