//! Which door is taken, what goes through it, and when the client looks again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod common;

use common::{DATABASE, KEY, builder};
use punchclock_odoo::{Domain, Error, ErrorKind, NoArgs, Page, Transport};
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const LOGIN: &str = "gateway@example.com";
const UID: i64 = 42;

fn ok(result: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1, "result": result}))
}

fn refused(name: &str, message: &str, debug: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1, "error": {
        "code": 200, "message": "Odoo Server Error",
        "data": {"name": name, "message": message, "debug": debug, "arguments": [message], "context": {}},
    }}))
}

async fn version_page(server: &MockServer, major: u16, times: u64) {
    let body = json!({"version_info": [major, 0, 0, "final", 0, ""], "version": format!("{major}.0")});
    Mock::given(method("GET"))
        .and(path("/web/version"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .expect(times)
        .mount(server)
        .await;
}

async fn rpc(server: &MockServer, service: &str, rpc_method: &str, answer: ResponseTemplate, times: u64) {
    Mock::given(method("POST"))
        .and(path("/jsonrpc"))
        .and(body_partial_json(
            json!({"jsonrpc": "2.0", "method": "call", "params": {"service": service, "method": rpc_method}}),
        ))
        .respond_with(answer)
        .expect(times)
        .mount(server)
        .await;
}

fn version_14() -> ResponseTemplate {
    ok(
        &json!({"server_version": "14.0", "server_version_info": [14, 0, 0, "final", 0, ""], "server_serie": "14.0",
        "protocol_version": 1}),
    )
}

async fn legacy(answer: ResponseTemplate, calls: u64) -> MockServer {
    let server = MockServer::start().await;
    rpc(&server, "common", "authenticate", ok(&json!(UID)), 1).await;
    rpc(&server, "object", "execute_kw", answer, calls).await;
    server
}

/// What `execute_kw` was given after database, user and key.
async fn sent(server: &MockServer) -> Vec<Value> {
    let requests: Vec<Request> = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter_map(|request| serde_json::from_slice::<Value>(&request.body).ok())
        .filter(|body| body["params"]["method"] == "execute_kw")
        .map(|body| {
            let args = body["params"]["args"].as_array().unwrap();
            assert_eq!(args[..3], [json!(DATABASE), json!(UID), json!(KEY)]);
            Value::Array(args[3..].to_vec())
        })
        .collect()
}

#[tokio::test]
async fn without_a_login_json2_is_spoken_and_nothing_probed() {
    let server = MockServer::start().await;
    Mock::given(path("/json/2/res.partner/search"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([7])))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).build().unwrap();
    assert_eq!(client.transport(), Some(Transport::Json2));
    assert_eq!(
        client
            .search("res.partner", &Domain::all(), &Page::new())
            .await
            .unwrap(),
        [7]
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_19_is_found_once_and_spoken_to_by_json2() {
    let server = MockServer::start().await;
    version_page(&server, 19, 1).await;
    Mock::given(path("/json/2/res.partner/search"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([7])))
        .expect(5)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    assert_eq!(client.transport(), None);
    // Callers that come at once share one probe.
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.search("res.partner", &Domain::all(), &Page::new()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), [7]);
    }
    assert_eq!(client.transport(), Some(Transport::Json2));
}

#[tokio::test]
async fn a_14_is_found_by_its_missing_page_and_spoken_to_by_json_rpc() {
    let server = legacy(ok(&json!([7])), 2).await;
    rpc(&server, "common", "version", version_14(), 1).await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    for _ in 0..2 {
        assert_eq!(
            client
                .search("res.partner", &Domain::all(), &Page::new())
                .await
                .unwrap(),
            [7]
        );
    }
    assert_eq!(client.transport(), Some(Transport::JsonRpc));
    let requests = server.received_requests().await.unwrap();
    assert!(
        requests
            .iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );
    let authenticate: Value = serde_json::from_slice(&requests[2].body).unwrap();
    assert_eq!(authenticate["params"]["args"], json!([DATABASE, LOGIN, KEY, {}]));
}

#[tokio::test]
async fn arguments_take_the_places_that_every_series_understands() {
    let server = legacy(ok(&json!([7])), 4).await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    client
        .search("res.partner", &Domain::field("id").eq(7), &Page::new().limit(1))
        .await
        .unwrap();
    assert_eq!(
        client
            .create("res.partner", &[json!({"name": "a"})])
            .await
            .unwrap(),
        [7]
    );
    client
        .on("res.partner", "write")
        .ids(&[7])
        .companies(&[2, 1])
        .call::<_, Vec<i64>>(&json!({"vals": {"name": "b"}}))
        .await
        .unwrap();
    client
        .call::<_, Vec<i64>>("res.partner", "name_search", &json!({"name": "x", "limit": 3}))
        .await
        .unwrap();
    assert_eq!(
        sent(&server).await,
        [
            json!(["res.partner", "search", [[["id", "=", 7]]], {"limit": 1}]),
            json!(["res.partner", "create", [[{"name": "a"}]], {}]),
            json!(["res.partner", "write", [[7], {"name": "b"}], {"context": {"allowed_company_ids": [2, 1]}}]),
            json!(["res.partner", "name_search", [], {"name": "x", "limit": 3}]),
        ]
    );
}

#[tokio::test]
async fn a_method_that_returns_nothing() {
    let server = MockServer::start().await;
    rpc(&server, "common", "authenticate", ok(&json!(UID)), 1).await;
    let nothing = ResponseTemplate::new(200).set_body_json(json!({"jsonrpc": "2.0", "id": 1}));
    rpc(&server, "object", "execute_kw", nothing, 2).await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    client
        .call::<_, ()>("res.partner", "toggle_active", &NoArgs::new())
        .await
        .unwrap();
    let missing = client
        .call::<_, Vec<i64>>("res.partner", "toggle_active", &NoArgs::new())
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_result_of_another_shape_is_placed() {
    let server = legacy(ok(&json!([{"id": 1}, {"id": "two"}])), 1).await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    #[derive(serde::Deserialize, Debug)]
    struct Row {
        #[serde(rename = "id")]
        _id: i64,
    }
    let error = client
        .call::<_, Vec<Row>>("res.partner", "read", &NoArgs::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.json_path(), Some("[1].id"));
    assert!(!error.to_string().contains("two"), "{error}");
}

async fn error_of(answer: ResponseTemplate) -> Error {
    let server = legacy(answer, 1).await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    client
        .call::<_, Vec<i64>>("hr.attendance", "act", &NoArgs::new())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_exception_has_its_kind() {
    let ids = "File \"api.py\", line 1, in call_kw\n    ids, args = args[0], args[1:]\nIndexError: list index out of range";
    let table = [
        (
            "odoo.exceptions.AccessDenied",
            "Access Denied",
            "",
            ErrorKind::Unauthorized,
        ),
        ("odoo.exceptions.AccessError", "no", "", ErrorKind::Forbidden),
        (
            "odoo.exceptions.MissingError",
            "gone",
            "",
            ErrorKind::MissingRecord,
        ),
        ("odoo.exceptions.LockError", "locked", "", ErrorKind::Locked),
        ("odoo.exceptions.UserError", "no", "", ErrorKind::Validation),
        (
            "odoo.exceptions.UserError",
            "Object x.y doesn't exist",
            "",
            ErrorKind::MissingAddonOrMethod,
        ),
        ("odoo.exceptions.ValidationError", "no", "", ErrorKind::Validation),
        ("odoo.exceptions.RedirectWarning", "no", "", ErrorKind::Validation),
        ("odoo.exceptions.Warning", "no", "", ErrorKind::Validation),
        ("odoo.exceptions.except_orm", "no", "", ErrorKind::Validation),
        (
            "builtins.AttributeError",
            "type object 'hr.attendance' has no attribute 'act'",
            "",
            ErrorKind::MissingAddonOrMethod,
        ),
        (
            "builtins.AttributeError",
            "The method 'hr.attendance.act' does not exist",
            "",
            ErrorKind::MissingAddonOrMethod,
        ),
        (
            "builtins.AttributeError",
            "'NoneType' object has no attribute 'act'",
            "",
            ErrorKind::Server,
        ),
        (
            "builtins.AttributeError",
            "type object 'x' has no attribute 'other'",
            "",
            ErrorKind::Server,
        ),
        (
            "builtins.TypeError",
            "act() got an unexpected keyword argument 'x'",
            "",
            ErrorKind::Validation,
        ),
        (
            "builtins.TypeError",
            "A.act() missing 1 required positional argument: 'x'",
            "",
            ErrorKind::Validation,
        ),
        (
            "builtins.TypeError",
            "other() got an unexpected keyword argument 'x'",
            "",
            ErrorKind::Server,
        ),
        ("builtins.TypeError", "unsupported operand", "", ErrorKind::Server),
        (
            "builtins.IndexError",
            "list index out of range",
            ids,
            ErrorKind::Validation,
        ),
        (
            "builtins.IndexError",
            "list index out of range",
            "elsewhere",
            ErrorKind::Server,
        ),
        ("builtins.ValueError", "Invalid field", "", ErrorKind::Server),
        (
            "werkzeug.exceptions.NotFound",
            "404",
            "",
            ErrorKind::MissingAddonOrMethod,
        ),
        ("werkzeug.exceptions.Forbidden", "403", "", ErrorKind::Forbidden),
        (
            "werkzeug.exceptions.RequestEntityTooLarge",
            "413",
            "",
            ErrorKind::TooLarge,
        ),
        (
            "werkzeug.exceptions.TooManyRequests",
            "429 Too Many Requests: too many punches within a minute",
            "",
            ErrorKind::Unavailable,
        ),
        (
            "werkzeug.exceptions.Conflict",
            "409 Conflict: this batch_uuid belongs to other events",
            "",
            ErrorKind::Locked,
        ),
        (
            "odoo.http.SessionExpiredException",
            "Session expired",
            "",
            ErrorKind::Unauthorized,
        ),
        (
            "psycopg2.OperationalError",
            "FATAL:  database \"x\" does not exist\n",
            "",
            ErrorKind::WrongHostOrDatabase,
        ),
        (
            "psycopg2.OperationalError",
            "could not connect",
            "",
            ErrorKind::Server,
        ),
        (
            "psycopg2.errors.SerializationFailure",
            "could not serialize",
            "",
            ErrorKind::Server,
        ),
        (
            "psycopg2.errors.UniqueViolation",
            "duplicate key",
            "",
            ErrorKind::Validation,
        ),
        (
            "psycopg2.IntegrityError",
            "duplicate key",
            "",
            ErrorKind::Validation,
        ),
    ];
    for (name, message, debug, kind) in table {
        let error = error_of(refused(name, message, debug)).await;
        assert_eq!(error.kind(), kind, "{name}: {message}");
        assert!(!error.is_outcome_unknown(), "{name}: Odoo rolled it back");
        assert_eq!(error.http_status(), Some(200), "{name}");
        assert_eq!(error.exception_name(), Some(name));
        assert_eq!(error.server_traceback(), Some(debug));
        assert_eq!(
            (error.model(), error.method()),
            (Some("hr.attendance"), Some("act"))
        );
    }
}

#[tokio::test]
async fn errors_in_other_forms() {
    let bare = |code: i64| {
        let body = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "said so"}});
        ResponseTemplate::new(200).set_body_json(body)
    };
    for (code, kind) in [
        (404, ErrorKind::MissingAddonOrMethod),
        (100, ErrorKind::Unauthorized),
        (0, ErrorKind::Server),
    ] {
        let error = error_of(bare(code)).await;
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.to_string().contains("said so"), "{error}");
    }
    let html = ResponseTemplate::new(200).set_body_raw("<title>Sign in</title>", "text/html");
    assert_eq!(error_of(html).await.kind(), ErrorKind::NotJson);
    let proxy = ResponseTemplate::new(502).set_body_raw("<title>Bad Gateway</title>", "text/html");
    let error = error_of(proxy).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.is_outcome_unknown());
    let throttled = ResponseTemplate::new(429)
        .insert_header("Retry-After", "7")
        .set_body_raw("", "text/plain");
    let error = error_of(throttled).await;
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert!(error.is_busy() && !error.is_outcome_unknown());
    let array = ResponseTemplate::new(200).set_body_json(json!([1]));
    assert_eq!(error_of(array).await.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_key_that_is_not_the_logins() {
    let server = MockServer::start().await;
    rpc(&server, "common", "authenticate", ok(&json!(false)), 2).await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    for _ in 0..2 {
        let error = client
            .call::<_, Value>("res.partner", "search", &NoArgs::new())
            .await
            .unwrap_err();
        assert!(
            error.is_unauthorized() && !error.is_outcome_unknown(),
            "{error:?}"
        );
        assert!(error.to_string().contains(LOGIN), "{error}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_authenticated_anew_at_the_next_call() {
    let server = MockServer::start().await;
    rpc(&server, "common", "authenticate", ok(&json!(UID)), 2).await;
    rpc(
        &server,
        "object",
        "execute_kw",
        refused("odoo.exceptions.AccessDenied", "Access Denied", ""),
        2,
    )
    .await;
    let client = builder(&server.uri())
        .login(LOGIN)
        .transport(Transport::JsonRpc)
        .build()
        .unwrap();
    for _ in 0..2 {
        assert!(
            client
                .call::<_, Value>("res.partner", "search", &NoArgs::new())
                .await
                .unwrap_err()
                .is_unauthorized()
        );
    }
}

#[tokio::test]
async fn an_upgrade_is_noticed_by_the_404_of_the_old_door() {
    let server = MockServer::start().await;
    // A 14 at first,
    Mock::given(path("/web/version"))
        .respond_with(ResponseTemplate::new(404).set_body_raw("<title>404</title>", "text/html"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    rpc(&server, "common", "version", version_14(), 1).await;
    rpc(&server, "common", "authenticate", ok(&json!(UID)), 1).await;
    Mock::given(path("/jsonrpc"))
        .and(body_partial_json(json!({"params": {"method": "execute_kw"}})))
        .respond_with(ok(&json!([14])))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    let search = async || client.search("res.partner", &Domain::all(), &Page::new()).await;
    assert_eq!(search().await.unwrap(), [14]);
    // then a 22, which has no such door any more.
    version_page(&server, 22, 1).await;
    Mock::given(path("/json/2/res.partner/search"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([22])))
        .expect(2)
        .mount(&server)
        .await;
    assert_eq!(search().await.unwrap(), [22]);
    assert_eq!(search().await.unwrap(), [22]);
    assert_eq!(client.transport(), Some(Transport::Json2));
}

#[tokio::test]
async fn a_404_by_the_same_door_stays_an_error_and_is_not_sent_twice() {
    let server = MockServer::start().await;
    version_page(&server, 19, 2).await;
    let missing = json!({"name": "werkzeug.exceptions.NotFound", "message": "no such model", "debug": ""});
    Mock::given(path("/json/2/no.such/search"))
        .respond_with(ResponseTemplate::new(404).set_body_json(missing))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    let error = client
        .search("no.such", &Domain::all(), &Page::new())
        .await
        .unwrap_err();
    assert!(error.is_missing_addon(), "{error:?}");
}

#[tokio::test]
async fn another_version_makes_the_client_choose_anew() {
    let server = MockServer::start().await;
    version_page(&server, 19, 1).await;
    Mock::given(path("/json/2/res.partner/search"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([7])))
        .mount(&server)
        .await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    client
        .search("res.partner", &Domain::all(), &Page::new())
        .await
        .unwrap();
    server.reset().await;
    version_page(&server, 20, 1).await;
    assert_eq!(client.version().await.unwrap().major, Some(20));
    assert_eq!(client.transport(), None);
}

#[tokio::test]
async fn a_server_in_trouble_is_not_taken_for_an_old_one() {
    let server = MockServer::start().await;
    Mock::given(path("/web/version"))
        .respond_with(ResponseTemplate::new(503).set_body_raw("restarting", "text/html"))
        .expect(1)
        .mount(&server)
        .await;
    let client = builder(&server.uri()).login(LOGIN).build().unwrap();
    let error = client
        .search("res.partner", &Domain::all(), &Page::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(client.transport(), None);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[test]
fn json_rpc_needs_a_login() {
    let url = "http://127.0.0.1:1";
    let error = builder(url).transport(Transport::JsonRpc).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(error.to_string().contains("login"), "{error}");
    assert_eq!(
        builder(url).login(" ").build().unwrap_err().kind(),
        ErrorKind::InvalidConfig
    );
}
