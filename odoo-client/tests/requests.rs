//! What is sent: path, headers, body; and what is refused before anything is sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, HashMap};

use common::{DATABASE, KEY, builder, client};
use punchclock_odoo::{ApiKey, Client, Domain, ErrorKind, Many2One, NoArgs, Page};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

async fn server(body: Value) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    server
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_call_carries_key_database_and_named_arguments() {
    #[derive(Serialize)]
    struct Ingest<'a> {
        events: Vec<BTreeMap<&'a str, &'a str>>,
    }
    #[derive(Debug, Deserialize)]
    struct Answer {
        outcomes: Vec<String>,
    }
    let server = server(json!({"outcomes": ["accepted"]})).await;
    let client = builder(&server.uri())
        .user_agent("branch-edge/1.0")
        .build()
        .unwrap();
    let args = Ingest {
        events: vec![BTreeMap::from([("pin", "007")])],
    };
    let answer: Answer = client.call("punchclock.event", "ingest", &args).await.unwrap();
    assert_eq!(answer.outcomes, ["accepted"]);

    let request = only_request(&server).await;
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(request.url.path(), "/json/2/punchclock.event/ingest");
    assert_eq!(request.headers["authorization"], format!("bearer {KEY}"));
    assert_eq!(request.headers["x-odoo-database"], DATABASE);
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["user-agent"], "branch-edge/1.0");
    assert_eq!(body(&request), json!({"events": [{"pin": "007"}]}));
}

#[tokio::test]
async fn ids_and_context_stand_beside_the_arguments() {
    let server = server(json!(true)).await;
    let context = HashMap::from([("allowed_company_ids", [3])]);
    let done: bool = client(&server.uri())
        .on("hr.employee", "write")
        .ids(&[7, 8])
        .context(&context)
        .call(&json!({"vals": {"barcode": "1"}}))
        .await
        .unwrap();
    assert!(done);
    assert_eq!(
        body(&only_request(&server).await),
        json!({"ids": [7, 8], "context": {"allowed_company_ids": [3]}, "vals": {"barcode": "1"}})
    );
}

#[tokio::test]
async fn the_helpers_send_what_odoo_19_expects() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Employee {
        id: i64,
        #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
        barcode: Option<String>,
        #[serde(deserialize_with = "punchclock_odoo::false_is_none")]
        company_id: Option<Many2One>,
    }
    let rows = json!([{"id": 1, "barcode": false, "company_id": [4, "Cebu"]}]);
    let mock = server(rows.clone()).await;
    let domain = Domain::field("active").eq(true);
    let page = Page::new().limit(10).order("id");
    let found: Vec<Employee> = client(&mock.uri())
        .search_read("hr.employee", &domain, &["barcode", "company_id"], &page)
        .await
        .unwrap();
    assert_eq!(found[0].barcode, None);
    assert_eq!(found[0].company_id.as_ref().map(|company| company.id), Some(4));
    let sent = only_request(&mock).await;
    assert_eq!(sent.url.path(), "/json/2/hr.employee/search_read");
    assert_eq!(
        body(&sent),
        json!({"domain": [["active", "=", true]], "fields": ["barcode", "company_id"], "limit": 10, "order": "id"})
    );

    let mock = server(rows).await;
    let found: Vec<Employee> = client(&mock.uri())
        .read("hr.employee", &[1], &["barcode"])
        .await
        .unwrap();
    assert_eq!(found[0].id, 1);
    assert_eq!(
        body(&only_request(&mock).await),
        json!({"ids": [1], "fields": ["barcode"]})
    );

    let mock = server(json!([11, 12])).await;
    let values = [json!({"name": "A"}), json!({"name": "B"})];
    assert_eq!(
        client(&mock.uri()).create("hr.employee", &values).await.unwrap(),
        [11, 12]
    );
    assert_eq!(
        body(&only_request(&mock).await),
        json!({"vals_list": [{"name": "A"}, {"name": "B"}]})
    );

    let mock = server(json!(true)).await;
    client(&mock.uri())
        .write("hr.employee", &[11], &json!({"name": "C"}))
        .await
        .unwrap();
    assert_eq!(
        body(&only_request(&mock).await),
        json!({"ids": [11], "vals": {"name": "C"}})
    );

    let mock = server(json!(true)).await;
    client(&mock.uri())
        .unlink("hr.employee", &[11, 12])
        .await
        .unwrap();
    assert_eq!(body(&only_request(&mock).await), json!({"ids": [11, 12]}));
}

#[tokio::test]
async fn version_sends_neither_key_nor_database() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/web/version"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"})),
        )
        .mount(&server)
        .await;
    let version = client(&server.uri()).version().await.unwrap();
    assert_eq!(
        (version.text.as_str(), version.major, version.minor),
        ("19.0", Some(19), Some(0))
    );
    let request = only_request(&server).await;
    assert!(!request.headers.contains_key("authorization"));
    assert!(!request.headers.contains_key("x-odoo-database"));
}

