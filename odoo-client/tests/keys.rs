//! Keys: listed with what the series knows of them, made, tried and revoked where the server offers it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::time::Duration;

use chrono::{DateTime, Utc};
use common::{KEY, client};
use punchclock_odoo::{ApiKey, ErrorKind};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, body_partial_json, header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const NEW: &str = "0123456789abcdef0123456789abcdef01234567";
const DAY: Duration = Duration::from_secs(86_400);

fn json_answer(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

fn odoo_error(status: u16, name: &str) -> ResponseTemplate {
    json_answer(status, json!({"name": name, "message": "said so", "debug": ""}))
}

async fn apikeys(server: &MockServer, method: &str, answer: ResponseTemplate) {
    Mock::given(path(format!("/json/2/res.users.apikeys/{method}")))
        .respond_with(answer)
        .expect(1)
        .mount(server)
        .await;
}

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn what_a_14_does_not_know_is_not_asked_for() {
    let server = MockServer::start().await;
    let known = json!({"name": {"type": "char"}, "user_id": {"type": "many2one"}, "scope": {"type": "char"},
        "create_date": {"type": "datetime"}});
    apikeys(&server, "fields_get", json_answer(200, known)).await;
    Mock::given(path("/json/2/res.users.apikeys/search_read"))
        .and(body_partial_json(
            json!({"fields": ["name", "user_id", "scope", "create_date"]}),
        ))
        .respond_with(json_answer(
            200,
            json!([{"id": 1, "name": "edge", "user_id": [2, "U"], "scope": false,
            "create_date": "2026-01-01 00:00:00"}]),
        ))
        .mount(&server)
        .await;
    let keys = client(&server.uri()).keys().list().await.unwrap();
    assert_eq!((keys[0].name.as_str(), keys[0].expiration_date), ("edge", None));
    assert!(!keys[0].expires_within(Duration::MAX, now()), "it never expires");
}

#[tokio::test]
async fn keys_that_expire_soon() {
    let server = MockServer::start().await;
    let known = json!({"name": {}, "user_id": {}, "scope": {}, "create_date": {}, "expiration_date": {}});
    apikeys(&server, "fields_get", json_answer(200, known)).await;
    let row = |id: i64, expires: Value| {
        json!({"id": id, "name": "k", "user_id": [2, "U"], "scope": "rpc",
        "create_date": "2026-01-01 00:00:00", "expiration_date": expires})
    };
    let rows = json!([
        row(1, json!(false)),
        row(2, json!("2026-11-29 08:00:00")),
        row(3, json!("2026-11-29 08:00:01")),
        row(4, json!("2026-11-01 00:00:00"))
    ]);
    apikeys(&server, "search_read", json_answer(200, rows)).await;
    let soon = client(&server.uri())
        .keys()
        .expiring(7 * DAY, now())
        .await
        .unwrap();
    assert_eq!(soon.iter().map(|key| key.id).collect::<Vec<_>>(), [2, 4]);
    assert!(soon.iter().all(|key| key.expires_within(Duration::MAX, now())));
}

#[tokio::test]
async fn whether_keys_can_be_managed_is_probed_without_making_one() {
    for (answer, can) in [
        (odoo_error(404, "werkzeug.exceptions.NotFound"), Some(false)),
        (odoo_error(403, "odoo.exceptions.AccessError"), Some(false)),
        (
            odoo_error(422, "werkzeug.exceptions.UnprocessableEntity"),
            Some(true),
        ),
        (odoo_error(401, "werkzeug.exceptions.Unauthorized"), None),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/json/2/res.users.apikeys/generate"))
            .and(body_json(json!({})))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        assert_eq!(client(&server.uri()).keys().can_manage().await.ok(), can);
    }
}

#[tokio::test]
async fn a_key_is_changed_in_two_steps() {
    let server = MockServer::start().await;
    Mock::given(path("/json/2/res.users.apikeys/generate"))
        .and(header("authorization", format!("bearer {KEY}").as_str()))
        .and(body_json(
            json!({"key": KEY, "scope": "rpc", "name": "edge", "expiration_date": "2027-01-01 00:00:00"}),
        ))
        .respond_with(json_answer(200, json!(NEW)))
        .expect(1)
        .mount(&server)
        .await;
    for (call, body) in [
        ("res.users/context_get", json!({})),
        ("res.users.apikeys/revoke", json!({"key": KEY})),
    ] {
        Mock::given(path(format!("/json/2/{call}")))
            .and(header("authorization", format!("bearer {NEW}").as_str()))
            .and(body_json(body))
            .respond_with(json_answer(200, json!({})))
            .expect(1)
            .mount(&server)
            .await;
    }
    let client = client(&server.uri());
    let rotation = client
        .keys()
        .rotate("edge", Some("rpc"), Some("2027-01-01 00:00:00".parse().unwrap()))
        .await
        .unwrap();
    assert_eq!(rotation.key().expose(), NEW);
    let shown = format!("{rotation:?} {:?}", client.keys());
    assert!(!shown.contains(NEW) && !shown.contains(KEY), "{shown}");
    let renewed = rotation.finish().await.unwrap();
    assert_eq!(renewed.database(), client.database());
}

#[tokio::test]
async fn a_new_key_that_does_not_work_leaves_the_old_one() {
    let server = MockServer::start().await;
    apikeys(&server, "generate", json_answer(200, json!(NEW))).await;
    Mock::given(path("/json/2/res.users/context_get"))
        .respond_with(odoo_error(401, "werkzeug.exceptions.Unauthorized"))
        .mount(&server)
        .await;
    let error = client(&server.uri())
        .keys()
        .rotate("edge", None, None)
        .await
        .unwrap_err();
    assert!(error.is_unauthorized());
    assert_eq!(
        server.received_requests().await.unwrap().len(),
        2,
        "nothing was revoked"
    );
}

#[tokio::test]
async fn where_the_server_does_not_offer_it() {
    let server = MockServer::start().await;
    apikeys(
        &server,
        "generate",
        odoo_error(404, "werkzeug.exceptions.NotFound"),
    )
    .await;
    apikeys(&server, "revoke", odoo_error(404, "werkzeug.exceptions.NotFound")).await;
    let client = client(&server.uri());
    assert!(
        client
            .keys()
            .create("edge", None, None)
            .await
            .unwrap_err()
            .is_missing_addon()
    );
    assert!(
        client
            .keys()
            .revoke(&ApiKey::new(NEW).unwrap())
            .await
            .unwrap_err()
            .is_missing_addon()
    );
}

#[tokio::test]
async fn an_answer_that_is_no_key_is_not_shown() {
    let server = MockServer::start().await;
    apikeys(&server, "generate", json_answer(200, json!("not a key"))).await;
    let error = client(&server.uri())
        .keys()
        .create("edge", None, None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!format!("{error} {error:?}").contains("not a key"));
}
