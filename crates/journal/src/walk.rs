//! Walking through one segment record by record, and finding the way again behind a bad place.

use std::io;

use crate::Epoch;
use crate::format::{
    Check, HeaderError, RECORD_HEADER_BYTES, RECORD_MAGIC, RecordHeader, SEGMENT_HEADER_BYTES,
    SegmentHeader, check_record,
};
use crate::segment::Source;

/// Read from the file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// A boundary between two records, and what must come next there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// In the segment's uncompressed bytes.
    pub(crate) offset: u64,
    pub(crate) chain: u32,
    pub(crate) next_seq: u64,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// The next record; [`Walker::payload`] has its payload.
    Record {
        offset: u64,
        header: RecordHeader,
    },
    /// The bytes at `at` are not the next record. The walk goes on behind them: at the record that
    /// begins with `resumes`, or at the end.
    Bad {
        at: Place,
        resumes: Option<u64>,
    },
    End,
}

#[derive(Debug)]
pub(crate) struct Walker {
    window: Window,
    place: Place,
    header: Option<SegmentHeader>,
    epoch: Option<Epoch>,
    /// A bad place that was not told yet: the segment header.
    lost: bool,
}

impl Walker {
    /// Reads the header. `first_seq` is the one in the file's name; `limit` as in
    /// [`Walker::set_limit`]. The error is a later format version.
    pub(crate) fn new(source: Source, first_seq: u64, limit: u64) -> io::Result<Result<Self, u32>> {
        let mut window = Window { source, limit, bytes: Vec::new(), at: 0, offset: 0 };
        window.fill(SEGMENT_HEADER_BYTES)?;
        let lost = Place { offset: 0, chain: 0, next_seq: first_seq };
        let (place, header) = match SegmentHeader::decode(window.ahead()) {
            Err(HeaderError::Version(version)) => return Ok(Err(version)),
            Ok(header) if header.first_seq == first_seq => {
                window.consume(SEGMENT_HEADER_BYTES);
                (Place { offset: window.offset, chain: header.prev_crc, ..lost }, Some(header))
            }
            Ok(_) | Err(HeaderError::Damaged) => (lost, None),
        };
        Ok(Ok(Walker {
            window,
            place,
            header,
            epoch: header.map(|h| h.epoch),
            lost: header.is_none(),
        }))
    }

    /// The segment's header, if it could be read.
    pub(crate) fn header(&self) -> Option<&SegmentHeader> {
        self.header.as_ref()
    }

    /// The epoch of the header, or else of the last record.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Where the next record must begin.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// A plain file is read up to here only. May rise between steps.
    pub(crate) fn set_limit(&mut self, limit: u64) {
        self.window.limit = limit;
    }

    /// Gives up what lies between the end that was reached and `place`, a later end.
    pub(crate) fn jump(&mut self, place: Place) {
        self.place = place;
    }

    pub(crate) fn step(&mut self) -> io::Result<Step> {
        if self.lost {
            self.lost = false;
            return self.bad();
        }
        if self.window.fill(1)? == 0 {
            return Ok(Step::End);
        }
        match self.window.record_at(0)? {
            Some(header) if self.continues(&header) => Ok(self.take(header)),
            _ => self.bad(),
        }
    }

    /// The payload of the record that the last step returned.
    pub(crate) fn payload(&self, header: &RecordHeader) -> &[u8] {
        let end = self.window.at;
        &self.window.bytes[end - header.payload_bytes as usize..end]
    }

    fn continues(&self, header: &RecordHeader) -> bool {
        header.prev_crc == self.place.chain
            && header.first_seq == self.place.next_seq
            && self.epoch.is_none_or(|epoch| epoch == header.epoch)
    }

    fn take(&mut self, header: RecordHeader) -> Step {
        let offset = self.place.offset;
        self.window.consume(header.record_bytes());
        self.epoch = Some(header.epoch);
        self.place =
            Place { offset: self.window.offset, chain: header.crc, next_seq: header.end_seq() };
        Step::Record { offset, header }
    }

    fn bad(&mut self) -> io::Result<Step> {
        let at = self.place;
        let found = self.find_record()?;
        if let Some(header) = &found {
            self.place.chain = header.prev_crc;
            self.place.next_seq = header.first_seq;
        }
        self.place.offset = self.window.offset;
        Ok(Step::Bad { at, resumes: found.map(|h| h.first_seq) })
    }

    /// Looks for the next intact record behind the bad place and moves there.
    ///
    /// The length that the bad record states is tried first: if only its payload is damaged, that is
    /// where the next one is, whatever the payload looks like inside. Otherwise any intact record is
    /// believed that could come later in this epoch.
    fn find_record(&mut self) -> io::Result<Option<RecordHeader>> {
        if let Some(stated) = self.stated_bytes()
            && let Some(header) = self.window.record_at(stated)?.filter(|h| self.may_follow(h))
        {
            self.window.consume(stated);
            return Ok(Some(header));
        }
        let mut skip = 1;
        loop {
            self.window.consume(skip);
            if self.window.fill(RECORD_HEADER_BYTES)? < RECORD_HEADER_BYTES {
                self.window.consume(usize::MAX);
                return Ok(None);
            }
            let Some(magic) = find_magic(self.window.ahead()) else {
                skip = self.window.ahead().len() - (RECORD_MAGIC.len() - 1);
                continue;
            };
            self.window.consume(magic);
            if let Some(header) = self.window.record_at(0)?.filter(|h| self.may_follow(h)) {
                return Ok(Some(header));
            }
            skip = 1;
        }
    }

    fn stated_bytes(&self) -> Option<usize> {
        let header = RecordHeader::peek(self.window.ahead())?;
        self.continues(&header).then(|| header.record_bytes())
    }

    fn may_follow(&self, header: &RecordHeader) -> bool {
        header.first_seq >= self.place.next_seq
            && self.epoch.is_none_or(|epoch| epoch == header.epoch)
    }
}

fn find_magic(bytes: &[u8]) -> Option<usize> {
    bytes.windows(RECORD_MAGIC.len()).position(|w| w == RECORD_MAGIC)
}

/// The part of the segment that is in memory: two of the largest records and a chunk at most.
#[derive(Debug)]
struct Window {
    source: Source,
    limit: u64,
    bytes: Vec<u8>,
    /// Index of the next byte in `bytes`.
    at: usize,
    /// Offset of the next byte in the segment.
    offset: u64,
}

impl Window {
    fn ahead(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Reads until `want` bytes are ahead, or to the end; returns how many are.
    fn fill(&mut self, want: usize) -> io::Result<usize> {
        while self.ahead().len() < want {
            self.bytes.drain(..self.at);
            self.at = 0;
            let filled = self.bytes.len();
            self.bytes.resize(filled + CHUNK_BYTES, 0);
            let read = self.source.read(&mut self.bytes[filled..], self.limit);
            self.bytes.truncate(filled + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                break;
            }
        }
        Ok(self.ahead().len())
    }

    fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.ahead().len());
        self.at += bytes;
        self.offset += bytes as u64;
    }

    /// The header of the intact record that begins `ahead` bytes further on, if one does.
    fn record_at(&mut self, ahead: usize) -> io::Result<Option<RecordHeader>> {
        let mut want = RECORD_HEADER_BYTES;
        loop {
            if self.fill(ahead + want)? < ahead + want {
                return Ok(None);
            }
            match check_record(&self.ahead()[ahead..]) {
                Check::Valid(header) => return Ok(Some(header)),
                Check::Needs(bytes) => want = bytes,
                Check::Invalid => return Ok(None),
            }
        }
    }
}