#[tokio::test]
async fn an_older_odoo_has_no_version_page() {
    let server = MockServer::start().await;
    let error = client(&server.uri()).version().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongHostOrDatabase);
    assert!(error.to_string().contains("Odoo 19 or later"), "{error}");
}

#[tokio::test]
async fn arguments_that_are_no_object_are_never_sent() {
    let server = server(json!(null)).await;
    let client = client(&server.uri());
    let refused = [
        client
            .call::<_, Value>("res.partner", "search", &json!([1, 2]))
            .await,
        client
            .call::<_, Value>("res.partner", "search", &vec![("domain", 1)])
            .await,
        client.call::<_, Value>("res.partner", "search", &("a", 1)).await,
        client.call::<_, Value>("res.partner", "search", &()).await,
        client
            .call::<_, Value>("res.partner", "search", &None::<NoArgs>)
            .await,
        client.call::<_, Value>("res.partner", "search", "domain").await,
        client.call::<_, Value>("res.partner", "search", &7).await,
        client.call::<_, Value>("res.partner", "search", &true).await,
        // A map whose keys cannot be names.
        client
            .call::<_, Value>("res.partner", "search", &BTreeMap::from([((1, 2), 3)]))
            .await,
        client
            .on("res.partner", "search")
            .context(&[1])
            .call::<_, Value>(&NoArgs::new())
            .await,
        client
            .on("res.partner", "search")
            .ids(&[1])
            .call::<_, Value>(&json!({"ids": [2]}))
            .await,
        client
            .on("res.partner", "search")
            .context(&json!({}))
            .call::<_, Value>(&json!({"context": {}}))
            .await,
    ];
    for (case, result) in refused.into_iter().enumerate() {
        let error = result.expect_err("must be refused");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "case {case}: {error}");
        assert!(!error.is_retryable() && !error.is_configuration() && !error.is_outcome_unknown());
        assert_eq!(error.model(), Some("res.partner"));
    }
    let said = client
        .call::<_, Value>("res.partner", "search", &[1])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("must be a JSON object") && said.contains("an array"),
        "{said}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn names_that_would_leave_the_path_are_never_sent() {
    let server = server(json!(null)).await;
    let client = client(&server.uri());
    for (model, method) in [
        ("../../web/session", "logout"),
        ("..", "x"),
        ("res.partner", "../../web"),
        ("res.partner?db=other", "read"),
        ("res.partner", "read#"),
        ("res partner", "read"),
        ("", ""),
        ("res.partner", "_write"),
    ] {
        let error = client
            .call::<_, Value>(model, method, &NoArgs::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{model}/{method}");
        assert!(error.to_string().contains("is not the name of"), "{error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_call_without_arguments_sends_the_empty_object() {
    let server = server(json!({"schema": 1})).await;
    let _: Value = client(&server.uri())
        .call("punchclock.gateway", "hello", &NoArgs::new())
        .await
        .unwrap();
    assert_eq!(only_request(&server).await.body, b"{}");
}

#[test]
fn settings_that_cannot_work_are_refused_by_name() {
    let build = |url: &str| builder(url).build().map(drop);
    for (url, says) in [
        ("", "cannot be read"),
        ("odoo.example.com", "cannot be read"),
        ("ftp://odoo.example.com", "https://"),
        ("http://", "cannot be read"),
        ("https://user:hunter2@odoo.example.com", "user or a password"),
        ("https://odoo.example.com/odoo", "only scheme, host and port"),
        ("https://odoo.example.com/?db=x", "only scheme, host and port"),
        ("https://odoo.example.com/#x", "only scheme, host and port"),
    ] {
        let error = build(url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::InvalidConfig);
        assert!(error.is_configuration());
        assert!(error.to_string().contains(says), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let good = "http://127.0.0.1:8069/";
    assert!(build(good).is_ok());
    assert_eq!(client(good).url(), "http://127.0.0.1:8069");
    assert_eq!(client(good).database(), DATABASE);
    let key = || ApiKey::new(KEY).unwrap();
    for bad in ["", "a\r\nX-Evil: 1", "naïve"] {
        assert!(
            Client::builder(good, bad, key())
                .build()
                .unwrap_err()
                .to_string()
                .contains("database name")
        );
        assert!(
            builder(good)
                .user_agent(bad)
                .build()
                .unwrap_err()
                .to_string()
                .contains("user agent")
        );
    }
    assert!(
        builder(good)
            .timeout(std::time::Duration::ZERO)
            .build()
            .unwrap_err()
            .to_string()
            .contains("zero")
    );
    for bad in [
        b"".as_slice(),
        b"no pem",
        b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    ] {
        let error = builder("https://odoo.example.com")
            .ca_pem(bad)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
    }
}
