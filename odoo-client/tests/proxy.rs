//! Through a proxy, and never by way of the environment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use common::{builder, read_request, write};
use punchclock_odoo::{ErrorKind, NoArgs};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[7]";
const PASSWORD: &str = "pr0xy-passw0rd";

#[tokio::test]
async fn a_call_goes_to_the_proxy_that_was_given() {
    let proxy = common::raw_server(|mut stream| async move {
        let request = read_request(&mut stream).await;
        assert!(
            request.starts_with("POST http://odoo.invalid/json/2/res.partner/search HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request
                .to_ascii_lowercase()
                .contains("proxy-authorization: basic "),
            "{request}"
        );
        write(&mut stream, ANSWER).await;
    })
    .await;
    let client = builder("http://odoo.invalid")
        .proxy_login("gateway", PASSWORD)
        .proxy(proxy)
        .build()
        .unwrap();
    let found: Vec<i64> = client
        .call("res.partner", "search", &NoArgs::new())
        .await
        .unwrap();
    assert_eq!(found, [7]);
}

#[tokio::test]
async fn a_proxy_that_is_away_is_a_failure_to_connect() {
    let client = builder("http://odoo.invalid")
        .proxy("http://127.0.0.1:1")
        .proxy_login("gateway", PASSWORD)
        .build()
        .unwrap();
    let error = client
        .call::<_, Vec<i64>>("res.partner", "search", &NoArgs::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let text = format!("{error} {error:?} {client:?}");
    assert!(!text.contains(PASSWORD), "{text}");
}

#[test]
fn addresses_that_are_none_are_refused_without_being_shown() {
    let with_password = format!("http://gateway:{PASSWORD}@proxy.example.com");
    for url in ["", "proxy", "socks5://h:1080", "ftp://h", with_password.as_str()] {
        let builder = builder("http://odoo.invalid").proxy(url);
        let shown = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{url}");
        assert!(!format!("{shown} {error} {error:?}").contains(PASSWORD));
    }
}
