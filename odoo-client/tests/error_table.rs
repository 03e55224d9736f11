//! Every row of the table of answers: status and body in, kind, predicates and message out.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::time::Duration;

use common::{DATABASE, client};
use punchclock_odoo::{Error, ErrorKind, NoArgs};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

struct Row {
    status: u16,
    content_type: &'static str,
    body: String,
    kind: ErrorKind,
    retryable: bool,
    configuration: bool,
    outcome_unknown: bool,
    /// What the message must say.
    says: &'static str,
}

fn odoo(name: &str, message: &str) -> String {
    format!(
        r#"{{"name":"{name}","message":"{message}","arguments":["{message}"],"context":{{"lang":"en_US"}},"debug":"Traceback (most recent call last):\n  File \"/opt/odoo/http.py\", line 1"}}"#
    )
}

fn html(title: &str) -> String {
    format!("<!doctype html><title>{title}</title>")
}

async fn answer(response: ResponseTemplate) -> Error {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/json/2/punchclock.event/ingest"))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    client(&server.uri())
        .call::<_, Vec<i64>>("punchclock.event", "ingest", &NoArgs::new())
        .await
        .expect_err("the server refused")
}

#[tokio::test]
async fn every_row() {
    let row = |status, content_type, body, kind, flags: &str, says| Row {
        status,
        content_type,
        body,
        kind,
        retryable: flags.contains('r'),
        configuration: flags.contains('c'),
        outcome_unknown: flags.contains('u'),
        says,
    };
    let werkzeug = |name: &str| odoo(&format!("werkzeug.exceptions.{name}"), "said so");
    let exceptions = |name: &str| odoo(&format!("odoo.exceptions.{name}"), "said so");
    let rows = [
        row(
            400,
            JSON,
            werkzeug("BadRequest"),
            ErrorKind::BadRequest,
            "",
            "could not read the request",
        ),
        row(
            401,
            JSON,
            werkzeug("Unauthorized"),
            ErrorKind::Unauthorized,
            "c",
            "refused the API key",
        ),
        row(
            401,
            HTML,
            html("Basic"),
            ErrorKind::Unauthorized,
            "c",
            "a proxy in front of it",
        ),
        row(
            403,
            JSON,
            exceptions("AccessError"),
            ErrorKind::Forbidden,
            "c",
            "groups",
        ),
        row(
            403,
            JSON,
            exceptions("AccessDenied"),
            ErrorKind::Forbidden,
            "c",
            "groups",
        ),
        row(
            403,
            JSON,
            werkzeug("Forbidden"),
            ErrorKind::Forbidden,
            "c",
            "groups",
        ),
        row(
            404,
            JSON,
            werkzeug("NotFound"),
            ErrorKind::MissingAddonOrMethod,
            "c",
            "addon is installed",
        ),
        row(
            404,
            JSON,
            exceptions("MissingError"),
            ErrorKind::MissingRecord,
            "",
            "record does not exist",
        ),
        row(
            404,
            HTML,
            html("404 Not Found"),
            ErrorKind::WrongHostOrDatabase,
            "c",
            "database name",
        ),
        row(
            404,
            JSON,
            r#"{"detail":"not Odoo"}"#.into(),
            ErrorKind::WrongHostOrDatabase,
            "c",
            "address",
        ),
        row(408, HTML, html("slow"), ErrorKind::Unavailable, "r", "later"),
        row(
            409,
            JSON,
            exceptions("LockError"),
            ErrorKind::Locked,
            "r",
            "locked",
        ),
        row(
            413,
            JSON,
            werkzeug("RequestEntityTooLarge"),
            ErrorKind::TooLarge,
            "",
            "send less",
        ),
        row(413, HTML, html("413 nginx"), ErrorKind::TooLarge, "", "send less"),
        row(
            415,
            "text/plain",
            "no".into(),
            ErrorKind::UnsupportedMedia,
            "",
            "content type",
        ),
        row(
            418,
            HTML,
            html("teapot"),
            ErrorKind::UnexpectedStatus,
            "",
            "unexpected HTTP status",
        ),
        row(
            422,
            JSON,
            exceptions("UserError"),
            ErrorKind::Validation,
            "",
            "refused the values",
        ),
        row(
            422,
            JSON,
            exceptions("ValidationError"),
            ErrorKind::Validation,
            "",
            "refused the values",
        ),
        row(
            422,
            JSON,
            werkzeug("UnprocessableEntity"),
            ErrorKind::Validation,
            "",
            "fitting versions",
        ),
        row(429, HTML, html("calm down"), ErrorKind::Unavailable, "r", "later"),
        row(
            500,
            JSON,
            odoo("builtins.ValueError", "said so"),
            ErrorKind::Server,
            "r",
            "Odoo's log",
        ),
        row(
            500,
            JSON,
            odoo("psycopg2.errors.SerializationFailure", "said so"),
            ErrorKind::Server,
            "r",
            "Odoo's log",
        ),
        row(
            500,
            HTML,
            html("proxy"),
            ErrorKind::Server,
            "ru",
            "a proxy in front of it",
        ),
        row(
            502,
            HTML,
            html("Bad Gateway"),
            ErrorKind::Unavailable,
            "ru",
            "later",
        ),
        row(503, HTML, html("upgrade"), ErrorKind::Unavailable, "r", "later"),
        row(
            504,
            HTML,
            html("Gateway Timeout"),
            ErrorKind::Unavailable,
            "ru",
            "later",
        ),
        row(
            521,
            HTML,
            html("web server is down"),
            ErrorKind::Server,
            "ru",
            "a proxy in front of it",
        ),
        row(
            204,
            JSON,
            String::new(),
            ErrorKind::UnexpectedStatus,
            "u",
            "unexpected HTTP status",
        ),
        row(
            200,
            HTML,
            html("Log in"),
            ErrorKind::NotJson,
            "cu",
            "login, portal or maintenance page",
        ),
        row(
            200,
            "text/plain",
            "[1]".into(),
            ErrorKind::NotJson,
            "cu",
            "text/plain",
        ),
        row(200, JSON, "[1, oops]".into(), ErrorKind::NotJson, "cu", "column"),
        row(
            200,
            JSON,
            "[1] [2]".into(),
            ErrorKind::NotJson,
            "cu",
            "follows the JSON value",
        ),
        row(
            200,
            JSON,
            "[1, 2".into(),
            ErrorKind::OutcomeUnknown,
            "ru",
            "cut off",
        ),
        row(
            200,
            JSON,
            String::new(),
            ErrorKind::OutcomeUnknown,
            "ru",
            "cut off",
        ),
        row(
            200,
            JSON,
            r#"[1, "Jane"]"#.into(),
            ErrorKind::Decode,
            "u",
            "at [1]",
        ),
    ];
    for row in rows {
        let response = ResponseTemplate::new(row.status).set_body_raw(row.body.clone(), row.content_type);
        let error = answer(response).await;
        let text = error.to_string();
        let case = format!("{} {} {:?}\n  {text}", row.status, row.content_type, row.body);
        assert_eq!(error.kind(), row.kind, "{case}");
        assert_eq!(error.http_status(), Some(row.status), "{case}");
        assert_eq!(error.is_retryable(), row.retryable, "retryable: {case}");
        assert_eq!(
            error.is_configuration(),
            row.configuration,
            "configuration: {case}"
        );
        assert_eq!(
            error.is_outcome_unknown(),
            row.outcome_unknown,
            "outcome unknown: {case}"
        );
        assert_eq!(error.is_unauthorized(), row.status == 401, "{case}");
        assert_eq!(error.is_validation(), row.status == 422, "{case}");
        assert_eq!(error.is_too_large(), row.status == 413, "{case}");
        assert!(text.contains(row.says), "{case}");
        assert!(
            text.contains(DATABASE) && text.contains("http://127.0.0.1:"),
            "{case}"
        );
        assert!(text.contains("punchclock.event/ingest"), "{case}");
        assert!(!text.contains('\n'), "{case}");
        assert_eq!(
            (error.model(), error.method()),
            (Some("punchclock.event"), Some("ingest")),
            "{case}"
        );
        if row.body.contains("said so") {
            assert_eq!(error.server_message(), Some("said so"), "{case}");
            assert!(row.body.contains(error.exception_name().unwrap()), "{case}");
            assert!(
                text.contains("said so") && text.contains(error.exception_name().unwrap()),
                "{case}"
            );
            assert!(
                error.server_traceback().unwrap().contains("/opt/odoo/http.py"),
                "{case}"
            );
        } else {
            assert_eq!(error.exception_name(), None, "{case}");
        }
        let debug = format!("{error:?}");
        assert!(
            !text.contains("Traceback") && !debug.contains("Traceback"),
            "{case}\n{debug}"
        );
        assert!(
            !text.contains("Jane") && !debug.contains("Jane"),
            "values of the answer stay out: {case}\n{debug}"
        );
    }
}

