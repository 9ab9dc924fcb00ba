//! TLS by rustls, with ring: certificates and keys from PEM files.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::app::output::Failure;

fn fault(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Fault(format!("{}: {why}", path.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let all: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| fault(path, error))?.collect();
    let all = all.map_err(|error| fault(path, error))?;
    if all.is_empty() { Err(fault(path, "no certificate in it (PEM)")) } else { Ok(all) }
}

/// What a server needs: a certificate with its chain, and its key.
pub(in crate::app::live) fn server(
    certificate: &Path,
    key: &Path,
) -> Result<Arc<ServerConfig>, Failure> {
    let chain = certificates(certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| fault(key, format!("no private key that can be read (PEM): {error}")))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(certificate, error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| {
            fault(key, format!("not the key of {}: {error}", certificate.display()))
        })?;
    Ok(Arc::new(config))
}

/// What a client needs: whom it trusts, the system's authorities or those of a file.
pub(in crate::app::live) fn client(
    authorities: Option<&Path>,
) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = authorities {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| fault(path, error))?;
        }
    } else {
        // Some of a system's authorities may be beyond what rustls reads.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Failure::Fault(
                "the system has no certificate authorities; name a file of them with --hep-ca"
                    .to_owned(),
            ));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Fault(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
