//! Every method, over every transport.

use punchclock_odoo::{Client, Domain, NoArgs, Page, Transport};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::servers::{server, unique, ways};

#[derive(Debug, Deserialize, PartialEq)]
struct Category {
    id: i64,
    name: String,
}

const MODEL: &str = "res.partner.category";

#[tokio::test(flavor = "multi_thread")]
async fn records_are_made_found_changed_and_deleted() {
    for way in ways() {
        let client = way.client();
        let name = unique("Life");
        let ids = client
            .create(
                MODEL,
                &[
                    json!({"name": format!("{name} b")}),
                    json!({"name": format!("{name} a")}),
                ],
            )
            .await
            .unwrap();
        assert_eq!(ids.len(), 2, "{way}: one id for each");
        // One record gives a list as well, though the older door answers a single id for a single record.
        let one = client
            .create(MODEL, &[json!({"name": format!("{name} c")})])
            .await
            .unwrap();
        assert_eq!(one.len(), 1, "{way}");

        let domain = Domain::field("name").ilike(&*name);
        let found: Vec<Category> = client
            .search_read(
                MODEL,
                &domain,
                &["name"],
                &Page::new().order("name desc").offset(1).limit(1),
            )
            .await
            .unwrap();
        assert_eq!(
            found,
            [Category {
                id: ids[0],
                name: format!("{name} b")
            }],
            "{way}"
        );
        let all: Vec<i64> = client
            .call(MODEL, "search", &json!({"domain": domain, "order": "id"}))
            .await
            .unwrap();
        assert_eq!(all, [ids[0], ids[1], one[0]], "{way}");
        let count: i64 = client
            .call(MODEL, "search_count", &json!({"domain": domain}))
            .await
            .unwrap();
        assert_eq!(count, 3, "{way}");

        client
            .write(MODEL, &ids, &json!({"name": format!("{name} same")}))
            .await
            .unwrap();
        let mut read: Vec<Category> = client.read(MODEL, &ids, &["name"]).await.unwrap();
        read.sort_by_key(|category| category.id);
        let same = |id| Category {
            id,
            name: format!("{name} same"),
        };
        assert_eq!(read, [same(ids[0]), same(ids[1])], "{way}");

        client.unlink(MODEL, &[ids[0], ids[1], one[0]]).await.unwrap();
        let left: i64 = client
            .call(MODEL, "search_count", &json!({"domain": domain}))
            .await
            .unwrap();
        assert_eq!(left, 0, "{way}");
    }
}

/// Models name the first argument of `write` as they like: `vals`, or `values` as users and companies do in 14.
#[tokio::test(flavor = "multi_thread")]
async fn users_and_companies_can_be_written() {
    for way in ways() {
        let client = way.client();
        let name = unique("My Company");
        client
            .write("res.company", &[way.server.company_id], &json!({"name": name}))
            .await
            .unwrap();
        let read: Vec<Category> = client
            .read("res.company", &[way.server.company_id], &["name"])
            .await
            .unwrap();
        assert_eq!(read[0].name, name, "{way}");
        let users: Vec<i64> = client
            .call(
                "res.users",
                "search",
                &json!({"domain": [["login", "=", way.server.restricted.login]]}),
            )
            .await
            .unwrap();
        client
            .write("res.users", &users, &json!({"signature": "x"}))
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_of_the_model_and_a_method_of_records() {
    for way in ways() {
        let client = way.client();
        let context: Value = client
            .call("res.users", "context_get", &NoArgs::new())
            .await
            .unwrap();
        assert_eq!(context["lang"], "en_US", "{way}");
        let fields: Value = client
            .call(MODEL, "fields_get", &json!({"attributes": ["type"]}))
            .await
            .unwrap();
        assert_eq!(fields["name"]["type"], "char", "{way}");
        let ids = client
            .create(MODEL, &[json!({"name": unique("Copied")})])
            .await
            .unwrap();
        // 14 answers one id, 19 a list of them.
        let copy: Value = client
            .on(MODEL, "copy")
            .ids(&ids)
            .call(&NoArgs::new())
            .await
            .unwrap();
        let copy = copy.as_i64().or_else(|| copy[0].as_i64()).unwrap();
        assert!(copy > ids[0], "{way}");
        client.unlink(MODEL, &[ids[0], copy]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn context_and_companies_travel_with_a_call() {
    for way in ways() {
        let client = way.client();
        let name = unique("Archived");
        let ids = client
            .create("res.partner", &[json!({"name": name, "active": false})])
            .await
            .unwrap();
        let domain = json!([["name", "=", name]]);
        let without: Vec<i64> = client
            .call("res.partner", "search", &json!({"domain": domain}))
            .await
            .unwrap();
        assert!(without.is_empty(), "{way}");
        let with: Vec<i64> = client
            .on("res.partner", "search")
            .context(&json!({"active_test": false}))
            .companies(&[way.server.company_id])
            .call(&json!({"domain": domain}))
            .await
            .unwrap();
        assert_eq!(with, ids, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_is_found_without_being_told() {
    for (series, transport) in [(19, Transport::Json2), (14, Transport::JsonRpc)] {
        let server = server(series);
        let client = Client::builder(&server.url, &server.database, server.admin.key())
            .login(&server.admin.login)
            .build()
            .unwrap();
        assert_eq!(client.transport(), None, "nothing is asked before the first call");
        let _: Value = client
            .call("res.users", "context_get", &NoArgs::new())
            .await
            .unwrap();
        assert_eq!(client.transport(), Some(transport), "Odoo {series}");
        let version = client.version().await.unwrap();
        assert_eq!(
            (version.major, version.minor),
            (Some(series), Some(0)),
            "{}",
            version.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_is_known_over_every_transport() {
    for way in ways() {
        let version = way.client().version().await.unwrap();
        assert_eq!(version.major, Some(way.server.series), "{way}: {}", version.text);
    }
}