#[tokio::test]
async fn retry_after_in_seconds_as_a_date_and_as_nonsense() {
    let cases = [
        ("7", None, Some(7)),
        (
            "Mon, 02 Mar 2026 08:01:30 GMT",
            Some("Mon, 02 Mar 2026 08:00:00 GMT"),
            Some(90),
        ),
        (
            "Mon, 02 Mar 2026 07:00:00 GMT",
            Some("Mon, 02 Mar 2026 08:00:00 GMT"),
            Some(0),
        ),
        ("99999999999999999999999", None, None),
        ("-5", None, None),
        ("soon", None, None),
    ];
    for (value, date, seconds) in cases {
        let mut response = ResponseTemplate::new(429).insert_header("Retry-After", value);
        if let Some(date) = date {
            response = response.insert_header("Date", date);
        }
        let error = answer(response).await;
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{value}");
        assert_eq!(error.failure().retry_after, error.retry_after());
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_goes_nowhere() {
    let elsewhere = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(200).set_body_raw("[]", "application/json"))
        .expect(0)
        .mount(&elsewhere)
        .await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/json/2/a/b", elsewhere.uri());
        let error = answer(ResponseTemplate::new(status).insert_header("Location", location.as_str())).await;
        assert_eq!(error.kind(), ErrorKind::Redirected);
        assert!(error.is_configuration() && !error.is_outcome_unknown());
        assert!(error.to_string().contains(&location), "{error}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_decoding_fault_names_its_place() {
    #[derive(Debug, serde::Deserialize)]
    struct Answer {
        #[expect(dead_code, reason = "only decoded")]
        outcomes: Vec<Outcome>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Outcome {
        #[expect(dead_code, reason = "only decoded")]
        #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
        id: Option<i64>,
    }
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(
            r#"{"outcomes":[{"id":1},{"id":false},{"id":"Jane \" Doe"}]}"#,
            "application/json",
        ))
        .mount(&server)
        .await;
    let error = client(&server.uri())
        .call::<_, Answer>("punchclock.event", "ingest", &NoArgs::new())
        .await
        .expect_err("the shape is wrong");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.json_path(), Some("outcomes[2].id"));
    assert!(error.to_string().contains("expected i64"), "{error}");
    assert!(!format!("{error} {error:?}").contains("Doe"), "{error}");
}
