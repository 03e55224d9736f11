//! What a network does to a call: cut before, cut in the middle, silence, trickling, floods.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{builder, client, raw_server, read_request, write};
use punchclock_odoo::{Client, Error, ErrorKind, NoArgs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

async fn call(client: &Client) -> Result<Vec<i64>, Error> {
    client.call("res.partner", "search", &NoArgs::new()).await
}

fn assert_unknown(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    assert!(
        error.is_outcome_unknown() && error.is_retryable() && !error.is_configuration(),
        "{error:?}"
    );
    assert!(error.to_string().contains("may have been carried out"), "{error}");
}

#[tokio::test]
async fn nothing_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = call(&client(&url)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
    assert!(error.is_retryable() && !error.is_outcome_unknown());
    assert!(error.to_string().contains("refused"), "names the reason: {error}");
    assert!(error.to_string().contains(&url), "names the address: {error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn no_such_host() {
    let error = call(&client("http://odoo.invalid:8069")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn tls_spoken_to_a_plain_port_never_reached_odoo() {
    let url = raw_server(|mut stream| async move {
        let mut hello = [0_u8; 64];
        let _ = stream.read(&mut hello).await;
        write(&mut stream, "HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let ca = include_bytes!("vectors/tls/ca.pem").as_slice();
    let client = builder(&url.replace("http://", "https://"))
        .ca_pem(ca)
        .build()
        .unwrap();
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
}

#[tokio::test]
async fn cut_before_the_request_was_read() {
    let url = raw_server(|stream| async move { drop(stream) }).await;
    assert_unknown(&call(&client(&url)).await.unwrap_err());
}

#[tokio::test]
async fn cut_after_the_request_was_read() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
    })
    .await;
    assert_unknown(&call(&client(&url)).await.unwrap_err());
}

#[tokio::test]
async fn cut_in_the_middle_of_the_answer() {
    for head in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n", ""] {
        let url = raw_server(move |mut stream| async move {
            read_request(&mut stream).await;
            let body = if head.starts_with("Transfer") {
                "5\r\n[1, 2\r\n"
            } else {
                "[1, 2"
            };
            write(
                &mut stream,
                &format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n{body}"),
            )
            .await;
        })
        .await;
        let error = call(&client(&url)).await.unwrap_err();
        assert_unknown(&error);
        assert_eq!(error.http_status(), Some(200), "{head}");
    }
}

#[tokio::test]
async fn silence_ends_with_the_time_out() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
    })
    .await;
    let client = builder(&url).timeout(Duration::from_secs(1)).build().unwrap();
    let error = call(&client).await.unwrap_err();
    assert_unknown(&error);
    assert!(error.to_string().contains("took too long"), "{error}");
}

#[tokio::test]
async fn a_trickling_answer_ends_with_the_time_out() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1",
        )
        .await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let client = builder(&url).timeout(Duration::from_secs(1)).build().unwrap();
    assert_unknown(&call(&client).await.unwrap_err());
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[",
        )
        .await;
        while stream.write_all(&[b' '; 8192]).await.is_ok() {}
    })
    .await;
    let client = builder(&url).response_limit(100_000).build().unwrap();
    let error = call(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge, "{error:?}");
    assert!(error.is_outcome_unknown() && !error.is_retryable());
    assert!(error.to_string().contains("100000 bytes"), "{error}");
}

#[tokio::test]
async fn an_answer_of_exactly_the_limit_is_read() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[7]",
        )
        .await;
    })
    .await;
    let client = builder(&url).response_limit(3).build().unwrap();
    assert_eq!(call(&client).await.unwrap(), [7]);
}

#[tokio::test]
async fn an_endless_error_page_does_not_hide_the_status() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n",
        )
        .await;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
    })
    .await;
    let error = call(&client(&url)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.http_status()),
        (ErrorKind::Unavailable, Some(503))
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn an_error_page_that_is_cut_does_not_hide_the_status() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        write(
            &mut stream,
            "HTTP/1.1 401 UNAUTHORIZED\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"na",
        )
        .await;
    })
    .await;
    assert!(call(&client(&url)).await.unwrap_err().is_unauthorized());
}

#[tokio::test]
async fn a_body_refused_before_it_was_read_is_still_too_large() {
    let url = raw_server(|mut stream| async move {
        let mut head = [0_u8; 512];
        let _ = stream.read(&mut head).await;
        write(
            &mut stream,
            "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        )
        .await;
        // As nginx does: keep reading for a while, so that the answer is not lost to a reset.
        let mut sink = vec![0_u8; 65_536];
        while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    #[derive(serde::Serialize)]
    struct Args {
        text: String,
    }
    let error = client(&url)
        .call::<_, bool>(
            "res.partner",
            "import",
            &Args {
                text: "x".repeat(8 << 20),
            },
        )
        .await
        .unwrap_err();
    assert!(error.is_too_large(), "{error:?}");
}

#[tokio::test]
async fn a_deeply_nested_answer_is_an_error_and_not_a_crash() {
    let url = raw_server(|mut stream| async move {
        read_request(&mut stream).await;
        let body = "[".repeat(1_000_000);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        write(&mut stream, &(head + &body)).await;
    })
    .await;
    let error = client(&url)
        .call::<_, serde_json::Value>("res.partner", "search", &NoArgs::new())
        .await
        .unwrap_err();
    assert!(error.is_outcome_unknown(), "{error:?}");
}

#[tokio::test]
async fn something_that_does_not_speak_http() {
    let url = raw_server(|mut stream| async move {
        write(&mut stream, "SSH-2.0-OpenSSH_9.6\r\n").await;
        let mut sink = [0_u8; 4096];
        while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    assert_unknown(&call(&client(&url)).await.unwrap_err());
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_does_no_harm() {
    // The first connection answers once and is then closed; the second call must be sent once, on a new one.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            write(
                &mut stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]",
            )
            .await;
        }
    });
    let client = client(&url);
    assert_eq!(call(&client).await.unwrap(), [1]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(call(&client).await.unwrap(), [1]);
    server.await.unwrap();
}
