//! Every reply recorded from a real Odoo 14 and a real Odoo 19 (`fixtures/README.md`), decoded without a server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use punchclock_odoo::{
    ApiKey, Client, Error, ErrorKind, Many2One, NoArgs, OdooDateTime, Reply, Transport, false_is_none,
};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use wiremock::matchers::{body_partial_json, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Deserialize)]
struct Recorded {
    transport: String,
    status: u16,
    content_type: String,
    body: Value,
}

impl Recorded {
    fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let transport = match self.transport.as_str() {
            "jsonrpc" => Transport::JsonRpc,
            _ => Transport::Json2,
        };
        Reply::new(
            self.status,
            [("Content-Type", self.content_type.as_str())],
            self.bytes(),
        )
        .decode(transport)
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Value::String(page) => page.clone().into_bytes(),
            json => serde_json::to_vec(json).unwrap(),
        }
    }
}

/// The replies of one series by file name.
fn recorded(series: u16) -> BTreeMap<String, Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/odoo{series}"));
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
        })
        .collect()
}

/// The replies to calls: (series, transport and name, reply).
fn calls() -> Vec<(u16, String, Recorded)> {
    [14, 19]
        .into_iter()
        .flat_map(|series| {
            recorded(series)
                .into_iter()
                .map(move |(name, reply)| (series, name, reply))
        })
        .filter(|(_, _, reply)| reply.transport != "version")
        .collect()
}

/// What each refusal means, over every transport.
const REFUSALS: [(&str, ErrorKind); 17] = [
    ("missing_model", ErrorKind::MissingAddonOrMethod),
    ("missing_method", ErrorKind::MissingAddonOrMethod),
    ("missing_record", ErrorKind::MissingRecord),
    ("wrong_key", ErrorKind::Unauthorized),
    ("archived_user", ErrorKind::Unauthorized),
    ("expired_key", ErrorKind::Unauthorized),
    ("wrong_database", ErrorKind::WrongHostOrDatabase),
    ("access_refused", ErrorKind::Forbidden),
    ("access_refused_write", ErrorKind::Forbidden),
    ("company_refused", ErrorKind::Forbidden),
    ("validation", ErrorKind::Validation),
    ("sql_constraint", ErrorKind::Validation),
    ("unknown_argument", ErrorKind::Validation),
    ("unknown_field", ErrorKind::Server),
    ("iso_datetime", ErrorKind::Server),
    ("too_large", ErrorKind::TooLarge),
    // Not a refusal: the transport succeeds and the result says which row is at fault.
    ("load_refused", ErrorKind::Validation),
];

#[test]
fn every_refusal_has_its_kind() {
    let mut seen = BTreeMap::<u16, usize>::new();
    for (series, name, reply) in calls() {
        let case = name.split_once('_').unwrap().1;
        let Some((_, kind)) = REFUSALS.iter().find(|(refusal, _)| *refusal == case) else {
            continue;
        };
        if case == "load_refused" {
            continue;
        }
        let place = format!("odoo{series}/{name}");
        let error = reply
            .decode::<IgnoredAny>()
            .expect_err(&format!("{place} is a refusal"));
        assert_eq!(error.kind(), *kind, "{place}: {error}");
        assert!(
            !error.is_outcome_unknown(),
            "{place}: Odoo rolled back, so the outcome is known"
        );
        assert_eq!(error.http_status(), Some(reply.status), "{place}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("Traceback"),
            "{place} shows the traceback: {shown}"
        );
        if *kind != ErrorKind::WrongHostOrDatabase || reply.transport == "jsonrpc" {
            let name = error.exception_name().unwrap_or_default();
            assert!(name.contains('.'), "{place} names no exception but {name:?}");
            assert!(
                error.server_message().is_some_and(|message| !message.is_empty()),
                "{place}"
            );
            assert!(
                error.server_traceback().is_some(),
                "{place} keeps the traceback apart"
            );
        }
        *seen.entry(series).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([(14, 14), (19, 32)]), "refusals by series");
}

#[test]
fn every_recording_is_read_by_a_test() {
    let results = [
        "create",
        "read",
        "search_read",
        "search_read_attendance",
        "search_read_none",
        "write",
        "unlink",
        "load",
        "context_get",
        "deleted_record",
    ];
    let known: BTreeSet<&str> = results
        .into_iter()
        .chain(REFUSALS.iter().map(|(name, _)| *name))
        .collect();
    for (series, name, _) in calls() {
        let case = name.split_once('_').unwrap().1;
        assert!(known.contains(case), "odoo{series}/{name} is read by no test");
    }
}

