//! Values both ways, over every transport: Unicode, times, empty fields, links, pictures, commands.

use punchclock_odoo::{Domain, Many2One, OdooDateTime, Page, false_is_none};
use serde::Deserialize;
use serde_json::json;

use crate::servers::{unique, ways};

const TEXTS: [&str; 8] = [
    "Zoë Ångström, Łódź, İstanbul",
    "打卡 勤怠 출근",
    "\u{202b}محمد عبد الله\u{202c} שלום",
    "\u{1f469}\u{200d}\u{1f3ed} \u{1f1e7}\u{1f1ea} \u{10ffff}",
    "e\u{301} is not \u{e9}",
    "\"quoted\" \\ / <b>&amp;</b> {{braces}} %s $1 '; --",
    "line\nbreak and\ttab",
    "\u{feff}mark, soft\u{ad}hyphen, \u{2028}separator",
];

#[tokio::test(flavor = "multi_thread")]
async fn unicode_comes_back_as_it_went() {
    #[derive(Deserialize)]
    struct Logged {
        name: String,
        message: String,
    }
    for way in ways() {
        let client = way.client();
        let name = unique("unicode");
        let values: Vec<_> = TEXTS
            .iter()
            .map(|text| {
                json!({"name": name, "message": text, "type": "client", "path": "p", "func": "f", "line": "1"})
            })
            .collect();
        let ids = client.create("ir.logging", &values).await.unwrap();
        let domain = Domain::field("name").eq(&*name);
        let logged: Vec<Logged> = client
            .search_read(
                "ir.logging",
                &domain,
                &["name", "message"],
                &Page::new().order("id"),
            )
            .await
            .unwrap();
        let messages: Vec<&str> = logged.iter().map(|row| row.message.as_str()).collect();
        assert_eq!(messages, TEXTS, "{way}");
        assert_eq!(logged[0].name, name, "{way}");
        for text in &TEXTS[..4] {
            let found: Vec<i64> = client
                .call(
                    "ir.logging",
                    "search",
                    &json!({"domain": domain.clone().and(Domain::field("message").eq(*text))}),
                )
                .await
                .unwrap();
            assert_eq!(found.len(), 1, "{way} finds {text}");
        }
        client.unlink("ir.logging", &ids).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendance_keeps_its_seconds_and_an_open_one_has_no_end() {
    #[derive(Debug, Deserialize)]
    struct Attendance {
        employee_id: Many2One,
        check_in: OdooDateTime,
        #[serde(deserialize_with = "false_is_none")]
        check_out: Option<OdooDateTime>,
    }
    for way in ways() {
        let client = way.client();
        let name = unique("Anna");
        let employees = client
            .create("hr.employee", &[json!({"name": name})])
            .await
            .unwrap();
        let times = [
            "2026-03-28 22:00:07",
            "2026-03-29 06:00:59",
            "2026-03-30 08:00:00",
        ]
        .map(|text| text.parse::<OdooDateTime>().unwrap());
        let ids = client
            .create(
                "hr.attendance",
                &[
                    json!({"employee_id": employees[0], "check_in": times[0], "check_out": times[1]}),
                    json!({"employee_id": employees[0], "check_in": times[2]}),
                ],
            )
            .await
            .unwrap();
        let domain = Domain::field("employee_id")
            .eq(employees[0])
            .and(Domain::field("check_in").ge(times[0]));
        let rows: Vec<Attendance> = client
            .search_read(
                "hr.attendance",
                &domain,
                &["employee_id", "check_in", "check_out"],
                &Page::new().order("id"),
            )
            .await
            .unwrap();
        assert_eq!(rows.len(), 2, "{way}");
        assert_eq!(
            (rows[0].employee_id.id, &rows[0].employee_id.name),
            (employees[0], &name),
            "{way}"
        );
        assert_eq!(
            (rows[0].check_in, rows[0].check_out),
            (times[0], Some(times[1])),
            "{way}"
        );
        assert_eq!((rows[1].check_in, rows[1].check_out), (times[2], None), "{way}");
        let open: Vec<i64> = client
            .call(
                "hr.attendance",
                "search",
                &json!({"domain": domain.and(Domain::field("check_out").eq(false))}),
            )
            .await
            .unwrap();
        assert_eq!(open, [ids[1]], "{way}");
        client.unlink("hr.attendance", &ids).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_pictures_choices_and_commands() {
    const PIXEL: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    #[derive(Debug, Deserialize)]
    struct Partner {
        #[serde(deserialize_with = "false_is_none")]
        parent_id: Option<Many2One>,
        #[serde(deserialize_with = "false_is_none")]
        phone: Option<String>,
        category_id: Vec<i64>,
        #[serde(rename = "type")]
        kind: String,
        #[serde(deserialize_with = "false_is_none")]
        image_1920: Option<String>,
        partner_latitude: f64,
    }
    const FIELDS: [&str; 6] = [
        "parent_id",
        "phone",
        "category_id",
        "type",
        "image_1920",
        "partner_latitude",
    ];
    for way in ways() {
        let client = way.client();
        let tags = client
            .create(
                "res.partner.category",
                &[json!({"name": unique("a")}), json!({"name": unique("b")})],
            )
            .await
            .unwrap();
        let parent = client
            .create("res.partner", &[json!({"name": unique("Parent")})])
            .await
            .unwrap()[0];
        let child = json!({
            "name": "Child", "parent_id": parent, "type": "other", "image_1920": PIXEL,
            "category_id": [[6, 0, tags]], "partner_latitude": 50.8503,
        });
        let child = client.create("res.partner", &[child]).await.unwrap();
        let read: Vec<Partner> = client.read("res.partner", &child, &FIELDS).await.unwrap();
        assert_eq!(
            read[0].parent_id.as_ref().map(|link| link.id),
            Some(parent),
            "{way}"
        );
        assert_eq!(
            (read[0].phone.as_ref(), read[0].kind.as_str()),
            (None, "other"),
            "{way}"
        );
        assert_eq!(read[0].image_1920.as_deref(), Some(PIXEL), "{way}");
        assert!((read[0].partner_latitude - 50.8503).abs() < 1e-6, "{way}");
        let mut linked = read[0].category_id.clone();
        linked.sort_unstable();
        assert_eq!(linked, tags, "{way}");
        client
            .write(
                "res.partner",
                &child,
                &json!({"parent_id": false, "category_id": [[3, tags[0], 0]], "image_1920": false}),
            )
            .await
            .unwrap();
        let read: Vec<Partner> = client.read("res.partner", &child, &FIELDS).await.unwrap();
        assert!(
            read[0].parent_id.is_none() && read[0].image_1920.is_none(),
            "{way}"
        );
        assert_eq!(read[0].category_id, [tags[1]], "{way}");
        client.unlink("res.partner", &[child[0], parent]).await.unwrap();
        client.unlink("res.partner.category", &tags).await.unwrap();
    }
}
