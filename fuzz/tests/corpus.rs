//! Runs every committed input through its target: what the fuzzer once found stays fixed, and the seeds stay readable.

use std::fs;
use std::path::{Path, PathBuf};

use punchclock_fuzz::{TARGETS, Target};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names in a folder, sorted; none when it does not exist.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs all files of a folder, and says which one failed.
fn replay(folder: &Path, function: Target) -> usize {
    let names = names(folder);
    for name in &names {
        let input = fs::read(folder.join(name)).unwrap();
        let run = std::panic::catch_unwind(|| function(&input));
        assert!(run.is_ok(), "{} fails", folder.join(name).display());
    }
    names.len()
}

macro_rules! replays {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            let name = stringify!($target);
            let (_, function) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
            let seeds = replay(&folder("corpus").join(name), *function);
            assert!(seeds > 0, "corpus/{name} is empty: a check that reads nothing proves nothing");
            // Holds what the fuzzer found; may be empty.
            replay(&folder("regressions").join(name), *function);
        })*

        const REPLAYED: &[&str] = &[$(stringify!($target)),*];
    };
}

replays! {
    adms_attlog
    adms_request
    odoo_decode
    queue_ops
    rules_compute_days
    rules_evaluate
    rules_policy
    zk_frame
    zk_records
    zk_session
}

#[test]
fn every_target_has_its_program_its_folder_and_its_replay() {
    let targets: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(targets, REPLAYED);
    assert_eq!(targets, names(&folder("corpus")));
    let programs: Vec<String> = names(&folder("fuzz_targets"))
        .iter()
        .map(|file| file.trim_end_matches(".rs").to_owned())
        .collect();
    assert_eq!(targets, programs);
    for unknown in names(&folder("regressions")) {
        assert!(
            targets.contains(&unknown),
            "regressions/{unknown} belongs to no target"
        );
    }
}

#[test]
fn every_target_survives_nothing_and_noise() {
    let noise: Vec<u8> = (0..4_096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (_, function) in TARGETS {
        function(&[]);
        function(&noise);
    }
}

#[test]
fn seeds_of_the_rules_are_computed_unless_they_are_meant_to_be_refused() {
    let requests = folder("corpus/rules_compute_days");
    for name in names(&requests).iter().filter(|name| name.starts_with("seed-")) {
        let refused = punchclock_rules::compute_days(&fs::read(requests.join(name)).unwrap()).is_err();
        assert_eq!(
            refused,
            ["seed-faults", "seed-no-json"].contains(&name.as_str()),
            "{name}"
        );
    }
}
