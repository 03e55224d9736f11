//! Every error of the table that a server can be made to give, over every transport.

use punchclock_odoo::{ApiKey, Client, Domain, Error, ErrorKind, NoArgs, Page, Transport};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::servers::{Way, unique, ways};

const NO_RECORD: i64 = 999_999_999;

async fn refused(client: &Client, model: &str, method: &str, args: Value) -> Error {
    client
        .call::<_, IgnoredAny>(model, method, &args)
        .await
        .expect_err("the server refuses this call")
}

/// What holds for every refusal by Odoo: its kind, a known outcome, the call and the place named, no secret, no traceback.
fn expect(way: &Way, case: &str, error: &Error, kind: ErrorKind) {
    let shown = format!("{error}");
    assert_eq!(error.kind(), kind, "{way}, {case}: {shown}");
    assert!(
        !error.is_outcome_unknown(),
        "{way}, {case}: Odoo rolled back: {shown}"
    );
    assert!(
        shown.contains(&way.server.url),
        "{way}, {case} names the server: {shown}"
    );
    let all = format!("{shown} {error:?}");
    assert!(
        !all.contains("Traceback"),
        "{way}, {case} shows the traceback: {all}"
    );
    for who in [&way.server.admin, &way.server.restricted, &way.server.archived] {
        let key = std::fs::read_to_string(who.key_file()).unwrap();
        assert!(!all.contains(key.trim()), "{way}, {case} shows a key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_accepted() {
    for way in ways() {
        let server = way.server;
        let wrong = ApiKey::new("0".repeat(40)).unwrap();
        let mut cases = vec![
            ("wrong key", way.builder(&server.admin, wrong)),
            (
                "archived user",
                way.builder(&server.archived, server.archived.key()),
            ),
        ];
        if let Some(expired) = &server.expired {
            cases.push(("expired key", way.builder(expired, expired.key())));
        }
        for (case, builder) in cases {
            let client = builder.build().unwrap();
            let error = refused(&client, "res.users", "context_get", json!({})).await;
            expect(&way, case, &error, ErrorKind::Unauthorized);
            assert!(
                error.is_unauthorized() && error.is_configuration() && !error.is_retryable(),
                "{way}, {case}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_there() {
    for way in ways() {
        let client = way.client();
        let error = refused(&client, "no.such.model", "search_read", json!({"domain": []})).await;
        expect(&way, "missing model", &error, ErrorKind::MissingAddonOrMethod);
        assert!(error.is_missing_addon(), "{way}");
        let error = refused(&client, "res.partner", "no_such_method", json!({"ids": [1]})).await;
        expect(&way, "missing method", &error, ErrorKind::MissingAddonOrMethod);
        let error = client
            .write("res.partner", &[NO_RECORD], &json!({"name": "x"}))
            .await
            .expect_err("there is no such record");
        expect(&way, "missing record", &error, ErrorKind::MissingRecord);
        assert_eq!(
            error.exception_name(),
            Some("odoo.exceptions.MissingError"),
            "{way}"
        );
        // Reading it is no error in any series: the list is shorter.
        let read: Vec<Value> = client.read("res.partner", &[NO_RECORD], &["name"]).await.unwrap();
        assert!(read.is_empty(), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there() {
    for way in ways() {
        let client = Client::builder(&way.server.url, "no-such-database", way.server.admin.key())
            .login(&way.server.admin.login)
            .transport(way.transport)
            .build()
            .unwrap();
        let error = refused(&client, "res.users", "context_get", json!({})).await;
        expect(&way, "wrong database", &error, ErrorKind::WrongHostOrDatabase);
        assert!(
            error.is_wrong_host_or_database() && error.is_configuration(),
            "{way}"
        );
        assert!(
            error.to_string().contains("no-such-database"),
            "{way} names it: {error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odoo_14_asked_over_json_2_is_the_wrong_host() {
    let way = Way {
        transport: Transport::Json2,
        ..ways()[2]
    };
    let error = refused(&way.client(), "res.users", "context_get", json!({})).await;
    expect(&way, "no JSON-2", &error, ErrorKind::WrongHostOrDatabase);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_are_missing() {
    for way in ways() {
        let client = way.client_of(&way.server.restricted);
        let error = refused(
            &client,
            "res.company",
            "create",
            json!({"vals_list": [{"name": "x"}]}),
        )
        .await;
        expect(&way, "create refused", &error, ErrorKind::Forbidden);
        assert!(
            error.is_forbidden() && error.is_configuration() && !error.is_retryable(),
            "{way}"
        );
        let error = client
            .unlink("res.company", &[way.server.company_id])
            .await
            .expect_err("the restricted user deletes no company");
        expect(&way, "unlink refused", &error, ErrorKind::Forbidden);
        // The door is open to this user otherwise.
        let own: Vec<Value> = client
            .search_read("res.company", &Domain::all(), &["name"], &Page::new())
            .await
            .unwrap();
        assert_eq!(own.len(), 1, "{way}: only the user's own company is seen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_that_is_not_the_users() {
    for way in ways() {
        for (who, company) in [
            (&way.server.restricted, way.server.other_company_id),
            (&way.server.admin, way.server.other_company_id),
            (&way.server.restricted, NO_RECORD),
        ] {
            let error = way
                .client_of(who)
                .on("res.partner", "search_read")
                .companies(&[company])
                .call::<_, IgnoredAny>(&json!({"domain": [], "limit": 1}))
                .await
                .expect_err("the company is not the user's");
            expect(&way, "company not allowed", &error, ErrorKind::Forbidden);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_refused() {
    for way in ways() {
        let client = way.client();
        let employees = client
            .create("hr.employee", &[json!({"name": unique("Refused")})])
            .await
            .unwrap();
        let early = json!({"employee_id": employees[0], "check_in": "2026-03-02 08:00:00", "check_out": "2026-03-02 07:00:00"});
        let error = client
            .create("hr.attendance", &[&early])
            .await
            .expect_err("out before in");
        expect(&way, "validation", &error, ErrorKind::Validation);
        assert!(
            error.is_validation() && !error.is_retryable() && !error.is_configuration(),
            "{way}"
        );
        assert!(
            error
                .server_message()
                .is_some_and(|message| message.contains("Check Out")),
            "{way}: {error}"
        );

        let taken = json!({"name": "x", "login": way.server.admin.login});
        let error = client
            .create("res.users", &[&taken])
            .await
            .expect_err("two users of one login");
        expect(&way, "SQL constraint", &error, ErrorKind::Validation);
        assert_eq!(
            error.exception_name(),
            Some("odoo.exceptions.ValidationError"),
            "{way}"
        );

        let error = client
            .unlink("res.users", &[1])
            .await
            .expect_err("the superuser stays");
        expect(&way, "UserError", &error, ErrorKind::Validation);

        let error = refused(
            &client,
            "res.partner",
            "search_count",
            json!({"domain": [], "nonsense": 1}),
        )
        .await;
        expect(&way, "unknown argument", &error, ErrorKind::Validation);
        let error = client
            .create("res.partner", &[json!({"name": "x", "no_such_field": 1})])
            .await
            .expect_err("no such field");
        expect(&way, "unknown field", &error, ErrorKind::Server);

        // What was refused left nothing behind.
        let left: Vec<Value> = client
            .search_read(
                "hr.attendance",
                &Domain::field("employee_id").eq(employees[0]),
                &[],
                &Page::new(),
            )
            .await
            .unwrap();
        assert!(left.is_empty(), "{way}: {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_for_a_method_of_the_model_are_refused_by_json_2() {
    let way = ways()[0];
    let error = way
        .client()
        .on("res.partner", "search_count")
        .ids(&[1])
        .call::<_, IgnoredAny>(&json!({"domain": []}))
        .await
        .expect_err("search_count takes no ids");
    expect(&way, "ids where none belong", &error, ErrorKind::Validation);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large() {
    for way in ways() {
        let Some(limit) = way.server.body_limit else {
            continue;
        };
        let client = way.client();
        let padding = "x".repeat(limit);
        let error = client
            .on("res.users", "context_get")
            .context(&json!({"padding": padding}))
            .call::<_, IgnoredAny>(&NoArgs::new())
            .await
            .expect_err("the body is over the limit");
        expect(&way, "too large", &error, ErrorKind::TooLarge);
        assert!(error.is_too_large(), "{way}");
        // A body just below the limit passes, and the connection is good for another call.
        let fits = "x".repeat(limit - 4096);
        let _: IgnoredAny = client
            .on("res.users", "context_get")
            .context(&json!({"padding": fits}))
            .call(&NoArgs::new())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for way in ways() {
        let client = Client::builder(&url, &way.server.database, way.server.admin.key())
            .login(&way.server.admin.login)
            .transport(way.transport)
            .build()
            .unwrap();
        let error = refused(&client, "res.users", "context_get", json!({})).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{way}: {error}");
        assert!(error.is_retryable() && !error.is_outcome_unknown(), "{way}");
    }
}
