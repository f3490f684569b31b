//! Certificates that devices show to the box.

use rcgen::{
    ExtendedKeyUsagePurpose, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ED25519, PublicKeyData as _, SanType, SubjectPublicKeyInfo,
};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, pem::PemObject as _};
use x509_parser::{
    certification_request::X509CertificationRequest, extensions::GeneralName,
    parse_x509_certificate, prelude::FromDer as _,
};

use crate::{
    authority::{Authority, params, pem_of},
    moment::{self, DAY, LONG_AGO},
};

/// One with all the names that anyone put into it has less.
const CSR_BYTES_MAX: usize = 16 * 1024;
/// A device is turned away by its id, not by waiting: nobody would be there to renew it.
const LIFETIME: i64 = 10 * 365 * DAY;
/// The id stands behind it.
const URI: &str = "kiosk:device:";

/// Why a request was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsrError {
    /// Too much of it.
    #[error("a request may have {CSR_BYTES_MAX} bytes")]
    TooLong,
    /// Not one, or a damaged one.
    #[error("it must be one PEM block, a PKCS#10 CERTIFICATE REQUEST")]
    NoRequest,
    /// Whoever sent it need not have the key.
    #[error("its signature is not that of the key in it")]
    Signature,
    /// Another algorithm, or curve.
    #[error("its key must be ECDSA P-256, ECDSA P-384 or Ed25519")]
    Key,
    /// Not the request's fault.
    #[error("it could not be signed: {0}")]
    NotSigned(String),
}

impl Authority {
    /// A certificate for a device, with the CA's behind it. Only the public key is taken from the
    /// request, whatever else it asks for.
    pub(crate) fn sign_device(
        &self,
        csr_pem: &str,
        device_id: i32,
        now: i64,
    ) -> Result<String, CsrError> {
        let public_key = public_key_of(csr_pem)?;
        let usage = [KeyUsagePurpose::DigitalSignature];
        let extended = [ExtendedKeyUsagePurpose::ClientAuth];
        let mut params = params(&format!("device-{device_id}"), &usage, &extended);
        let not_signed = |error: rcgen::Error| CsrError::NotSigned(error.to_string());
        let uri = format!("{URI}{device_id}").try_into().map_err(not_signed)?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        moment::set_validity(&mut params, LONG_AGO, moment::issue_time(now, None) + LIFETIME);
        let signed = self.sign(params, &public_key).map_err(not_signed)?;
        Ok(pem_of(&signed) + &self.pem)
    }
}

fn public_key_of(csr_pem: &str) -> Result<SubjectPublicKeyInfo, CsrError> {
    if csr_pem.len() > CSR_BYTES_MAX {
        return Err(CsrError::TooLong);
    }
    let der = CertificateSigningRequestDer::from_pem_slice(csr_pem.as_bytes());
    let der = der.map_err(|_| CsrError::NoRequest)?;
    let parsed = X509CertificationRequest::from_der(&der);
    let (rest, request) = parsed.map_err(|_| CsrError::NoRequest)?;
    if !rest.is_empty() {
        return Err(CsrError::NoRequest);
    }
    let key = SubjectPublicKeyInfo::from_der(request.certification_request_info.subject_pki.raw);
    let key = key.map_err(|_| CsrError::Key)?;
    let accepted = [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519];
    if !accepted.contains(&key.algorithm()) {
        return Err(CsrError::Key);
    }
    // Also that the key is a point of its curve.
    request.verify_signature().map_err(|_| CsrError::Signature)?;
    Ok(key)
}

/// Whose certificate it is. It must have been verified.
pub(crate) fn device_in(certificate: &CertificateDer<'_>) -> Option<i32> {
    let (_, parsed) = parse_x509_certificate(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok()??;
    let [GeneralName::URI(uri)] = names.value.general_names[..] else { return None };
    let digits = uri.strip_prefix(URI)?;
    let device_id: i32 = digits.parse().ok()?;
    (device_id.to_string() == digits).then_some(device_id)
}
