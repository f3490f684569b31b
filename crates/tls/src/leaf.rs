//! What the box shows to its clients: a certificate with all its names, and the key of it.

use std::{collections::BTreeSet, fs, net::IpAddr, path::Path, sync::Arc};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType};
use rustls::{
    crypto::ring::sign::any_ecdsa_type,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use tracing::warn;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};
use zeroize::Zeroizing;

use crate::{
    Name, OpenError,
    authority::{Authority, key_of, params, pem_of},
    files::{self, PUBLIC, SECRET},
    moment::{self, DAY},
};

const CERTIFICATE: &str = "box.pem";
const KEY: &str = "box.key";
/// Apple's systems refuse what is valid for longer than 825 days, from its first to its last day,
/// and of a public CA longer than 398. So its begin can't be put into the far past…
const LIFETIME: i64 = 397 * DAY;
/// …but by so much, for clients whose clock is behind that of the box.
const BACKDATED: i64 = 60 * DAY;
/// With less left than this it is time for another.
const LEFT_MIN: i64 = LIFETIME / 3;
/// What a certificate's subject may have.
const COMMON_NAME_BYTES_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Leaf {
    /// With the CA's behind it, so that a client that knows no more than a fingerprint can check it.
    pub(crate) certified: Arc<CertifiedKey>,
    names: BTreeSet<Name>,
    not_before: i64,
    not_after: i64,
}

impl Leaf {
    /// The one that was made last, if it is whole and of this CA; or what is wrong with it.
    pub(crate) fn read(folder: &Path, authority: &Authority) -> Result<Self, String> {
        let text = |name| {
            let text = fs::read_to_string(folder.join(name)).map(Zeroizing::new);
            text.map_err(|error| format!("{name}: {error}"))
        };
        let certificate = CertificateDer::from_pem_slice(text(CERTIFICATE)?.as_bytes());
        let certificate = certificate.map_err(|error| format!("{CERTIFICATE}: {error}"))?;
        let key = key_of(&text(KEY)?).map_err(|problem| format!("{KEY}: {problem}"))?;
        if !authority.has_signed(&certificate) {
            return Err(format!("{CERTIFICATE} is not of this CA"));
        }
        Self::new(certificate, &key, authority)
    }

    /// A new one. Where it can't be written it serves all the same: the next start makes another.
    pub(crate) fn make(
        folder: &Path,
        authority: &Authority,
        names: &BTreeSet<Name>,
        now: i64,
        before: Option<&Self>,
    ) -> Result<Self, OpenError> {
        let issued = moment::issue_time(now, before.map(Self::issued));
        let key = Zeroizing::new(KeyPair::generate()?);
        let certificate = authority.sign(params_of(names, issued)?, &*key)?;
        let made = Self::new(certificate.clone(), &key, authority).map_err(OpenError::Crypto)?;
        let key = Zeroizing::new(key.serialize_pem());
        // A power cut between the two leaves what does not belong together, and is made anew.
        let written = files::write(folder, KEY, &key, SECRET)
            .and_then(|()| files::write(folder, CERTIFICATE, &pem_of(&certificate), PUBLIC));
        if let Err(error) = written {
            warn!(%error, "the box's certificate is kept in memory only");
        }
        Ok(made)
    }

    /// Why another one is needed, if it is.
    pub(crate) fn why_renew(&self, names: &BTreeSet<Name>, now: i64) -> Option<&'static str> {
        // One too many does no harm: an address that comes and goes makes one certificate.
        if !names.is_subset(&self.names) {
            return Some("the box has another name or address");
        }
        // A clock that is known to be wrong is no reason.
        if !moment::is_known(now) {
            return None;
        }
        if now < self.not_before {
            return Some("it was made by a clock that was ahead");
        }
        (self.not_after - now < LEFT_MIN).then_some("it ends soon")
    }

    fn issued(&self) -> i64 {
        self.not_before + BACKDATED
    }

    fn new(
        certificate: CertificateDer<'static>,
        key: &KeyPair,
        authority: &Authority,
    ) -> Result<Self, String> {
        let (names, validity) = {
            let (_, parsed) =
                parse_x509_certificate(&certificate).map_err(|error| error.to_string())?;
            (names_in(&parsed), parsed.validity().clone())
        };
        let der = PrivatePkcs8KeyDer::from(key.serialized_der().to_vec());
        let der = Zeroizing::new(PrivateKeyDer::from(der));
        let signing_key = any_ecdsa_type(&der).map_err(|error| error.to_string())?;
        let chain = vec![certificate, authority.der.clone()];
        let certified = CertifiedKey::new(chain, signing_key);
        certified.keys_match().map_err(|_| format!("{CERTIFICATE} is not of {KEY}"))?;
        Ok(Self {
            certified: Arc::new(certified),
            names,
            not_before: validity.not_before.timestamp(),
            not_after: validity.not_after.timestamp(),
        })
    }
}

fn params_of(names: &BTreeSet<Name>, issued: i64) -> Result<CertificateParams, rcgen::Error> {
    let host = names.iter().find_map(|name| match name {
        Name::Dns(name) if name != "localhost" && name.len() <= COMMON_NAME_BYTES_MAX => {
            Some(&**name)
        }
        _ => None,
    });
    let usage = [KeyUsagePurpose::DigitalSignature];
    let extended = [ExtendedKeyUsagePurpose::ServerAuth];
    let mut params = params(host.unwrap_or("kioskd"), &usage, &extended);
    let names = names.iter().map(|name| match name {
        Name::Dns(name) => name.as_str().try_into().map(SanType::DnsName),
        Name::Ip(address) => Ok(SanType::IpAddress(*address)),
    });
    params.subject_alt_names = names.collect::<Result<_, _>>()?;
    let not_before = issued - BACKDATED;
    moment::set_validity(&mut params, not_before, not_before + LIFETIME);
    Ok(params)
}

fn names_in(certificate: &X509Certificate<'_>) -> BTreeSet<Name> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return BTreeSet::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(Name::Dns((*name).into())),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(Name::Ip)
        }
        _ => None,
    };
    names.value.general_names.iter().filter_map(name).collect()
}
