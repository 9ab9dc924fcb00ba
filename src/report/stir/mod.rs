//! Signed caller identity (STIR): what a PASSporT claims, whether it was fresh
//! when it was captured, and whether its signature is that of a given certificate.

mod certificate;

use schemars::JsonSchema;
use serde::Serialize;

use self::certificate::Certificate;
pub use self::certificate::Certificates;
use super::build::Context;
use super::time::Resolution;
use super::value::FrameRef;
use crate::base::time::{Span, Timestamp};
use crate::track::identity::{Parties, Passport};

/// How old a PASSporT may be (RFC 8224 section 4.1: "a RECOMMENDED maximum is sixty seconds").
const FRESH: Span = Span::from_secs(60);

/// A signed caller identity.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PassportRow {
    /// The frame of the message.
    pub frame: FrameRef,
    /// `full`, or `compact` where claims are left to From, To and Date (RFC 8225 section 7).
    pub form: &'static str,
    /// The signature's algorithm; STIR requires `ES256`.
    pub alg: Option<String>,
    /// The extension: `shaken`, `div`, `rph`.
    pub ppt: Option<String>,
    /// Where the certificate is.
    pub x5u: Option<String>,
    /// Attestation (RFC 8588): `A` full, `B` partial, `C` gateway.
    pub attest: Option<String>,
    /// Origination identifier.
    pub origid: Option<String>,
    /// Who calls.
    pub orig: PartiesRow,
    /// Who is called.
    pub dest: PartiesRow,
    /// Whose call was diverted (RFC 8946).
    pub div: Option<PartiesRow>,
    /// When it was signed.
    pub iat: Option<String>,
    /// Its age when the message was captured, in seconds; negative when it was signed later.
    pub age_s: Option<f64>,
    /// Whether that is at most 60 s either way (RFC 8224 section 4.1).
    pub fresh: Option<bool>,
    /// Whether `orig` is the number of From or P-Asserted-Identity; null without numbers.
    pub orig_matches: Option<bool>,
    /// Whether `dest` is the number of To or of the Request-URI; null without numbers.
    pub dest_matches: Option<bool>,
    /// `valid`: by one of the certificates given; `invalid`: by none of them; `unchecked`: none was
    /// given; `unsupported`: not ES256; `malformed`: no such signature.
    #[schemars(extend("enum" = ["valid", "invalid", "unchecked", "unsupported", "malformed"]))]
    pub signature: &'static str,
    /// The certificate whose signature it is. Its issuer is not looked at.
    pub certificate: Option<CertificateRow>,
}

/// Telephone numbers and URIs of a claim.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct PartiesRow {
    /// Telephone numbers.
    pub tn: Vec<String>,
    /// URIs.
    pub uri: Vec<String>,
}

/// A certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CertificateRow {
    /// Its subject.
    pub subject: String,
    /// Its issuer, as it says itself.
    pub issuer: String,
    /// From when it is valid.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// Whether it was valid when the PASSporT was signed.
    pub valid_then: Option<bool>,
}

fn parties(parties: &Parties) -> PartiesRow {
    PartiesRow { tn: parties.tn.clone(), uri: parties.uri.clone() }
}

/// Seconds since 1970, from a packet, as a moment.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

/// The row of a PASSporT.
pub(super) fn row(context: &Context<'_>, passport: &Passport) -> PassportRow {
    let signed = &passport.signed;
    let claims = signed.claims.clone();
    let is_compact = claims.is_none();
    // The compact form means the numbers of From and To and the time of Date.
    let claims = claims.unwrap_or_else(|| passport.implied());
    let iat = claims.iat;
    let age = iat.map(|iat| passport.at.since(moment(iat)));
    let matches = |claimed: &[String], shown: &[String]| {
        let comparable = !is_compact && !claimed.is_empty() && !shown.is_empty();
        comparable.then(|| claimed.iter().any(|number| shown.contains(number)))
    };
    let alg = claims.alg.clone().or_else(|| signed.alg.clone());
    let (signature, certificate) = check(context.certificates(), passport, alg.as_deref());
    PassportRow {
        frame: context.frame(passport.frame),
        form: if is_compact { "compact" } else { "full" },
        ppt: claims.ppt.or_else(|| signed.ppt.clone()),
        x5u: claims.x5u.or_else(|| signed.info.clone()),
        attest: claims.attest,
        origid: claims.origid,
        orig_matches: matches(&claims.orig.tn, &passport.from),
        dest_matches: matches(&claims.dest.tn, &passport.to),
        orig: parties(&claims.orig),
        dest: parties(&claims.dest),
        div: claims.div.as_ref().map(parties),
        iat: iat.map(|iat| Resolution(0).format(moment(iat))),
        age_s: age.map(Span::as_secs),
        fresh: age.map(|age| age.nanos().saturating_abs() <= FRESH.nanos()),
        alg,
        signature,
        certificate: certificate.map(|certificate| certificate.row(iat.map(moment))),
    }
}

/// What is to be said of the signature, and whose it is.
fn check<'c>(
    certificates: &'c Certificates,
    passport: &Passport,
    alg: Option<&str>,
) -> (&'static str, Option<&'c Certificate>) {
    if alg.is_some_and(|alg| alg != "ES256") {
        return ("unsupported", None);
    }
    let Some(signature) = certificate::signature(&passport.signed.signature) else {
        return ("malformed", None);
    };
    if certificates.is_empty() {
        return ("unchecked", None);
    }
    let Some(signed) = passport.signed_bytes() else { return ("malformed", None) };
    match certificates.signer(signed.as_bytes(), &signature) {
        Some(certificate) => ("valid", Some(certificate)),
        None => ("invalid", None),
    }
}
