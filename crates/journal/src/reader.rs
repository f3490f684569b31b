use crate::Epoch;
use crate::damage::Damage;
use crate::error::ReadError;
use crate::format::RecordHeader;
use crate::log::{Durable, Log};
use crate::newest::open_walker;
use crate::segment::{self, Segment};
use crate::walk::{Place, Step, Walker};

/// A group of events that were stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The epoch it was written in.
    pub epoch: Epoch,
    /// Seq of its first event.
    pub first_seq: u64,
    /// How many events it has, at least 1; they are numbered on from `first_seq`.
    pub events: u32,
    /// What was given to [`Writer::append`](crate::Writer::append).
    pub payload: Vec<u8>,
}

/// What a reader comes upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// The next record.
    Record(Record),
    /// A place that can't be read; the next record is the first behind it.
    Gap(Damage),
}

/// Reads the log in order, from a position to what is durable, while the writer appends.
///
/// Holds one open file and, at the tail, a window of about 64 KiB; while it reads a compressed
/// segment, that segment's compressed bytes as well.
#[derive(Debug)]
pub struct Reader {
    log: Log,
    /// Everything before was returned, or was not asked for.
    next_seq: u64,
    /// Epoch of the last thing that was read.
    epoch: Option<Epoch>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    segment: Segment,
    walker: Walker,
    /// A bad place with nothing readable behind it in this segment: what is missing shows in the
    /// next one.
    bad: Option<Place>,
}

impl Record {
    /// The first seq after this record.
    pub fn end_seq(&self) -> u64 {
        self.first_seq + u64::from(self.events)
    }
}

impl Reader {
    pub(crate) fn new(log: Log, from_seq: u64) -> Self {
        Reader { log, next_seq: from_seq.max(1), epoch: None, open: None }
    }

    /// The seq up to which everything was returned; the next item begins here.
    ///
    /// A record that begins before the position asked for and reaches into it is returned whole.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The next record or gap; `None` when all that is durable has been read. Ask again later.
    ///
    /// After an error the same item is tried again.
    #[expect(
        clippy::should_implement_trait,
        reason = "the end is not the end: `None` comes and goes"
    )]
    pub fn next(&mut self) -> Result<Option<Item>, ReadError> {
        loop {
            let durable = self.log.durable();
            if self.next_seq >= durable.end.next_seq {
                return Ok(None);
            }
            if let Some(item) = self.advance(&durable)? {
                return Ok(Some(item));
            }
        }
    }

    /// One step; `None` when it led to nothing that the caller asked for.
    fn advance(&mut self, durable: &Durable) -> Result<Option<Item>, ReadError> {
        let Some(open) = &mut self.open else { return self.enter(durable) };
        open.walker.set_limit(limit_of(&open.segment, durable));
        let step = open.walker.step().map_err(ReadError::io(open.segment.name()))?;
        let known_epoch = self.epoch.or(open.walker.epoch());
        match step {
            Step::Record { header, .. } => Ok(self.record(&header)),
            Step::Bad { at, resumes: Some(next) } => {
                let place = (open.segment.name(), at);
                Ok(self.gap(place, next, known_epoch))
            }
            Step::Bad { at, resumes: None } => {
                open.bad.get_or_insert(at);
                Ok(None)
            }
            Step::End if open.segment.first_seq == durable.segment => {
                // Everything durable was walked through, and not everything was there.
                let place = open.end();
                open.bad = None;
                open.walker.jump(durable.end);
                Ok(self.gap(place, durable.end.next_seq, known_epoch.or(Some(durable.epoch))))
            }
            Step::End => self.enter(durable),
        }
    }

    fn record(&mut self, header: &RecordHeader) -> Option<Item> {
        self.epoch = Some(header.epoch);
        if header.end_seq() <= self.next_seq {
            return None;
        }
        self.next_seq = header.end_seq();
        let payload = self.open.as_ref()?.walker.payload(header).to_vec();
        let RecordHeader { epoch, first_seq, events, .. } = *header;
        Some(Item::Record(Record { epoch, first_seq, events, payload }))
    }

    /// Reports that nothing can be read from `bad` up to the event `next`, unless all of that lies
    /// before what was asked for.
    fn gap(
        &mut self,
        (file, bad): (String, Place),
        next: u64,
        epoch: Option<Epoch>,
    ) -> Option<Item> {
        if next.max(bad.next_seq + 1) <= self.next_seq {
            return None;
        }
        let missing = self.next_seq..next;
        self.next_seq = next;
        Some(Item::Gap(Damage { file, offset: bad.offset, missing, epoch }))
    }

    /// Opens the first segment to read, or the one after the segment that was read to its end.
    fn enter(&mut self, durable: &Durable) -> Result<Option<Item>, ReadError> {
        let segments = segment::list(&*self.log.storage).map_err(ReadError::io("."))?;
        let left = self.open.as_ref();
        let next = match left {
            Some(left) => segments.iter().find(|s| s.first_seq > left.segment.first_seq),
            None => segments.iter().rfind(|s| s.first_seq <= self.next_seq).or(segments.first()),
        };
        let before = Place { offset: 0, chain: 0, next_seq: self.next_seq };
        let Some(next) = next else {
            // Someone removed the newest segment.
            let place = left.map_or((".".to_owned(), before), Open::end);
            self.open = None;
            let epoch = self.epoch.or(Some(durable.epoch));
            return Ok(self.gap(place, durable.end.next_seq, epoch));
        };
        let walker = open_walker(&*self.log.storage, next, limit_of(next, durable))?;
        let place = match left {
            Some(left) if !left.leads_to(&walker, next) => Some(left.end()),
            None if next.first_seq > self.next_seq => Some((next.name(), before)),
            _ => None,
        };
        let epoch = self.epoch.or(walker.epoch());
        let first_seq = next.first_seq;
        self.epoch = walker.epoch().or(self.epoch);
        self.open = Some(Open { segment: next.clone(), walker, bad: None });
        Ok(place.and_then(|place| self.gap(place, first_seq, epoch)))
    }
}

impl Open {
    /// Whether `next` follows with nothing between.
    fn leads_to(&self, walker: &Walker, next: &Segment) -> bool {
        let end = self.walker.place();
        self.bad.is_none()
            && next.first_seq == end.next_seq
            && walker.header().is_none_or(|header| header.prev_crc == end.chain)
    }

    /// Where what was readable ended.
    fn end(&self) -> (String, Place) {
        (self.segment.name(), self.bad.unwrap_or(self.walker.place()))
    }
}

/// A newest segment is read up to where it is durable; any other is whole.
fn limit_of(segment: &Segment, durable: &Durable) -> u64 {
    if segment.first_seq == durable.segment { durable.end.offset } else { u64::MAX }
}
