//! Typed models, pages, contexts and values that Odoo writes its own way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use common::client;
use punchclock_odoo::models::{ApiKeyRecord, Attendance, Company, Employee, User, WorkLocation};
use punchclock_odoo::{Binary, Client, Command, Context, Domain, ErrorKind, Model, NoArgs, Page, Selection};
use serde_json::{Value, json};
use wiremock::matchers::{body_json, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn expect(server: &MockServer, call: &str, body: Value, answer: Value) {
    Mock::given(path(format!("/json/2/{call}")))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(server)
        .await;
}

async fn server() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let client = client(&server.uri());
    (server, client)
}

#[tokio::test]
async fn every_method_of_a_model() {
    let (server, client) = server().await;
    let fields = json!(["name", "parent_id"]);
    let domain = json!([["name", "=", "x"]]);
    let row = json!({"id": 1, "name": "x", "parent_id": false});
    expect(
        &server,
        "res.company/search",
        json!({"domain": domain, "limit": 2}),
        json!([1]),
    )
    .await;
    expect(
        &server,
        "res.company/search_count",
        json!({"domain": domain}),
        json!(9),
    )
    .await;
    expect(
        &server,
        "res.company/search_read",
        json!({"domain": domain, "fields": fields}),
        json!([row]),
    )
    .await;
    expect(
        &server,
        "res.company/read",
        json!({"ids": [1], "fields": fields}),
        json!([row]),
    )
    .await;
    expect(
        &server,
        "res.company/create",
        json!({"vals_list": [{"name": "x"}]}),
        json!([1]),
    )
    .await;
    expect(
        &server,
        "res.company/write",
        json!({"ids": [1], "vals": {"name": "y"}}),
        json!(true),
    )
    .await;
    expect(&server, "res.company/unlink", json!({"ids": [1]}), json!(true)).await;
    expect(
        &server,
        "res.company/load",
        json!({"fields": ["id", "name"], "data": [["a.b", "x"]]}),
        json!({"ids": [1], "messages": [], "nextrow": 0}),
    )
    .await;
    expect(
        &server,
        "res.company/act",
        json!({"ids": [1], "x": 2}),
        json!("done"),
    )
    .await;
    expect(&server, "res.company/act_all", json!({}), json!("done")).await;

    let companies = client.records::<Company>();
    let domain = Domain::field("name").eq("x");
    assert_eq!(
        companies.search(&domain, &Page::new().limit(2)).await.unwrap(),
        [1]
    );
    assert_eq!(companies.count(&domain).await.unwrap(), 9);
    assert_eq!(
        companies.search_read(&domain, &Page::new()).await.unwrap()[0].name,
        "x"
    );
    assert_eq!(companies.read(&[1]).await.unwrap()[0].parent_id, None);
    assert_eq!(companies.create(&[json!({"name": "x"})]).await.unwrap(), [1]);
    companies.write(&[1], &json!({"name": "y"})).await.unwrap();
    companies.unlink(&[1]).await.unwrap();
    assert_eq!(
        companies.load(&["id", "name"], &[["a.b", "x"]]).await.unwrap(),
        [1]
    );
    assert_eq!(
        companies
            .call::<_, String>("act", Some(&[1]), &json!({"x": 2}))
            .await
            .unwrap(),
        "done"
    );
    assert_eq!(
        companies
            .call::<_, String>("act_all", None, &NoArgs::new())
            .await
            .unwrap(),
        "done"
    );
}

