//! Arguments and exit codes; everything else is in the library.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use punchclock_edge::error::EdgeError;

mod commands;

/// Brings the punches of attendance terminals to Odoo: none lost, none counted twice.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the edge until it is told to stop (SIGTERM, Ctrl-C).
    Run {
        /// The configuration file.
        #[arg(long, default_value = "/etc/punchclock/edge.toml")]
        config: PathBuf,
    },
    /// Check a configuration and its secrets, and say what is wrong with them.
    Check {
        /// The configuration file.
        #[arg(long, default_value = "/etc/punchclock/edge.toml")]
        config: PathBuf,
    },
    /// List the punches that Odoo rejected; they stay in the queue. One JSON object a line.
    Rejected {
        /// The configuration file.
        #[arg(long, default_value = "/etc/punchclock/edge.toml")]
        config: PathBuf,
    },
    /// List unreadable input that was kept. One JSON object a line.
    Quarantine {
        /// The configuration file.
        #[arg(long, default_value = "/etc/punchclock/edge.toml")]
        config: PathBuf,
    },
    /// Show the way of a punch: three simulated terminals, a real edge, and a stand-in for Odoo or a real one.
    Demo(commands::demo::DemoArguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&EdgeError::io("cannot start", error)),
    };
    let result = runtime.block_on(async {
        match arguments.command {
            Command::Run { config } => commands::run::run(&config).await,
            Command::Check { config } => commands::check::check(&config),
            Command::Rejected { config } => commands::kept::rejected(&config),
            Command::Quarantine { config } => commands::kept::quarantine(&config),
            Command::Demo(arguments) => commands::demo::demo(arguments).await,
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &EdgeError) -> ExitCode {
    use std::io::Write as _;
    // Standard error may be closed; the exit code still tells.
    let _ = writeln!(std::io::stderr(), "punchclock-edge: {error}");
    ExitCode::from(error.exit_code())
}
