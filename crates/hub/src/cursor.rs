use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

/// Bytes of one slot: seq and CRC32C, both little-endian.
const SLOT_BYTES: usize = 12;

/// How far a follower has come, kept over restarts: it may fall back, it never runs ahead.
///
/// A file of two slots that are overwritten in turn, so that one of them is always whole. Advancing
/// does not sync (a cursor that moves with each event would wear the card out): after a power cut it
/// may be older, and the follower sees some events again.
#[derive(Debug)]
pub struct Cursor {
    file: File,
    seq: u64,
    next_slot: u64,
}

impl Cursor {
    /// Opens the cursor of that name; a new one stands before the first event. After a restored
    /// backup the log may end before the cursor: then it goes back to that end, `head`.
    pub(crate) fn open(dir: &Path, name: &str, head: u64) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let path = dir.join(name);
        let is_new = !path.exists();
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if is_new {
            // A cursor that vanished would have everything published again.
            file.sync_all()?;
            File::open(dir)?.sync_all()?;
        }
        let slots = [read_slot(&file, 0), read_slot(&file, 1)];
        let newest = usize::from(slots[1] > slots[0]);
        let seq = slots[newest].unwrap_or(0);
        let mut cursor = Self { file, seq, next_slot: 1 - newest as u64 };
        if seq > head {
            // Both slots, since the larger number wins. Half-way through it still does, and the
            // next start does this again.
            cursor.write(head)?;
            cursor.write(head)?;
        }
        Ok(cursor)
    }

    /// The last event that the follower is done with.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Moves forward; a smaller number changes nothing.
    pub fn advance(&mut self, seq: u64) -> io::Result<()> {
        if seq <= self.seq {
            return Ok(());
        }
        self.write(seq)
    }

    /// Makes the position durable: when the follower ends.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&mut self, seq: u64) -> io::Result<()> {
        self.file.write_all_at(&slot(seq), self.next_slot * SLOT_BYTES as u64)?;
        self.next_slot = 1 - self.next_slot;
        self.seq = seq;
        Ok(())
    }
}

fn slot(seq: u64) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[..8].copy_from_slice(&seq.to_le_bytes());
    slot[8..].copy_from_slice(&crc32c::crc32c(&seq.to_le_bytes()).to_le_bytes());
    slot
}

fn read_slot(file: &File, index: u64) -> Option<u64> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_exact_at(&mut bytes, index * SLOT_BYTES as u64).ok()?;
    let seq = u64::from_le_bytes(bytes[..8].try_into().ok()?);
    (slot(seq) == bytes && seq > 0).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_where_it_was_left() {
        let dir = tempfile::tempdir().unwrap();
        for seq in [0, 5, 6, 70_000] {
            let mut cursor = Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap();
            cursor.advance(seq).unwrap();
            cursor.advance(seq / 2).unwrap();
            assert_eq!(Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap().seq(), seq);
        }
    }

    #[test]
    fn a_cursor_beyond_the_log_goes_back_to_its_end_and_on_from_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap();
        cursor.advance(100).unwrap();
        cursor.advance(101).unwrap();
        for head in [50, 0] {
            let mut cursor = Cursor::open(dir.path(), "mqtt", head).unwrap();
            assert_eq!(cursor.seq(), head);
            cursor.advance(head + 1).unwrap();
            assert_eq!(Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap().seq(), head + 1);
        }
    }

    #[test]
    fn a_torn_slot_falls_back_to_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let mut cursor = Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap();
        for seq in 1..=9 {
            cursor.advance(seq).unwrap();
        }
        let path = dir.path().join("mqtt");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap().seq() <= 9);
            let mut flipped = whole.clone();
            flipped[cut] ^= 1;
            fs::write(&path, &flipped).unwrap();
            let seq = Cursor::open(dir.path(), "mqtt", u64::MAX).unwrap().seq();
            assert!(seq == 9 || seq == 8, "{seq}");
        }
    }
}
