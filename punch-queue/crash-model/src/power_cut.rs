//! Cutting the power after every operation, in many ways, and looking at what is left.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Mutex;

use crate::disk::{Disk, Image, lay_out};
use crate::script::Holds;
use crate::watch::lock;
use crate::{Op, check, script};

/// A recording, and how to cut it.
#[derive(Debug)]
pub struct Cuts<'a> {
    /// What happened.
    pub log: &'a [Op],
    /// What had to be there after 0, 1, 2, ... acknowledged steps.
    pub holds: &'a [Holds],
    /// What was there before.
    pub start: Image,
    /// Whether the disk forgets what it was told to sync.
    pub lies: bool,
    /// Operations between cuts, 1 for all; the power is cut after every acknowledgement in any case.
    pub every: usize,
    /// Cuts tried there.
    pub each: usize,
    /// One in so many images is opened by the queue too.
    pub through_queue: usize,
    /// Decides which writes survive.
    pub seed: u64,
}

/// What was found in one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All that was acknowledged, and of the step under way all or nothing.
    Fine,
    /// So many acknowledged punches are gone; 0 if it is only what the sink said about them.
    Lost(usize),
    /// The file is damaged, or holds half a step.
    Broken(String),
}

/// What was found in all images.
#[derive(Debug, Default)]
pub struct Report {
    /// Images that differ in their bytes or in what must be in them.
    pub images: usize,
    /// Those that the queue opened.
    pub through_queue: usize,
    /// Images without something acknowledged.
    pub lost: usize,
    /// Images that are damaged or hold half a step.
    pub broken: usize,
    /// The first image that is not fine: after which operation, and why.
    pub first: Option<(usize, Verdict)>,
}

impl Cuts<'_> {
    /// All punches are there, but what the sink said about them is not.
    const BACK: usize = 0;

    /// Looks at all images, on two threads.
    #[must_use]
    pub fn examine(&self) -> Report {
        let (known, report) = (Mutex::new(HashSet::new()), Mutex::new(Report::default()));
        std::thread::scope(|scope| {
            for part in 0..2 {
                let (known, report) = (&known, &report);
                scope.spawn(move || self.examine_part(part, known, report));
            }
        });
        report.into_inner().unwrap()
    }

    /// The images after every other operation.
    fn examine_part(&self, part: usize, known: &Mutex<HashSet<u64>>, report: &Mutex<Report>) {
        let folder = memory_folder();
        let mut disk = if self.lies {
            Disk::lying()
        } else {
            Disk::holding(&self.start)
        };
        let mut acknowledged = 0;
        for (number, op) in self.log.iter().enumerate() {
            disk.apply(op);
            if let Op::Acknowledged(steps) = op {
                acknowledged = *steps;
            }
            let chosen = number % self.every == 0 || matches!(op, Op::Acknowledged(_));
            if number % 2 != part || !chosen {
                continue;
            }
            let mut random = fastrand::Rng::with_seed(self.seed ^ (number as u64).wrapping_mul(0x9E37_79B9));
            for _ in 0..self.each {
                let image = disk.cut(&mut random);
                let mut hash = DefaultHasher::new();
                (acknowledged, &image).hash(&mut hash);
                if !lock(known).insert(hash.finish()) {
                    continue;
                }
                let through_queue = random.usize(..self.through_queue) == 0;
                let verdict = self.judge(&image, acknowledged, through_queue, folder.path());
                let mut report = lock(report);
                report.images += 1;
                report.through_queue += usize::from(through_queue);
                match verdict {
                    Verdict::Fine => continue,
                    Verdict::Lost(_) => report.lost += 1,
                    Verdict::Broken(_) => report.broken += 1,
                }
                report.first.get_or_insert((number, verdict));
            }
        }
    }

    /// Opens one image.
    fn judge(&self, image: &Image, acknowledged: usize, through_queue: bool, folder: &Path) -> Verdict {
        let before = &self.holds[acknowledged];
        let after = self.holds.get(acknowledged + 1).unwrap_or(before);
        lay_out(image, folder);
        let file = folder.join("queue.db");
        let verdict = match check::with_sqlite(&file) {
            Ok(found) => match compare(&found, before, after) {
                Verdict::Broken(_) if self.holds[..acknowledged].contains(&found) => {
                    Verdict::Lost(Self::BACK)
                }
                verdict => verdict,
            },
            Err(error) => Verdict::Broken(error),
        };
        if let Some(broken) = self.judge_backups(image, acknowledged, folder) {
            return broken;
        }
        if verdict != Verdict::Fine || !through_queue {
            return verdict;
        }
        lay_out(image, folder);
        match check::with_queue(&file) {
            // The queue does not list what was delivered.
            Ok(found) => {
                let without_delivered = |holds: &Holds| {
                    let mut holds = holds.clone();
                    let pending: HashSet<u64> = holds.pending.iter().map(|(number, _)| *number).collect();
                    let dead = holds.dead.clone();
                    holds
                        .seen
                        .retain(|number| pending.contains(number) || dead.contains(number));
                    holds
                };
                compare(&found, &without_delivered(before), &without_delivered(after))
            }
            Err(error) => Verdict::Broken(format!("the queue: {error}")),
        }
    }
}

impl Cuts<'_> {
    /// A copy that has its name is whole, and one that was acknowledged has it.
    fn judge_backups(&self, image: &Image, acknowledged: usize, folder: &Path) -> Option<Verdict> {
        for step in 0..self.holds.len() {
            let copy = script::backup_name(&folder.join("queue.db"), step);
            let name = copy.file_name()?.to_str()?;
            let made = self
                .log
                .iter()
                .any(|op| matches!(op, Op::Rename { to, .. } if to == name));
            if made && image.contains_key(name) {
                match check::with_sqlite(&copy) {
                    Ok(found) if found == self.holds[step] => {}
                    other => return Some(Verdict::Broken(format!("{name}: {other:?}"))),
                }
            } else if made && step < acknowledged {
                return Some(Verdict::Broken(format!("{name} is gone")));
            }
        }
        None
    }
}

fn compare(found: &Holds, before: &Holds, after: &Holds) -> Verdict {
    if found == before || found == after {
        return Verdict::Fine;
    }
    // What the step under way may have taken out is not lost.
    match found.lacks(before).min(found.lacks(after)) {
        0 => Verdict::Broken("neither what was before the step nor what is after it".to_owned()),
        gone => Verdict::Lost(gone),
    }
}

/// A folder in memory where the system has one: images are many, and their own durability is not in question.
#[must_use]
pub fn memory_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder")
}