#[tokio::test]
async fn companies_and_context_go_with_every_call() {
    let (server, client) = server().await;
    let context = json!({"lang": "fr_BE", "tz": "Europe/Brussels", "allowed_company_ids": [2, 1],
        "active_test": false, "tracking_disable": true});
    expect(
        &server,
        "res.company/search",
        json!({"domain": [], "context": context}),
        json!([]),
    )
    .await;
    expect(
        &server,
        "res.company/unlink",
        json!({"ids": [3], "context": {"allowed_company_ids": [2]}}),
        json!(true),
    )
    .await;
    expect(
        &server,
        "res.partner/read",
        json!({"ids": [1], "fields": [], "context": {"lang": "en_US", "allowed_company_ids": [5]}}),
        json!([]),
    )
    .await;
    let context = Context::new()
        .lang("fr_BE")
        .tz("Europe/Brussels")
        .with_archived()
        .without_tracking();
    client
        .records::<Company>()
        .context(context)
        .companies([2, 1])
        .search(&Domain::all(), &Page::new())
        .await
        .unwrap();
    client
        .records::<Company>()
        .companies([2])
        .unlink(&[3])
        .await
        .unwrap();
    let call = client
        .on("res.partner", "read")
        .ids(&[1])
        .context(&json!({"lang": "en_US"}))
        .companies(&[5]);
    let _: Vec<Value> = call.call(&json!({"fields": []})).await.unwrap();
    // Twice is a mistake, not a choice.
    let twice = client
        .on("res.partner", "read")
        .context(&json!({"allowed_company_ids": [1]}))
        .companies(&[5]);
    assert_eq!(
        twice.call::<_, Value>(&NoArgs::new()).await.unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
}

#[tokio::test]
async fn pages_follow_the_ids() {
    let (server, client) = server().await;
    let fields = json!(["name", "parent_id"]);
    let rows = |ids: &[i64]| -> Value {
        ids.iter()
            .map(|id| json!({"id": id, "name": "x", "parent_id": false}))
            .collect()
    };
    let asked = |domain: Value| json!({"domain": domain, "fields": fields, "limit": 2, "order": "id"});
    let either = json!(["|", ["name", "=", "a"], ["name", "=", "b"]]);
    expect(&server, "res.company/search_read", asked(either), rows(&[3, 5])).await;
    expect(
        &server,
        "res.company/search_read",
        asked(json!([
            ["id", ">", 5],
            "|",
            ["name", "=", "a"],
            ["name", "=", "b"]
        ])),
        rows(&[8, 9]),
    )
    .await;
    expect(
        &server,
        "res.company/search_read",
        asked(json!([
            ["id", ">", 9],
            "|",
            ["name", "=", "a"],
            ["name", "=", "b"]
        ])),
        rows(&[12]),
    )
    .await;
    let domain = Domain::field("name").eq("a").or(Domain::field("name").eq("b"));
    let mut pages = client.records::<Company>().pages(domain, 2);
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        seen.extend(page.iter().map(Company::id));
    }
    assert_eq!(seen, [3, 5, 8, 9, 12]);
    assert!(pages.next().await.unwrap().is_none(), "the end stays the end");
}

