//! Python's `persist-queue`, in a Python of its own; it measures its own work, so that the pipe does not count.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

pub struct PersistQueue {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    made: usize,
}

impl PersistQueue {
    pub fn open(folder: &Path) -> Self {
        let python = std::env::var("PUNCHCLOCK_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/persist_queue.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut side = Self {
            child,
            to,
            from,
            made: 0,
        };
        side.ask(&format!("open {}", folder.display()));
        side
    }

    fn ask(&mut self, line: &str) -> Duration {
        writeln!(self.to.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.from.read_line(&mut answer).unwrap();
        let seconds = answer.trim().parse();
        Duration::from_secs_f64(
            seconds.expect("a Python with persist-queue; PUNCHCLOCK_PEER_PYTHON names it"),
        )
    }
}

impl crate::side::Side for PersistQueue {
    // Its queue with acknowledgements knows no batch: every event is a commit.
    fn new_events(&mut self, count: usize, _a_commit: usize) -> Duration {
        let from = self.made;
        self.made += count;
        self.ask(&format!("new {from} {count}"))
    }

    fn known_events(&mut self, count: usize) -> Duration {
        self.ask(&format!("known {count}"))
    }

    fn drain(&mut self, count: usize) -> Duration {
        self.ask(&format!("drain {count}"))
    }
}

impl Drop for PersistQueue {
    fn drop(&mut self) {
        self.to = None;
        self.child.wait().unwrap();
    }
}
