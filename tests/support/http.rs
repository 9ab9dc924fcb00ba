//! Asks a server, over a connection of its own for each request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// What was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header fields, with names in small letters.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let fields = lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        });
        Self { status: status.unwrap_or(0), fields: fields.collect(), body: body.to_owned() }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A request without a body.
pub(crate) fn request(method: &str, path: &str, fields: &[&str]) -> String {
    let fields: String = fields.iter().flat_map(|field| [field, "\r\n"]).collect();
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n")
}

/// Sends bytes, and reads until the server closes.
pub(crate) fn exchange(server: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // A server that has refused what it saw takes no more.
    let _ = stream.write_all(bytes);
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    Answer::parse(&String::from_utf8_lossy(&text))
}

/// GETs a path.
pub(crate) fn get(server: SocketAddr, path: &str) -> Answer {
    exchange(server, request("GET", path, &[]).as_bytes())
}

/// GETs a path with further header fields.
pub(crate) fn get_with(server: SocketAddr, path: &str, fields: &[&str]) -> Answer {
    exchange(server, request("GET", path, fields).as_bytes())
}

/// GETs a path over TLS, trusting the certificate of a PEM file.
pub(crate) fn get_over_tls(server: SocketAddr, path: &str, certificate: &str) -> Answer {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server).unwrap());
    stream.write_all(request("GET", path, &[]).as_bytes()).unwrap();
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    Answer::parse(&String::from_utf8_lossy(&text))
}

/// Makes a certificate for localhost and its key with openssl: their paths.
pub(crate) fn certificate(folder: &str) -> [String; 2] {
    let folder = format!("{}/{folder}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).unwrap();
    let paths = ["cert.pem", "key.pem"].map(|name| format!("{folder}/{name}"));
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-out", &paths[0], "-keyout", &paths[1]])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    paths
}