#[tokio::test]
async fn a_page_can_be_asked_for_again_and_one_that_repeats_itself_ends_the_reading() {
    let server = MockServer::start().await;
    let client = client(&server.uri());
    let busy = ResponseTemplate::new(503).set_body_raw("", "text/plain");
    Mock::given(path("/json/2/res.company/search_read"))
        .respond_with(busy)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let same = json!([{"id": 7, "name": "x", "parent_id": false}]);
    Mock::given(path("/json/2/res.company/search_read"))
        .respond_with(ResponseTemplate::new(200).set_body_json(same))
        .mount(&server)
        .await;
    let mut pages = client.records::<Company>().pages(Domain::all(), 1);
    assert!(pages.next().await.unwrap_err().is_busy());
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 1);
    assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::Decode);
    let mut none = client.records::<Company>().pages("no list", 1);
    assert_eq!(none.next().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_load_that_is_refused_names_the_record() {
    let (server, client) = server().await;
    let messages = json!([
        {"type": "warning", "message": "odd", "rows": {"from": 0, "to": 0}, "record": 0, "field": "a"},
        {"type": "error", "message": "No matching record found", "rows": {"from": 1, "to": 3}, "field": "employee_id",
         "moreinfo": {"type": "ir.actions.act_window"}, "field_path": ["employee_id"]},
        {"type": "error", "message": false, "record": "?", "rows": false, "field": ["x"]},
    ]);
    expect(
        &server,
        "hr.attendance/load",
        json!({"fields": ["id"], "data": [["a"], ["b"]]}),
        json!({"ids": false, "messages": messages, "nextrow": 0}),
    )
    .await;
    let error = client
        .load("hr.attendance", &["id"], &[["a"], ["b"]])
        .await
        .unwrap_err();
    assert!(error.is_validation() && !error.is_outcome_unknown());
    assert_eq!(error.record(), Some(1));
    let found: Vec<_> = error
        .load_messages()
        .iter()
        .map(|message| (message.is_error, message.record(), message.rows))
        .collect();
    assert_eq!(
        found,
        [
            (false, Some(0), Some((0, 0))),
            (true, Some(1), Some((1, 3))),
            (true, None, None)
        ]
    );
    assert!(error.to_string().contains("hr.attendance/load"), "{error}");
}

#[test]
fn built_in_types_read_what_odoo_writes() {
    fn read<M: Model>(row: Value) -> M {
        let object = row.as_object().unwrap();
        for field in M::FIELDS {
            assert!(object.contains_key(*field), "{} asks for {field}", M::NAME);
        }
        let record: M = serde_json::from_value(row).unwrap();
        assert_eq!(record.id(), 7);
        record
    }
    let user: User = read(
        json!({"id": 7, "name": "A", "login": "a", "active": true, "tz": false,
        "company_id": [1, "C"], "company_ids": [1, 2]}),
    );
    assert_eq!((user.tz, user.company_id.id), (None, 1));
    let employee: Employee = read(
        json!({"id": 7, "name": "A", "active": true, "barcode": "0042", "company_id": [1, "C"],
        "department_id": false, "user_id": [2, "U"], "tz": "Europe/Brussels"}),
    );
    assert_eq!(employee.barcode.as_deref(), Some("0042"));
    let attendance: Attendance = read(
        json!({"id": 7, "employee_id": [1, "A"], "check_in": "2026-03-02 08:00:03",
        "check_out": false, "worked_hours": 0}),
    );
    assert_eq!(
        (attendance.check_out, attendance.check_in.utc().timestamp()),
        (None, 1_772_438_403)
    );
    let place: WorkLocation =
        read(json!({"id": 7, "name": "P", "active": true, "company_id": [1, "C"], "address_id": [3, false]}));
    assert_eq!(place.address_id.unwrap().name, "");
    let key: ApiKeyRecord = read(
        json!({"id": 7, "name": "K", "user_id": [2, "U"], "scope": false, "create_date": "2026-01-01 00:00:00"}),
    );
    assert_eq!(key.scope, None);
}

#[test]
fn commands_binaries_and_selections() {
    let commands: Vec<Command<Value>> = vec![
        Command::Create(json!({"a": 1})),
        Command::Update(3, json!({"a": 2})),
        Command::Delete(4),
        Command::Unlink(5),
        Command::Link(6),
        Command::Clear,
        Command::Set(vec![7, 8]),
    ];
    assert_eq!(
        serde_json::to_value(commands).unwrap(),
        json!([[0, 0, {"a": 1}], [1, 3, {"a": 2}], [2, 4, 0], [3, 5, 0], [4, 6, 0], [5, 0, 0], [6, 0, [7, 8]]])
    );
    let picture = Binary::new([0_u8, 255, 16]);
    assert_eq!(serde_json::to_value(&picture).unwrap(), json!("AP8Q"));
    assert_eq!(
        serde_json::from_value::<Binary>(json!("AP\n8Q\n")).unwrap(),
        picture
    );
    assert!(serde_json::from_value::<Binary>(json!("12 Kb")).is_err());
    assert_eq!(format!("{picture:?}"), "Binary(3 bytes)");
    let other: Selection<bool> = serde_json::from_value(json!("new")).unwrap();
    assert_eq!(
        (other.known(), serde_json::to_value(&other).unwrap()),
        (None, json!("new"))
    );
}
