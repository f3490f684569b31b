//! The key that the links of customers are made with: nothing is kept of a link.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const KEY_BYTES: usize = 32;
/// Half of the code: 128 bits, which nobody guesses, and a link that fits a QR code.
const CODE_BYTES: usize = 16;
const FILE: &str = "order-links.key";

/// Made when there is none. Without it links that are out are worth nothing, and no more.
pub(super) struct OrderKeyFile(Hmac<Sha256>);

impl OrderKeyFile {
    pub(super) fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        let key = match fs::read(&path) {
            Ok(key) if key.len() == KEY_BYTES => key,
            // Cut short by a power cut when it was made: nothing was signed with it yet.
            Ok(_) => Self::make(data_dir)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(data_dir)?,
            Err(error) => return Err(error),
        };
        let mac = Hmac::new_from_slice(&key);
        mac.map(Self).map_err(|_| io::Error::other("the key of order links has a wrong length"))
    }

    fn make(data_dir: &Path) -> io::Result<Vec<u8>> {
        let mut key = vec![0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let temporary = data_dir.join("order-links.key.new");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(&key)?;
        file.sync_all()?;
        fs::rename(&temporary, data_dir.join(FILE))?;
        fs::File::open(data_dir)?.sync_all()?;
        Ok(key)
    }

    pub(super) fn token(&self, order_id: &str) -> String {
        let code = self.code(order_id);
        format!("ko.{order_id}.{}", URL_SAFE_NO_PAD.encode(&code[..CODE_BYTES]))
    }

    /// In a time that does not depend on how much of it is right.
    pub(super) fn fits(&self, token: &str, order_id: &str) -> bool {
        let code = token.rsplit_once('.').and_then(|(_, code)| URL_SAFE_NO_PAD.decode(code).ok());
        let code = code.filter(|code| code.len() == CODE_BYTES);
        code.is_some_and(|code| self.mac(order_id).verify_truncated_left(&code).is_ok())
    }

    fn code(&self, order_id: &str) -> [u8; 32] {
        self.mac(order_id).finalize().into_bytes().into()
    }

    fn mac(&self, order_id: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(order_id)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_link_opens_its_own_order_also_after_a_restart_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let token = OrderKeyFile::open(dir.path()).unwrap().token("ORD-1-a");
        let again = OrderKeyFile::open(dir.path()).unwrap();
        assert!(again.fits(&token, "ORD-1-a"));
        assert!(!again.fits(&token, "ORD-1-b"));
        assert!(!again.fits(&token[..token.len() - 2], "ORD-1-a"));
        for wrong in ["", "ko.ORD-1-a.", "ko.ORD-1-a.AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(!again.fits(wrong, "ORD-1-a"), "{wrong}");
        }
        let elsewhere = OrderKeyFile::open(tempfile::tempdir().unwrap().path()).unwrap();
        assert!(!elsewhere.fits(&token, "ORD-1-a"));
    }

    #[test]
    fn only_the_service_may_read_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let _key = OrderKeyFile::open(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_was_cut_short_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), b"short").unwrap();
        let token = OrderKeyFile::open(dir.path()).unwrap().token("ORD-1-a");
        assert!(OrderKeyFile::open(dir.path()).unwrap().fits(&token, "ORD-1-a"));
    }
}
