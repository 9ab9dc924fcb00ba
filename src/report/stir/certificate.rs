//! Certificates with P-256 keys, and what they signed (RFC 7518 section 3.4, RFC 8226).

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use x509_cert::Certificate as X509;

use super::CertificateRow;
use crate::base::time::Timestamp;
use crate::report::time::Resolution;

/// A certificate that was given.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Certificate {
    key: VerifyingKey,
    subject: String,
    issuer: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// The certificates that signatures are compared with.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Certificates(Vec<Certificate>);

impl Certificates {
    /// Adds the certificates of a PEM file: those with P-256 keys, of which
    /// there must be one.
    ///
    /// # Errors
    /// What is wrong with the file, in one line.
    pub fn add_pem(&mut self, pem: &[u8]) -> Result<(), String> {
        let chain = X509::load_pem_chain(pem)
            .map_err(|error| format!("no certificate in PEM form: {error}"))?;
        let found = self.0.len();
        self.0.extend(chain.iter().filter_map(Certificate::of));
        if chain.is_empty() {
            return Err("no certificate in PEM form".to_owned());
        }
        if self.0.len() == found {
            return Err("no certificate with a P-256 key, which STIR's ES256 needs".to_owned());
        }
        Ok(())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The certificate whose signature of `signed` it is.
    pub(super) fn signer(&self, signed: &[u8], signature: &Signature) -> Option<&Certificate> {
        self.0.iter().find(|certificate| certificate.key.verify(signed, signature).is_ok())
    }
}

impl Certificate {
    fn of(x509: &X509) -> Option<Self> {
        let tbs = x509.tbs_certificate();
        let key = tbs.subject_public_key_info().subject_public_key.raw_bytes();
        let seconds = |time: &x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            super::moment(seconds)
        };
        Some(Self {
            key: VerifyingKey::from_sec1_bytes(key).ok()?,
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            not_before: seconds(&tbs.validity().not_before),
            not_after: seconds(&tbs.validity().not_after),
        })
    }

    /// Its row; `then` is when it signed.
    pub(super) fn row(&self, then: Option<Timestamp>) -> CertificateRow {
        CertificateRow {
            subject: self.subject.clone(),
            issuer: self.issuer.clone(),
            not_before: Resolution(0).format(self.not_before),
            not_after: Resolution(0).format(self.not_after),
            valid_then: then.map(|then| (self.not_before..=self.not_after).contains(&then)),
        }
    }
}

/// A signature of ES256: r and s of 32 bytes each.
pub(super) fn signature(bytes: &[u8]) -> Option<Signature> {
    Signature::from_slice(bytes).ok()
}