#[derive(Debug, Deserialize)]
struct Partner {
    id: i64,
    name: String,
    #[serde(deserialize_with = "false_is_none")]
    email: Option<String>,
    #[serde(deserialize_with = "false_is_none")]
    parent_id: Option<Many2One>,
    category_id: Vec<i64>,
    active: bool,
    create_date: OdooDateTime,
    #[serde(deserialize_with = "false_is_none")]
    image_128: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct Attendance {
    employee_id: Many2One,
    check_in: OdooDateTime,
    check_out: OdooDateTime,
}

/// Arabic between its direction marks, a picture of several code points, quotes, a backslash, a tab.
const UNICODE: &str =
    "Zoë Ångström 打卡 \u{202b}محمد\u{202c} \u{1f469}\u{200d}\u{1f3ed} \u{2018}quoted\u{2019} \\ \" \t end";

#[test]
fn results_are_typed_alike_whatever_the_series_and_the_transport() {
    let mut results = 0;
    for (series, name, reply) in calls() {
        let place = format!("odoo{series}/{name}");
        match name.split_once('_').unwrap().1 {
            "create" => {
                let ids: Vec<i64> = reply.decode().unwrap();
                assert_eq!(ids.len(), 1, "{place}");
            }
            "read" => {
                let partners: Vec<Partner> =
                    reply.decode().unwrap_or_else(|error| panic!("{place}: {error}"));
                let [partner] = partners.as_slice() else {
                    panic!("{place} has one record")
                };
                assert!(partner.id > 0 && partner.active, "{place}");
                assert_eq!(partner.name, UNICODE, "{place}");
                assert!(
                    partner.email.is_none() && partner.parent_id.is_none(),
                    "{place}: empty is false"
                );
                assert_eq!(
                    (partner.category_id.len(), partner.kind.as_str()),
                    (1, "contact"),
                    "{place}"
                );
                assert!(partner.create_date.to_string().starts_with("20"), "{place}");
                assert!(
                    partner
                        .image_128
                        .as_ref()
                        .is_some_and(|image| image.starts_with("iVBOR")),
                    "{place}"
                );
            }
            "search_read_attendance" => {
                let attendances: Vec<Attendance> = reply.decode().unwrap();
                assert_eq!(attendances[0].employee_id.name, "Recorded", "{place}");
                assert_eq!(
                    attendances[0].check_in.to_string(),
                    "2026-03-02 08:00:03",
                    "{place}"
                );
                assert_eq!(
                    attendances[0].check_out.to_string(),
                    "2026-03-02 17:00:00",
                    "{place}"
                );
            }
            // Reading a record that is gone is no error in any series.
            "search_read_none" | "deleted_record" => {
                assert_eq!(
                    reply.decode::<Vec<Value>>().unwrap(),
                    Vec::<Value>::new(),
                    "{place}"
                );
            }
            "write" | "unlink" => assert!(reply.decode::<bool>().unwrap(), "{place}"),
            "load" => assert_eq!(
                reply.decode::<Value>().unwrap()["messages"],
                Value::Array(vec![]),
                "{place}"
            ),
            "load_refused" => {
                let loaded: Value = reply.decode().unwrap();
                assert_eq!(loaded["ids"], Value::Bool(false), "{place}");
                assert_eq!(
                    loaded["messages"][0]["record"],
                    Value::from(1),
                    "{place} names the row at fault"
                );
            }
            "context_get" => assert_eq!(reply.decode::<Value>().unwrap()["lang"], "en_US", "{place}"),
            _ => continue,
        }
        results += 1;
    }
    // Ten calls and the import that was refused, three times; `search_read` of a partner repeats `read`.
    assert_eq!(results, 30, "results");
}

#[test]
fn a_result_of_another_shape_is_named_by_its_place() {
    for (series, name, reply) in calls() {
        if name.ends_with("_read_attendance") {
            let error = reply.decode::<Vec<BTreeMap<String, i64>>>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "odoo{series}/{name}");
            let path = error.json_path().unwrap_or_default();
            assert!(path.starts_with("[0]"), "odoo{series}/{name}: {path}");
            assert!(
                !format!("{error} {error:?}").contains("Recorded"),
                "values stay out of errors"
            );
        }
    }
}

/// The replies that tell what server it is, put behind an address: the client finds the door by itself.
#[tokio::test]
async fn the_door_is_found_by_the_recorded_versions() {
    for (series, transport) in [(14, Transport::JsonRpc), (19, Transport::Json2)] {
        let replies = recorded(series);
        let server = MockServer::start().await;
        let template = |name: &str| {
            let reply = &replies[name];
            ResponseTemplate::new(reply.status).set_body_raw(reply.bytes(), &reply.content_type)
        };
        Mock::given(path("/web/version"))
            .respond_with(template("web_version"))
            .mount(&server)
            .await;
        for (service, name) in [
            ("version", "common_version"),
            ("authenticate", "authenticate_refused"),
        ] {
            Mock::given(path("/jsonrpc"))
                .and(body_partial_json(
                    serde_json::json!({"params": {"service": "common", "method": service}}),
                ))
                .respond_with(template(name))
                .mount(&server)
                .await;
        }
        Mock::given(path("/json/2/res.users/context_get"))
            .respond_with(template(if series == 19 {
                "json2_wrong_key"
            } else {
                "json_version"
            }))
            .mount(&server)
            .await;
        let key = ApiKey::new("0".repeat(40)).unwrap();
        let client = Client::builder(server.uri(), "recorded", key)
            .login("admin")
            .build()
            .unwrap();
        let version = client.version().await.unwrap();
        assert_eq!(
            (version.major, version.text.as_str()),
            (Some(series), format!("{series}.0").as_str())
        );
        let error = client
            .call::<_, IgnoredAny>("res.users", "context_get", &NoArgs::new())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "Odoo {series}: {error}");
        let asked = server.received_requests().await.unwrap();
        let last = if transport == Transport::Json2 {
            "/json/2/res.users/context_get"
        } else {
            "/jsonrpc"
        };
        assert_eq!(asked.last().unwrap().url.path(), last, "Odoo {series}");
    }
}

#[test]
fn a_request_that_is_no_json_is_our_fault() {
    for series in [14, 19] {
        let error = recorded(series)["bad_json"].decode::<IgnoredAny>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest, "Odoo {series}: {error}");
    }
}
