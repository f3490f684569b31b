//! The CA: made once, and kept for as long as the devices that trust it.

use std::{fmt, fs, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use crate::{
    OpenError,
    files::{self, PUBLIC, SECRET},
    moment::{self, DAY, LONG_AGO},
};

pub(crate) const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";
const LIFETIME: i64 = 20 * 365 * DAY;

/// Signs for the box and its devices.
pub(crate) struct Authority {
    key: Zeroizing<KeyPair>,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) pem: String,
}

/// Not the key.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// The one of this folder. A new one only where nothing ever was.
    pub(crate) fn open(folder: &Path, now: i64) -> Result<Self, OpenError> {
        if files::is_absent_or_empty(folder)? {
            files::make_folder(folder, |folder| make(folder, now))?;
        }
        let certificate = read(folder, CERTIFICATE)?;
        let key = read(folder, KEY)?;
        let damaged = |name: &str, problem: String| OpenError::Authority {
            path: folder.join(name),
            problem,
            folder: folder.into(),
        };
        let key = key_of(&key).map_err(|problem| damaged(KEY, problem))?;
        let der = certificate_of(&certificate, &key);
        let der = der.map_err(|problem| damaged(CERTIFICATE, problem))?;
        // Anew from what was read: whatever else is in the file is nobody's business.
        Ok(Self { key, pem: pem_of(&der), der })
    }

    /// SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` writes it.
    pub(crate) fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.der);
        digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// A certificate for that public key.
    pub(crate) fn sign(
        &self,
        mut params: CertificateParams,
        public_key: &impl PublicKeyData,
    ) -> Result<CertificateDer<'static>, rcgen::Error> {
        // Otherwise it would follow from the key: two certificates of a device would have the same.
        params.serial_number = Some(serial_number()?);
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_ca_cert_der(&self.der, &*self.key)?;
        Ok(params.signed_by(public_key, &issuer)?.into())
    }

    /// Whether it signed this.
    pub(crate) fn has_signed(&self, certificate: &CertificateDer<'_>) -> bool {
        let Ok((_, own)) = parse_x509_certificate(&self.der) else { return false };
        let signed = parse_x509_certificate(certificate);
        signed.is_ok_and(|(_, signed)| signed.verify_signature(Some(own.public_key())).is_ok())
    }
}

/// What a certificate says of itself, and what its key may be used for.
pub(crate) fn params(
    common_name: &str,
    usage: &[KeyUsagePurpose],
    extended: &[ExtendedKeyUsagePurpose],
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = usage.to_vec();
    params.extended_key_usages = extended.to_vec();
    params
}

/// A private key, wiped when it is dropped. (ring keeps a copy of its own, which is not.)
pub(crate) fn key_of(pem: &str) -> Result<Zeroizing<KeyPair>, String> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes());
    let der = der.map_err(|error| format!("no private key can be read from it: {error}"))?;
    let der = Zeroizing::new(der);
    Ok(Zeroizing::new(KeyPair::try_from(&*der).map_err(|error| error.to_string())?))
}

fn make(folder: &Path, now: i64) -> Result<(), OpenError> {
    let key = Zeroizing::new(KeyPair::generate()?);
    let mut random = [0; 4];
    fill_random(&mut random)?;
    let name = format!("kioskd CA {:08x}", u32::from_be_bytes(random));
    let usage = [KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut params = params(&name, &usage, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.serial_number = Some(serial_number()?);
    moment::set_validity(&mut params, LONG_AGO, moment::issue_time(now, None) + LIFETIME);
    let certificate = params.self_signed(&*key)?;
    files::write(folder, KEY, &Zeroizing::new(key.serialize_pem()), SECRET)?;
    files::write(folder, CERTIFICATE, &certificate.pem(), PUBLIC)
}

fn read(folder: &Path, name: &str) -> Result<Zeroizing<String>, OpenError> {
    let path = folder.join(name);
    fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| OpenError::Authority {
        path,
        problem: error.to_string(),
        folder: folder.into(),
    })
}

/// The certificate, if it is that of a CA with this key.
fn certificate_of(pem: &str, key: &KeyPair) -> Result<CertificateDer<'static>, String> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes());
    let der = der.map_err(|error| format!("no certificate can be read from it: {error}"))?;
    let (_, parsed) = parse_x509_certificate(&der).map_err(|error| error.to_string())?;
    if !parsed.is_ca() {
        return Err("it is no CA's certificate".into());
    }
    if *parsed.public_key().subject_public_key.data != *key.public_key_raw() {
        return Err(format!("it belongs to another key than {KEY}"));
    }
    Ok(der)
}

pub(crate) fn pem_of(der: &CertificateDer<'_>) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der.to_vec()), lines)
}

/// Positive, and of 16 bytes.
fn serial_number() -> Result<SerialNumber, rcgen::Error> {
    let mut bytes = [0; 16];
    fill_random(&mut bytes)?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

fn fill_random(bytes: &mut [u8]) -> Result<(), rcgen::Error> {
    getrandom::fill(bytes).map_err(|_| rcgen::Error::RingUnspecified)
}
