//! The typed side: models, pages, import by external id, bulk, keys, over every transport.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use punchclock_odoo::models::{ApiKeyRecord, Attendance, Company, Employee, User, WorkLocation};
use punchclock_odoo::{
    Binary, Client, Command, Context, Domain, ErrorKind, KeyInfo, Model, OdooDateTime, Page, false_is_none,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::servers::{unique, ways};

#[derive(Debug, Deserialize)]
struct Tag {
    id: i64,
    name: String,
}

impl Model for Tag {
    const NAME: &'static str = "res.partner.category";
    const FIELDS: &'static [&'static str] = &["name"];

    fn id(&self) -> i64 {
        self.id
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_model_has_every_method() {
    for way in ways() {
        let client = way.client();
        let name = unique("Typed");
        let tags = client.records::<Tag>().companies([way.server.company_id]);
        let ids = tags
            .create(&[json!({"name": name}), json!({"name": name})])
            .await
            .unwrap();
        let domain = Domain::field("name").eq(&*name);
        assert_eq!(
            tags.search(&domain, &Page::new().order("id")).await.unwrap(),
            ids,
            "{way}"
        );
        assert_eq!(tags.count(&domain).await.unwrap(), 2, "{way}");
        assert_eq!(
            tags.search_read(&domain, &Page::new().limit(1))
                .await
                .unwrap()
                .len(),
            1,
            "{way}"
        );
        tags.write(&ids[..1], &json!({"name": "renamed"})).await.unwrap();
        let read = tags.read(&ids[..1]).await.unwrap();
        assert_eq!(
            (read[0].id(), read[0].name.as_str()),
            (ids[0], "renamed"),
            "{way}"
        );
        let names: Value = tags
            .call("name_search", None, &json!({"name": name}))
            .await
            .unwrap();
        assert_eq!(names[0][0], ids[1], "{way}: {names}");
        tags.unlink(&ids).await.unwrap();
        assert_eq!(tags.count(&domain).await.unwrap(), 0, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_models_fit_both_series() {
    for way in ways() {
        let client = way.client();
        let login = Domain::field("login").eq(&*way.server.admin.login);
        let users = client
            .records::<User>()
            .search_read(&login, &Page::new())
            .await
            .unwrap();
        assert_eq!((users.len(), users[0].active), (1, true), "{way}");
        assert!(users[0].company_ids.contains(&way.server.company_id), "{way}");
        let companies = client
            .records::<Company>()
            .read(&[users[0].company_id.id])
            .await
            .unwrap();
        assert_eq!(companies[0].id, way.server.company_id, "{way}");

        let (name, barcode) = (unique("Typed employee"), unique("").replace([' ', '-'], ""));
        let new = json!({"name": name, "barcode": barcode, "tz": "Europe/Brussels"});
        let ids = client.records::<Employee>().create(&[new]).await.unwrap();
        let employee = &client.records::<Employee>().read(&ids).await.unwrap()[0];
        assert_eq!(
            (employee.name.as_str(), employee.barcode.as_deref()),
            (name.as_str(), Some(barcode.as_str()))
        );
        assert_eq!(employee.company_id.id, way.server.company_id, "{way}");
        assert!(
            employee.department_id.is_none() && employee.user_id.is_none() && employee.active,
            "{way}"
        );

        let times =
            ["2026-05-04 06:00:00", "2026-05-04 07:30:00"].map(|text| text.parse::<OdooDateTime>().unwrap());
        let new = json!({"employee_id": ids[0], "check_in": times[0], "check_out": times[1]});
        let made = client.records::<Attendance>().create(&[new]).await.unwrap();
        let attendance = &client.records::<Attendance>().read(&made).await.unwrap()[0];
        assert_eq!(
            (attendance.employee_id.id, attendance.check_out),
            (ids[0], Some(times[1])),
            "{way}"
        );
        assert!(
            (attendance.worked_hours - 1.5).abs() < 1e-6,
            "{way}: {}",
            attendance.worked_hours
        );

        let places = client
            .records::<WorkLocation>()
            .search_read(&Domain::all(), &Page::new())
            .await;
        match way.server.series {
            14 => assert_eq!(
                places.unwrap_err().kind(),
                ErrorKind::MissingAddonOrMethod,
                "new in 15"
            ),
            _ => drop(places.unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_binary_content() {
    /// The smallest picture there is.
    const PIXEL: [u8; 70] = [
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0,
        31, 21, 196, 137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 218, 99, 100, 248, 207, 80, 15, 0, 3, 134, 1,
        128, 90, 52, 125, 107, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    #[derive(Serialize)]
    struct New<'a> {
        name: &'a str,
        category_id: Vec<Command<Value>>,
        child_ids: Vec<Command<Value>>,
        image_1920: Binary,
    }
    #[derive(Deserialize)]
    struct Read {
        category_id: Vec<i64>,
        child_ids: Vec<i64>,
        #[serde(deserialize_with = "false_is_none")]
        image_1920: Option<Binary>,
    }
    for way in ways() {
        let client = way.client();
        let old = client
            .create("res.partner.category", &[json!({"name": unique("old")})])
            .await
            .unwrap()[0];
        let new = New {
            name: "Commands",
            category_id: vec![
                Command::Link(old),
                Command::Create(json!({"name": unique("new")})),
            ],
            child_ids: vec![Command::Create(json!({"name": "child"}))],
            image_1920: Binary::new(PIXEL),
        };
        let ids = client.create("res.partner", &[new]).await.unwrap();
        let fields = ["category_id", "child_ids", "image_1920"];
        let read: Vec<Read> = client.read("res.partner", &ids, &fields).await.unwrap();
        assert_eq!(
            (read[0].category_id.len(), read[0].child_ids.len()),
            (2, 1),
            "{way}"
        );
        assert_eq!(
            read[0].image_1920.as_ref().map(Binary::as_bytes),
            Some(&PIXEL[..]),
            "{way}"
        );
        let unlink: [Command; 1] = [Command::Unlink(old)];
        let child: [Command; 1] = [Command::Delete(read[0].child_ids[0])];
        client
            .write(
                "res.partner",
                &ids,
                &json!({"category_id": unlink, "child_ids": child}),
            )
            .await
            .unwrap();
        let read: Vec<Read> = client.read("res.partner", &ids, &fields).await.unwrap();
        assert_eq!(
            (read[0].category_id.len(), read[0].child_ids.len()),
            (1, 0),
            "{way}"
        );
        client.unlink("res.partner", &ids).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn load_is_idempotent_and_names_the_row_at_fault() {
    for way in ways() {
        let client = way.client();
        let tag = unique("x").replace([' ', '-'], "_");
        let employee = client
            .create("hr.employee", &[json!({"name": unique("Loaded")})])
            .await
            .unwrap()[0]
            .to_string();
        let fields = ["id", "employee_id/.id", "check_in", "check_out"];
        let row = |n: usize, from: &str, to: &str| {
            [
                format!("__import__.{tag}_{n}"),
                employee.clone(),
                from.into(),
                to.into(),
            ]
        };
        let rows = [
            row(0, "2026-03-02 08:00:03", "2026-03-02 12:00:00"),
            row(1, "2026-03-02 13:00:00", "2026-03-02 17:00:00"),
        ];
        let first = client.load("hr.attendance", &fields, &rows).await.unwrap();
        let again = client.load("hr.attendance", &fields, &rows).await.unwrap();
        assert_eq!((first.len(), &again), (2, &first), "{way}: the same records");
        let made = client.records::<Attendance>().read(&first[..1]).await.unwrap();
        assert_eq!(made[0].check_in.to_string(), "2026-03-02 08:00:03", "{way}");

        let bad = [
            row(2, "2026-03-03 08:00:00", "2026-03-03 12:00:00"),
            row(3, "not a time", "2026-03-03 17:00:00"),
        ];
        let error = client.load("hr.attendance", &fields, &bad).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.record()),
            (ErrorKind::Validation, Some(1)),
            "{way}: {error}"
        );
        assert!(
            error.load_messages().iter().any(|message| message.is_error),
            "{way}"
        );
        assert!(!error.is_outcome_unknown(), "{way}");
        let domain = Domain::field("employee_id.id").eq(employee.parse::<i64>().unwrap());
        assert_eq!(
            client.search_count("hr.attendance", &domain).await.unwrap(),
            2,
            "{way}: all rows or none"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_finds_the_culprits_and_stores_the_rest() {
    for way in ways() {
        let client = way.client();
        let name = unique("Bulk");
        let employee = client
            .create("hr.employee", &[json!({"name": name})])
            .await
            .unwrap()[0];
        // Forty days of attendance, two of them with an end before their begin.
        let attendances: Vec<Value> = (0_i64..40)
            .map(|day| {
                let at = |hour| {
                    let hours = chrono::TimeDelta::hours(day * 24 + hour);
                    OdooDateTime::from("2026-01-05T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + hours)
                };
                let end = if [7, 31].contains(&day) { 6 } else { 17 };
                json!({"employee_id": employee, "check_in": at(8), "check_out": at(end)})
            })
            .collect();
        let report = client
            .bulk("hr.attendance")
            .max_records(16)
            .context(Context::new().without_tracking())
            .create(&attendances)
            .await
            .unwrap();
        assert!(report.stopped.is_none(), "{way}: {:?}", report.stopped);
        let refused: Vec<usize> = report.refused.iter().map(|refused| refused.index).collect();
        assert_eq!(refused, [7, 31], "{way}");
        assert!(
            report.refused.iter().all(|refused| refused.error.is_validation()),
            "{way}"
        );
        let stored = client
            .search_count("hr.attendance", &Domain::field("employee_id").eq(employee))
            .await
            .unwrap();
        assert_eq!((stored, report.ids.iter().flatten().count()), (38, 38), "{way}");
        assert!(report.ids[7].is_none() && report.ids[6].is_some(), "{way}");
    }
}

/// Odoo 19 puts what the whole import failed for in front, in the name of the first row.
#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_import_blames_nobody_for_another_row() {
    for way in ways() {
        let client = way.client();
        let tag = unique("b").replace([' ', '-'], "_");
        let employee = client
            .create("hr.employee", &[json!({"name": unique("Bulk load")})])
            .await
            .unwrap()[0];
        let rows: Vec<[String; 4]> = (1..=9)
            .map(|day| {
                // The first and the last but one end before they begin, the fifth is no time.
                let end = if [1, 8].contains(&day) { "06" } else { "17" };
                let begin = if day == 5 {
                    "eight".to_owned()
                } else {
                    format!("2026-06-{day:02} 08:00:00")
                };
                [
                    format!("__import__.{tag}_{day}"),
                    employee.to_string(),
                    begin,
                    format!("2026-06-{day:02} {end}:00:00"),
                ]
            })
            .collect();
        let fields = ["id", "employee_id/.id", "check_in", "check_out"];
        let report = client.bulk("hr.attendance").load(&fields, &rows).await.unwrap();
        let refused: Vec<usize> = report.refused.iter().map(|refused| refused.index).collect();
        assert_eq!(refused, [0, 4, 7], "{way}: {report:?}");
        assert!(report.stopped.is_none(), "{way}");
        let stored = client
            .search_count("hr.attendance", &Domain::field("employee_id").eq(employee))
            .await
            .unwrap();
        assert_eq!(stored, 6, "{way}");
        // Once more, with the culprits put right: the others stay the same records.
        let good: Vec<_> = rows
            .iter()
            .enumerate()
            .filter(|(n, _)| ![0, 4, 7].contains(n))
            .map(|(_, row)| row)
            .collect();
        let again = client.bulk("hr.attendance").load(&fields, &good).await.unwrap();
        let first: Vec<_> = report.ids.iter().flatten().collect();
        assert_eq!(again.ids.iter().flatten().collect::<Vec<_>>(), first, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_shrinks_what_the_server_finds_too_large() {
    for way in ways() {
        let Some(limit) = way.server.body_limit else {
            continue;
        };
        let client = way.client();
        let name = unique("large");
        let message = "x".repeat(limit / 3);
        let rows: Vec<Value> = (0..5)
            .map(|_| json!({"name": name, "message": message, "type": "client", "path": "p", "func": "f", "line": "1"}))
            .collect();
        let report = client
            .bulk("ir.logging")
            .max_bytes(usize::MAX)
            .create(&rows)
            .await
            .unwrap();
        assert!(report.is_complete(), "{way}: {report:?}");
        client
            .unlink(
                "ir.logging",
                &report.ids.into_iter().flatten().collect::<Vec<_>>(),
            )
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_and_their_end_is_seen() {
    for way in ways() {
        let client = way.client();
        let own = client.keys().list().await.unwrap();
        let key = own.iter().find(|key| key.name == "client tests").unwrap();
        assert_eq!(
            (key.scope.as_deref(), key.expiration_date),
            (Some("rpc"), None),
            "{way}: it never expires"
        );
        let read = client.records::<ApiKeyRecord>().read(&[key.id]).await.unwrap();
        assert_eq!(read[0].user_id, key.user_id, "{way}");
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = DateTime::from_timestamp(since_1970.try_into().unwrap(), 0).unwrap();
        let days = |days: u64| Duration::from_secs(days * 86_400);
        let soon = client.keys().expiring(days(2), now).await.unwrap();
        let later = client.keys().expiring(days(40), now).await.unwrap();
        let names = |keys: &[KeyInfo]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        match way.server.series {
            14 => assert!(soon.is_empty() && later.is_empty(), "keys do not expire in 14"),
            _ => {
                assert_eq!(names(&soon), ["client tests, expired"], "{way}");
                assert_eq!(
                    names(&later),
                    ["client tests, expired", "client tests, expiring"],
                    "{way}"
                );
            }
        }
        // Neither series lets a program make keys; the client finds out without making one.
        assert!(!client.keys().can_manage().await.unwrap(), "{way}");
        let refused = client.keys().create("no", Some("rpc"), None).await.unwrap_err();
        assert_eq!(
            refused.kind(),
            ErrorKind::MissingAddonOrMethod,
            "{way}: {refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_serves_many_tasks() {
    fn is_shareable<T: Clone + Send + Sync + 'static>(_: &T) {}
    for way in ways() {
        let client: Client = way.client();
        is_shareable(&client);
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { client.search_count("res.users", &Domain::all()).await.unwrap() })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap() > 0, "{way}");
        }
    }
}
