//! What was handed to the broker and is not yet acknowledged.

use std::collections::VecDeque;

/// Publishes that may be unacknowledged at once. Enough to keep a LAN busy at one round trip
/// each, few enough that a reconnect repeats little.
pub(super) const WINDOW_MAX: usize = 64;

/// The publishes of one connection in the order they were made, and which of them the broker has.
///
/// A broker may acknowledge out of order; a cursor must not move past a gap. So what is reported
/// is the unbroken run of acknowledged publishes from the oldest on.
#[derive(Debug, Default)]
pub(super) struct Window {
    publishes: VecDeque<Unacknowledged>,
}

#[derive(Debug)]
struct Unacknowledged {
    tag: Option<u64>,
    progress: Progress,
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Queued,
    Sent { packet_id: u16 },
    Acknowledged,
}

impl Window {
    /// How many more publishes fit.
    pub(super) fn room(&self) -> usize {
        WINDOW_MAX.saturating_sub(self.publishes.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.publishes.is_empty()
    }

    /// A publish was queued for sending, behind all before it.
    pub(super) fn queued(&mut self, tag: Option<u64>) {
        self.publishes.push_back(Unacknowledged { tag, progress: Progress::Queued });
    }

    /// The oldest queued publish went out under `packet_id`: they leave in the order queued.
    pub(super) fn sent(&mut self, packet_id: u16) {
        let next = self.publishes.iter_mut().find(|p| p.progress == Progress::Queued);
        if let Some(publish) = next {
            publish.progress = Progress::Sent { packet_id };
        }
    }

    /// The broker acknowledged `packet_id`. Returns the newest tag of the unbroken run that this
    /// completes, if it completes one with a tag.
    pub(super) fn acknowledged(&mut self, packet_id: u16) -> Option<u64> {
        let sent = Progress::Sent { packet_id };
        if let Some(publish) = self.publishes.iter_mut().find(|p| p.progress == sent) {
            publish.progress = Progress::Acknowledged;
        }
        let mut newest = None;
        while self.publishes.front().is_some_and(|p| p.progress == Progress::Acknowledged) {
            newest = self.publishes.pop_front().and_then(|p| p.tag).or(newest);
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_acknowledgement_behind_a_gap_waits_for_the_gap() {
        let mut window = Window::default();
        for tag in [Some(1), None, Some(2), Some(3)] {
            window.queued(tag);
        }
        for packet_id in 10..14 {
            window.sent(packet_id);
        }
        assert_eq!(window.acknowledged(12), None);
        assert_eq!(window.acknowledged(10), Some(1));
        assert_eq!(window.acknowledged(11), Some(2));
        assert_eq!(window.acknowledged(13), Some(3));
        assert!(window.is_empty());
    }

    #[test]
    fn a_reused_packet_id_means_the_publish_it_was_given_to_last() {
        let mut window = Window::default();
        for (tag, packet_id) in [(1, 1), (2, 2)] {
            window.queued(Some(tag));
            window.sent(packet_id);
        }
        assert_eq!(window.acknowledged(2), None);
        window.queued(Some(3));
        window.sent(2);
        assert_eq!(window.acknowledged(1), Some(2));
        assert_eq!(window.acknowledged(2), Some(3));
    }

    #[test]
    fn unasked_acknowledgements_change_nothing() {
        let mut window = Window::default();
        window.sent(1);
        assert_eq!(window.acknowledged(1), None);
        window.queued(Some(1));
        assert_eq!(window.acknowledged(1), None);
        assert_eq!(window.room(), WINDOW_MAX - 1);
    }

    proptest! {
        #[test]
        fn in_whatever_order_the_broker_answers_tags_only_rise_and_none_is_early(
            order in Just((0..WINDOW_MAX as u16).collect::<Vec<_>>()).prop_shuffle()
        ) {
            let mut window = Window::default();
            for packet_id in 0..WINDOW_MAX as u16 {
                window.queued(Some(u64::from(packet_id)));
                window.sent(packet_id);
            }
            let mut answered = [false; WINDOW_MAX];
            for packet_id in order {
                answered[usize::from(packet_id)] = true;
                let run = answered.iter().take_while(|a| **a).count() as u64;
                let completes = answered[0] && u64::from(packet_id) < run;
                prop_assert_eq!(window.acknowledged(packet_id), completes.then(|| run - 1));
            }
            prop_assert!(window.is_empty());
        }
    }
}
