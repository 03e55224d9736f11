//! TLS: a private authority, its absence, and a machine that has no authorities at all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::process::Command;
use std::sync::Arc;

use common::{builder, client};
use punchclock_odoo::{Error, ErrorKind, NoArgs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

const CA: &[u8] = include_bytes!("vectors/tls/ca.pem");
const CHILD: &str = "PUNCHCLOCK_ODOO_TEST_WITHOUT_AUTHORITIES";

/// An https server that answers one call with `[7]`.
async fn tls_server() -> String {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("vectors/tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("vectors/tls/server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    serve(config).await
}

/// Answers one call over TLS.
async fn serve(config: ServerConfig) -> String {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that does not trust the certificate hangs up here.
        let Ok(mut stream) = acceptor.accept(stream).await else {
            return;
        };
        let mut request = [0_u8; 4096];
        let _ = stream.read(&mut request).await;
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[7]";
        stream.write_all(answer).await.unwrap();
        stream.flush().await.unwrap();
    });
    format!("https://localhost:{port}")
}

/// An https server that asks for a certificate of the test's authority and answers one call with `[7]`.
async fn mutual_tls_server() -> String {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("vectors/tls/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("vectors/tls/server.key")).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut authorities = RootCertStore::empty();
    authorities
        .add(CertificateDer::from_pem_slice(include_bytes!("vectors/tls/client-ca.pem")).unwrap())
        .unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider))
        .build()
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .unwrap();
    serve(config).await
}

async fn call(builder: punchclock_odoo::ClientBuilder) -> Result<Vec<i64>, Error> {
    builder
        .build()?
        .call("res.partner", "search", &NoArgs::new())
        .await
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_given() {
    assert_eq!(call(builder(&tls_server().await).ca_pem(CA)).await.unwrap(), [7]);
}

#[tokio::test]
async fn the_name_in_the_certificate_is_checked() {
    let url = tls_server().await.replace("localhost", "127.0.0.1");
    let error = call(builder(&url).ca_pem(CA)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(
        error.to_string().contains("certificate not valid for name"),
        "{error}"
    );
}

/// Runs the test named `name` of this file again, in a process in which no certificate authority can be found.
fn again_without_authorities(name: &str) {
    let nowhere = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/no-such-folder");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("SSL_CERT_FILE", nowhere)
        .env("SSL_CERT_DIR", nowhere)
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn a_machine_without_authorities() {
    if std::env::var_os(CHILD).is_none() {
        return again_without_authorities("a_machine_without_authorities");
    }
    // http needs none,
    let plain = common::raw_server(|mut stream| async move {
        common::read_request(&mut stream).await;
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[7]";
        common::write(&mut stream, answer).await;
    })
    .await;
    let found: Vec<i64> = client(&plain)
        .call("res.partner", "search", &NoArgs::new())
        .await
        .unwrap();
    assert_eq!(found, [7]);
    // https with an own authority needs no other,
    assert_eq!(call(builder(&tls_server().await).ca_pem(CA)).await.unwrap(), [7]);
    // and https without any says what is missing, before anything is sent.
    let error = builder("https://localhost:1").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains("ca-certificates"), "{error}");
}

#[tokio::test]
async fn an_unknown_authority_is_refused_before_the_request() {
    if std::env::var_os(CHILD).is_some() {
        return;
    }
    // Any authority but the right one; the system's need not be there for this test.
    let other = include_bytes!("vectors/tls/server.pem").as_slice();
    let error = call(builder(&tls_server().await).ca_pem(other))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

const CLIENT_CERTIFICATE: &[u8] = include_bytes!("vectors/tls/client.pem");
const CLIENT_KEY: &[u8] = include_bytes!("vectors/tls/client.key");

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let trusting = |url: &str| builder(url).ca_pem(CA);
    let shown = trusting(&mutual_tls_server().await).client_certificate_pem(CLIENT_CERTIFICATE, CLIENT_KEY);
    assert!(!format!("{shown:?}").contains("PRIVATE"));
    assert_eq!(call(shown).await.unwrap(), [7]);
    let error = call(trusting(&mutual_tls_server().await)).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
}

#[test]
fn a_client_certificate_that_cannot_be_read() {
    let url = "https://localhost:1";
    for (certificate, key) in [
        (CLIENT_CERTIFICATE, b"".as_slice()),
        (b"", CLIENT_KEY),
        (b"x", b"y"),
    ] {
        let error = builder(url)
            .ca_pem(CA)
            .client_certificate_pem(certificate, key)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.to_string().contains("client certificate"), "{error}");
    }
}
