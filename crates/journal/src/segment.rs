//! Segment files: their names, finding them, and opening their bytes.

use std::io::{self, Cursor, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::format::SEQ_MAX;
use crate::storage::{Storage, StorageFile, read_all};

/// One segment in the directory. If both the plain and the compressed file exist (a crash between
/// making the one and removing the other), this is the plain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first_seq: u64,
    pub(crate) compressed: bool,
}

impl Segment {
    pub(crate) fn name(&self) -> String {
        let suffix = if self.compressed { ".zst" } else { "" };
        format!("{:020}.log{suffix}", self.first_seq)
    }

    fn parse(name: &str) -> Option<Self> {
        let (digits, compressed) = match name.strip_suffix(".log.zst") {
            Some(digits) => (digits, true),
            None => (name.strip_suffix(".log")?, false),
        };
        let first_seq = digits.parse().ok().filter(|seq| *seq <= SEQ_MAX)?;
        let segment = Segment { first_seq, compressed };
        // One spelling per segment: "+1.log" and "1.log" are none of ours.
        (segment.name() == name).then_some(segment)
    }
}

/// All segments, in order.
pub(crate) fn list(storage: &dyn Storage) -> io::Result<Vec<Segment>> {
    let mut segments: Vec<_> =
        storage.list()?.iter().filter_map(|name| Segment::parse(name)).collect();
    segments.sort_by_key(|s| (s.first_seq, s.compressed));
    segments.dedup_by_key(|s| s.first_seq);
    Ok(segments)
}

/// The bytes of a segment, from its start to its end.
#[derive(Debug)]
pub(crate) enum Source {
    Plain {
        file: Box<dyn StorageFile>,
        offset: u64,
    },
    Compressed(Box<Decoder>),
    /// The rest, or all, of a compressed file can't be decompressed. That something is missing shows
    /// in the records: they stop before the next segment's first.
    Broken,
}

/// The compressed file is held in memory (a quarter of a segment or less), so that an error of the
/// decoder can only mean damaged bytes, never a failing disk.
pub(crate) struct Decoder(StreamingDecoder<Cursor<Vec<u8>>, FrameDecoder>);

impl Source {
    /// Opens a segment that was listed. It may have been compressed since: the compressed file is
    /// there before the plain one goes.
    pub(crate) fn open(storage: &dyn Storage, segment: &Segment) -> io::Result<Self> {
        if !segment.compressed {
            match storage.open_read(&segment.name()) {
                Ok(file) => return Ok(Source::Plain { file, offset: 0 }),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        let compressed = Segment { compressed: true, ..*segment };
        let bytes = read_all(storage.open_read(&compressed.name())?.as_ref())?;
        Ok(Source::decode(bytes))
    }

    pub(crate) fn decode(bytes: Vec<u8>) -> Self {
        match StreamingDecoder::new(Cursor::new(bytes)) {
            Ok(decoder) => Source::Compressed(Box::new(Decoder(decoder))),
            Err(_) => Source::Broken,
        }
    }

    /// Reads on; 0 means the end, which for a plain file is `limit`.
    pub(crate) fn read(&mut self, buf: &mut [u8], limit: u64) -> io::Result<usize> {
        match self {
            Source::Plain { file, offset } => {
                let left = usize::try_from(limit.saturating_sub(*offset)).unwrap_or(usize::MAX);
                let want = buf.len().min(left);
                loop {
                    match file.read_at(&mut buf[..want], *offset) {
                        Ok(n) => {
                            *offset += n as u64;
                            return Ok(n);
                        }
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        Err(e) => return Err(e),
                    }
                }
            }
            Source::Compressed(decoder) => Ok(decoder.0.read(buf).unwrap_or_else(|_| {
                *self = Source::Broken;
                0
            })),
            Source::Broken => Ok(0),
        }
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Decoder")
    }
}
