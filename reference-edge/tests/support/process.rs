//! The edge as a process of its own, which can be killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A running edge; killed when dropped.
pub struct EdgeProcess {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

pub fn edge() -> Command {
    Command::new(env!("CARGO_BIN_EXE_punchclock-edge"))
}

/// Runs the edge to its end, which must come within ten seconds.
pub fn run_to_end(arguments: &[&str]) -> Output {
    let child = edge()
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        if waiting.recv_timeout(Duration::from_secs(10)).is_err() {
            let _ = Command::new("kill").args(["-9", &id]).status();
        }
    });
    let output = child.wait_with_output().unwrap();
    let _ = done.send(());
    watchdog.join().unwrap();
    output
}

impl EdgeProcess {
    /// Starts it and waits until it says that it runs.
    pub fn start(config: &Path) -> Self {
        let mut child = edge()
            .args(["run", "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let sink = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                sink.lock().unwrap().push(line);
            }
        });
        let mut edge = Self { child, log };
        let began = Instant::now();
        while !edge.logged("the edge is running") {
            assert!(
                edge.child.try_wait().unwrap().is_none(),
                "the edge ended: {}",
                edge.log()
            );
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the edge does not start: {}",
                edge.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        edge
    }

    pub fn logged(&self, text: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(text))
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// SIGKILL, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let status = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for EdgeProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
