//! The API key is in no text, whatever the server does with it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use common::{KEY, builder, client};
use punchclock_odoo::{ApiKey, NoArgs, Transport};
use serde_json::{Value, json};
use wiremock::matchers::{any, body_partial_json};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn assert_clean(what: &str, text: &str) {
    assert!(!text.contains(KEY), "{what} shows the key: {text}");
    assert!(
        !text.contains(&KEY[8..24]),
        "{what} shows a part of the key: {text}"
    );
}

#[test]
fn no_setting_shows_it() {
    let builder = builder("http://127.0.0.1:1");
    assert_clean("key", &format!("{:?}", ApiKey::new(KEY).unwrap()));
    assert_clean("builder", &format!("{builder:?} {builder:#?}"));
    let client = builder.build().unwrap();
    assert_clean("client", &format!("{client:?} {client:#?}"));
    assert_clean(
        "call",
        &format!("{:?}", client.on("res.partner", "read").ids(&[1])),
    );
}

#[tokio::test]
async fn no_error_shows_it_even_if_the_server_echoes_it() {
    let echo = json!({"name": KEY, "message": format!("bad key {KEY}"), "debug": format!("bearer {KEY}")});
    let echo = echo.to_string();
    let answers = [
        ResponseTemplate::new(401).set_body_raw(echo.clone(), "application/json"),
        ResponseTemplate::new(422).set_body_raw(echo.clone(), "application/json"),
        ResponseTemplate::new(500).set_body_raw(echo.clone(), "application/json"),
        ResponseTemplate::new(404).set_body_raw(KEY, "text/html"),
        ResponseTemplate::new(302).insert_header("Location", format!("http://h/?key={KEY}").as_str()),
        ResponseTemplate::new(200).set_body_raw(KEY, format!("text/{KEY}").as_str()),
        ResponseTemplate::new(200).set_body_raw(format!("\"{KEY}\""), "application/json"),
        ResponseTemplate::new(200).set_body_raw(format!("{{\"{KEY}\": 1}}"), "application/json"),
        ResponseTemplate::new(200).set_body_raw(KEY, "application/json"),
    ];
    for (case, response) in answers.into_iter().enumerate() {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(response).mount(&server).await;
        let error = client(&server.uri())
            .call::<_, std::collections::BTreeMap<String, bool>>("res.partner", "search", &NoArgs::new())
            .await
            .expect_err("an error");
        let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
        texts.extend(error.server_traceback().map(str::to_owned));
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            texts.push(format!("{cause} {cause:?}"));
            source = cause.source();
        }
        for text in texts {
            assert_clean(&format!("case {case}"), &text);
        }
    }
}

#[tokio::test]
async fn no_error_over_json_rpc_shows_it() {
    let fault = json!({"name": KEY, "message": format!("bad key {KEY}"), "debug": format!("args={KEY}")});
    let answers = [
        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": KEY, "data": fault}}),
        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": KEY}}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {KEY: KEY}}),
    ];
    for (case, answer) in answers.into_iter().enumerate() {
        let server = MockServer::start().await;
        Mock::given(any())
            .and(body_partial_json(json!({"params": {"method": "authenticate"}})))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1, "result": 2})),
            )
            .mount(&server)
            .await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(200).set_body_json(answer))
            .mount(&server)
            .await;
        let client = builder(&server.uri())
            .login("gateway")
            .transport(Transport::JsonRpc)
            .build()
            .unwrap();
        let error = client
            .call::<_, std::collections::BTreeMap<String, bool>>("res.partner", "act", &NoArgs::new())
            .await
            .expect_err("an error");
        let text = format!(
            "{error} {error:?} {client:?} {:?} {:?} {:?}",
            error.server_traceback(),
            client.bulk("res.partner"),
            client.keys()
        );
        assert_clean(&format!("case {case}"), &text);
    }
}

#[tokio::test]
async fn no_transport_error_shows_it() {
    let error = client("http://127.0.0.1:1")
        .call::<_, Value>("res.partner", "search", &json!({"secret": "in the arguments"}))
        .await
        .expect_err("nothing listens");
    let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert_clean("transport error", &text);
    assert!(!text.contains("in the arguments"), "{text}");
}
