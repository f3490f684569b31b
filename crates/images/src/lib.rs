//! Pictures: from what somebody sent to two JPEGs of known sizes, kept as files under the hash of
//! what was sent. Knows pixels and file names, and nothing of what the pictures show.
//!
//! A file never changes once it has its name: it is written under another one, synced, and renamed.
//! So whoever finds a name finds all of the picture, also after a power cut.

mod files;
mod resize;

use std::{
    fmt, io,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};

pub use resize::{PIXELS_MAX, SIDES};

/// What may be sent.
pub const SOURCE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// How many pictures are kept, those that no item shows any more included.
pub const IMAGES_MAX: usize = 2_000;

/// The pictures of a box, in a directory of their own.
#[derive(Debug)]
pub struct Images {
    dir: PathBuf,
    /// Pixels take memory, and a small box has two cores: one picture at a time.
    work: Mutex<()>,
}

/// Why a picture was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It can't be shown.
    #[error("the picture can't be used: {0}")]
    Unusable(String),
    /// Those that nothing shows go at the next start.
    #[error("there are {IMAGES_MAX} pictures")]
    Full,
    /// The files.
    #[error("the picture can't be written")]
    Io(#[from] io::Error),
}

/// What names a picture: the SHA-256 of what was sent, as 64 of `0` to `9` and `a` to `f`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(String);

impl Hash {
    /// Of what was sent.
    pub fn of(source: &[u8]) -> Self {
        let digits = Sha256::digest(source).iter().map(|byte| format!("{byte:02x}")).collect();
        Self(digits)
    }

    /// None for anything but a hash: what else could a path be made of?
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.into()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Images {
    /// In that directory, which is made when the first picture comes.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, work: Mutex::new(()) }
    }

    /// Resizes and writes a picture, unless it is there already. Takes a second on a small box:
    /// not for a thread that serves others.
    pub fn keep(&self, source: &[u8]) -> Result<Hash, ImageError> {
        let _one_at_a_time = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = Hash::of(source);
        if self.has(&hash) {
            return Ok(hash);
        }
        if files::count(&self.dir)? >= IMAGES_MAX * SIDES.len() {
            return Err(ImageError::Full);
        }
        let pictures = resize::pictures(source).map_err(ImageError::Unusable)?;
        for (side, jpeg) in &pictures {
            files::write(&self.dir, &file_name(&hash, *side), jpeg)?;
        }
        Ok(hash)
    }

    /// Whether all sizes of it are there.
    pub fn has(&self, hash: &Hash) -> bool {
        SIDES.iter().all(|side| self.dir.join(file_name(hash, *side)).is_file())
    }

    /// The JPEG that `<hash>-<size>.jpg` names. None: no such picture, or no such name.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some((hash, side)) = parse_name(name) else { return Ok(None) };
        files::read(&self.dir.join(file_name(&hash, side)))
    }

    /// Removes a picture that nothing shows any more.
    pub fn remove(&self, hash: &Hash) -> io::Result<()> {
        let _one_at_a_time = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        SIDES.iter().try_for_each(|side| files::remove(&self.dir.join(file_name(hash, *side))))
    }

    /// Removes what a crash left half-way and all pictures but those. Returns how many files.
    pub fn collect(&self, is_shown: impl Fn(&str) -> bool) -> io::Result<usize> {
        let _one_at_a_time = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        files::remove_all_but(&self.dir, |name| match parse_name(name) {
            Some((hash, _)) => is_shown(&hash.0),
            None => false,
        })
    }
}

fn file_name(hash: &Hash, side: u32) -> String {
    format!("{hash}-{side}.jpg")
}

/// The one form of a name that there is: nothing else ever becomes a path.
fn parse_name(name: &str) -> Option<(Hash, u32)> {
    let (hash, side) = name.strip_suffix(".jpg")?.split_once('-')?;
    let side = SIDES.into_iter().find(|known| side == known.to_string())?;
    Some((Hash::parse(hash)?, side))
}
